// Light or dark, as this browser chose; it runs before the page is painted.
(() => {
  const KEY = "footnote_theme";
  const THEMES = ["system", "light", "dark"];
  const PAPER = { true: "#14181b", false: "#faf9f5" }; // --fn-paper, before the styles are there
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try { return localStorage.getItem(KEY); } catch { return null; } // storage may be forbidden
  };
  const asked = new URLSearchParams(location.search).get("__theme");
  let theme = [asked, kept()].find((name) => THEMES.includes(name)) ?? "system";

  const apply = () => {
    const isDark = theme === "dark" || (theme === "system" && system.matches);
    const root = document.documentElement;
    for (const name of ["--bg", "--bg-dark"]) root.style.setProperty(name, PAPER[isDark]);
    root.style.colorScheme = isDark ? "dark" : "light";
    document.body?.classList.toggle("dark", isDark);
  };
  const choose = (name) => {
    theme = name;
    try { localStorage.setItem(KEY, name); } catch { /* then it holds until the page is left */ }
    const address = new URL(location.href);
    address.searchParams.delete("__theme"); // it would win at the next load
    history.replaceState(history.state, "", address);
    apply();
  };
  window.footnoteTheme = {
    show(element) {
      for (const radio of element.querySelectorAll("input")) radio.checked = radio.value === theme;
      element.addEventListener("change", (event) => choose(event.target.value));
    },
  };

  apply();
  system.addEventListener("change", apply);
  // Gradio sets the class by the system when it starts.
  new MutationObserver((_, observer) => {
    if (!document.body) return;
    observer.disconnect();
    apply();
    new MutationObserver(apply).observe(document.body, { attributeFilter: ["class"] });
  }).observe(document.documentElement, { childList: true });
})();
