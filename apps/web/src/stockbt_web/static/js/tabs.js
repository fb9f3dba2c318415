// The tabs of a run: links that open a panel in place, which is fetched when it is first looked at.

import { all, find, RequestFailed } from "./dom.js";

/** A part of a run's page as the server renders it. */
export async function part(address, kind) {
  const url = new URL(address, location.href);
  url.searchParams.set("part", kind);
  const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) throw new RequestFailed(answer?.status ?? 0, null);
  return answer.text();
}

/** Make the view's tabs work; `opened(panel, name)` is called whenever a panel is shown or filled anew. */
export function enhanceTabs(view, opened) {
  const tabs = all('[role="tab"]', view);
  if (!tabs.length) return { show: () => {} };
  const panelOf = (tab) => find(`#panel-${tab.dataset.tab}`, view);
  const named = (name) => tabs.find((tab) => tab.dataset.tab === name);
  const ownPage = "ownPage" in view.dataset;

  async function fill(panel, address) {
    panel.setAttribute("aria-busy", "true");
    try {
      panel.innerHTML = await part(address, "panel"); // the server's own page, escaped there
      panel.dataset.filled = "";
    } catch (error) {
      panel.textContent = error.message;
    }
    panel.removeAttribute("aria-busy");
  }

  async function show(name, { address, focus = false } = {}) {
    const chosen = named(name);
    if (!chosen) return null;
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      tab.classList.toggle("active", on);
      panelOf(tab).hidden = !on;
    }
    if (focus) chosen.focus();
    const panel = panelOf(chosen);
    history.replaceState(null, "", ownPage ? (address ?? chosen.getAttribute("href")) : `#${name}`);
    if (address || !("filled" in panel.dataset)) await fill(panel, address ?? chosen.href);
    await opened(panel, name);
    return panel;
  }

  view.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const tab = event.target.closest('[role="tab"]');
    const link = event.target.closest("a[data-part]");
    if (tab) show(tab.dataset.tab);
    else if (link) refill(link.closest('[role="tabpanel"]'), link.getAttribute("href"));
    else return;
    event.preventDefault();
  });
  view.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-part]")) return;
    event.preventDefault();
    const given = [...new FormData(event.target)].filter(([, value]) => value !== "");
    refill(event.target.closest('[role="tabpanel"]'), `${event.target.getAttribute("action")}?${new URLSearchParams(given)}`);
  });

  /** Fill a panel from another address and keep the focus where it was. */
  async function refill(panel, address) {
    const focused = document.activeElement;
    const again = focused.id ? `#${focused.id}` : focused.rel ? `a[rel="${focused.rel}"]` : null;
    const region = focused.closest("section");
    await show(panel.id.replace("panel-", ""), { address });
    const place = region?.id ? find(`#${region.id}`, panel) : panel;
    const header = all("th a", panel).find((link) => link.textContent.replace(/[ ▲▼]+$/, "") === focused.textContent.replace(/[ ▲▼]+$/, ""));
    (header ?? (again && find(again, place ?? panel)) ?? panel).focus({ preventScroll: true });
  }

  find('[role="tablist"]', view).addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1, " ": at }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    show(tabs.at(to % tabs.length).dataset.tab, { focus: true });
  });
  addEventListener("hashchange", () => show(location.hash.slice(1)));

  const first = named(location.hash.slice(1)) ?? tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
  if (first.getAttribute("aria-selected") === "true") opened(panelOf(first), first.dataset.tab);
  else show(first.dataset.tab);
  return { show };
}
