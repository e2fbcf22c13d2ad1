// What the window does by itself, without a request: chips, drawers, keys, copying, the address.
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const isSeen = (element) => element && element.getClientRects().length > 0;
  const numberIn = (element, prefix) =>
    [...element.classList].find((name) => name.startsWith(prefix))?.slice(prefix.length);
  let wanted = ""; // the card that is shown when the evidence of its answer has come

  // Citation chips and cards.
  const mark = (card) => {
    for (const other of all(".fn-on:not(.fn-do)")) other.classList.remove("fn-on");
    card.classList.add("fn-on");
    for (const chip of all(`.fn-to-${card.id.slice(3)}`)) chip.classList.add("fn-on");
    const place = card.querySelector("mark") || card;
    place.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
    card.focus({ preventScroll: true });
  };
  window.footnoteShow = () => {
    const card = wanted && document.getElementById("fn-" + wanted);
    const place = card || one("#fn-evidence .fn-document");
    wanted = "";
    if (card) mark(card);
    else if (place) {
      place.focus({ preventScroll: true });
      // The picture of a page has its own mark and stands above the text.
      const isPicture = place.querySelector(".fn-page");
      if (isPicture) place.scrollIntoView({ block: "start" });
      else place.querySelector("mark")?.scrollIntoView({ block: "center" });
    }
  };
  const openChip = (chip) => {
    const name = numberIn(chip, "fn-to-");
    openDrawer("side");
    const card = document.getElementById("fn-" + name);
    if (card) return mark(card);
    wanted = name;
    window.footnote?.("select", { turn: name.match(/\d+/)[0] });
  };

  // Drawers of a narrow screen.
  const openDrawer = (name) => {
    for (const other of ["left", "side"]) one("#fn-main").classList.toggle("fn-open-" + other, other === name);
    for (const button of all(".fn-drawer"))
      button.setAttribute("aria-expanded", String(button.dataset.drawer === name));
  };
  const isOpen = (name) => one("#fn-main")?.classList.contains("fn-open-" + name);

  // Buttons of messages; what a button does in the window itself is done here.
  const copy = async (button) => {
    const plain = [...button.parentElement.querySelector(".fn-plain").childNodes];
    const text = plain.map((node) => (node.nodeName === "BR" ? "\n" : node.textContent)).join("");
    try {
      await navigator.clipboard.writeText(text);
    } catch { // a page that is not secure may only copy a selection
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const name = button.firstChild;
    name.textContent = "Copied";
    setTimeout(() => (name.textContent = "Copy"), 2000);
  };
  const act = (button) => {
    const name = numberIn(button, "fn-do-");
    const turn = numberIn(button, "fn-turn-");
    const isBusy = isSeen(one("#fn-stop")); // the answer that is made would lose what these change
    if (name === "copy") copy(button);
    else if (isBusy) return;
    else if (name === "like" || name === "dislike") window.footnote?.("like", { turn, good: name === "like" });
    else window.footnote?.(name, { turn });
  };
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("button, a");
    if (target?.matches(".fn-chip")) openChip(target);
    else if (target?.matches(".fn-do")) act(target);
    else if (target?.matches(".fn-drawer")) openDrawer(target.dataset.drawer && isOpen(target.dataset.drawer) ? "" : target.dataset.drawer);
    else if (target?.matches(".fn-open, #fn-new")) openDrawer("");
    else if (!event.target.closest?.("#fn-left, #fn-side")) openDrawer("");
  });

  // Keys: Ctrl+K new, / question, Up edits the last question, Esc stops or closes.
  document.addEventListener("keydown", (event) => {
    const box = one("#fn-question textarea");
    if (!isSeen(box)) return;
    const isWriting = event.target.matches?.("input, textarea, select");
    const stop = one("#fn-stop");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") one("#fn-new")?.click();
    else if (event.key === "/" && !isWriting) box.focus();
    else if (event.key === "ArrowUp" && event.target === box && !box.value) all(".fn-do-edit").at(-1)?.click();
    else if (event.key === "Escape") {
      if (isOpen("left") || isOpen("side")) openDrawer("");
      else if (isSeen(stop)) stop.click();
      else one('.fn-banner [data-event="undo"]')?.click();
      return;
    } else return;
    event.preventDefault();
  });

  // The address names the conversation, so that it can be reloaded.
  const follow = () => {
    const name = one("#fn-list [data-current]")?.dataset.current;
    const address = new URL(location.href);
    if (name === undefined || name === (address.searchParams.get("c") ?? "")) return;
    if (name) address.searchParams.set("c", name);
    else address.searchParams.delete("c");
    for (const place of ["document", "start", "end"]) address.searchParams.delete(place);
    history.replaceState(history.state, "", address);
  };

  // A server that was started again has forgotten this window: it is loaded again. What was being
  // written outlives that.
  const draft = "footnote-draft";
  let server = "", seen = "";
  const away = (isAway) => {
    let notice = one("#fn-away");
    if (!isAway) return notice?.remove();
    if (notice) return;
    notice = Object.assign(document.createElement("div"), { id: "fn-away" });
    notice.setAttribute("role", "alert");
    notice.textContent = "Footnote does not answer. It is tried again every few seconds; nothing is lost.";
    document.body.append(notice);
  };
  const ping = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch("api/ping", { cache: "no-store", signal: AbortSignal.timeout(10000) });
      const { started, mark } = await answer.json();
      away(false);
      if (mark !== seen && window.footnoteLook) {
        seen = mark;
        window.footnoteLook();
      }
      if (server && server !== started) location.reload();
      server = started;
    } catch {
      away(true);
    }
  };
  const restore = () => {
    const box = one("#fn-question textarea");
    const text = sessionStorage.getItem(draft);
    sessionStorage.removeItem(draft);
    if (!box || !text || box.value) return;
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // The chat fills what the bar above it leaves.
  const fit = () => {
    const main = one("#fn-main");
    if (isSeen(main)) document.documentElement.style.setProperty("--fn-above", `${main.getBoundingClientRect().top + scrollY}px`);
  };
  const changed = () => {
    follow();
    fit();
    const renamed = one(".fn-renaming input");
    if (!renamed || renamed.dataset.focused) return;
    renamed.dataset.focused = "1";
    renamed.focus();
    renamed.select();
  };
  const begin = () => {
    const seen = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-current"] };
    new MutationObserver(changed).observe(document.body, seen);
    addEventListener("resize", fit);
    addEventListener("pagehide", () => sessionStorage.setItem(draft, one("#fn-question textarea")?.value ?? ""));
    setInterval(ping, 2000);
    document.addEventListener("visibilitychange", ping);
    ping();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
  window.footnoteLoaded = () => setTimeout(() => {
    restore();
    // The address may name a place in a document (ui/server/links.py).
    if (!new URL(location.href).searchParams.has("document")) return;
    openDrawer("side");
    window.footnoteShow();
  }, 100);
})();
