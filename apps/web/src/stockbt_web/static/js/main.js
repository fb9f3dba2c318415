// The entry: enhances what the server rendered; every page loads it.

import { all, find } from "./dom.js";
import { enhanceForm } from "./form.js";
import { enhanceRun } from "./run.js";

function enhanceTabs() {
  const tabs = all('[role="tab"]');
  const wanted = () => tabs.find((tab) => `#${tab.dataset.tab}` === location.hash);
  const show = (tab) => tab && window.bootstrap.Tab.getOrCreateInstance(tab).show();
  for (const tab of tabs) {
    tab.addEventListener("shown.bs.tab", () => history.replaceState(null, "", `#${tab.dataset.tab}`));
  }
  addEventListener("hashchange", () => show(wanted()));
  return () => show(wanted());
}

for (const place of all('[data-bs-toggle="tooltip"]')) new window.bootstrap.Tooltip(place);
const showWanted = enhanceTabs();
if (find("#backtest")) enhanceForm();
if (find("#run-view")) enhanceRun();
if (find("#comparison")) (await import("./compare.js")).enhanceComparison();
if (find("#import, #prices")) (await import("./data.js")).enhanceData();
showWanted();
find("#problem-summary:not([hidden])")?.focus();
document.documentElement.dataset.ready = "true";
