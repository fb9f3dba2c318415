// Light or dark, before the first paint: what was chosen here, else what the system prefers.
// A classic script in the head, so that no page is ever shown in the wrong colours first.

(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: light)");
  let here = null; // where storage is forbidden, the choice holds for this page
  const chosen = () => {
    try {
      return localStorage.getItem("theme") ?? here;
    } catch {
      return here;
    }
  };

  function show() {
    const theme = chosen() ?? (system.matches ? "light" : "dark");
    root.dataset.bsTheme = theme;
    document.getElementById("light-colours").media = theme === "light" ? "all" : "not all";
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-pressed", String(theme === "light"));
    }
    document.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
  }

  function toggle() {
    const theme = root.dataset.bsTheme === "light" ? "dark" : "light";
    here = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // see `here`
    }
    show();
  }

  show();
  system.addEventListener("change", show);
  addEventListener("storage", (event) => event.key === "theme" && show());
  addEventListener("DOMContentLoaded", () => {
    show();
    for (const button of document.querySelectorAll("[data-theme-toggle]")) button.addEventListener("click", toggle);
  });
})();
