// A citation chip opens its card in the evidence pane: no request, works for every past answer.
(() => {
  const target = (chip) => [...chip.classList].find((name) => name.startsWith("fn-to-"))?.slice(6);
  const open = (chip) => {
    const name = target(chip);
    const card = name && document.getElementById("fn-" + name);
    if (!card) return;
    for (const other of document.querySelectorAll(".fn-on")) other.classList.remove("fn-on");
    for (const group of document.querySelectorAll(".fn-evidence[id]"))
      group.classList.toggle("fn-hidden", !group.contains(card));
    card.classList.add("fn-on");
    chip.classList.add("fn-on");
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    (card.querySelector("mark") || card).scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    card.focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const chip = event.target.closest?.("button.fn-chip");
    if (chip) open(chip);
  });
})();
