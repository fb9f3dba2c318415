// The entry: enhances what the server rendered; every page loads it.

import { find } from "./dom.js";
import { enhanceForm } from "./form.js";
import { enhanceRun } from "./run.js";

if (find("#backtest")) enhanceForm();
if (find("#run-view")) enhanceRun();
if (find("#actions")) (await import("./runs.js")).enhanceRuns();
if (find("#comparison")) (await import("./compare.js")).enhanceComparison();
if (find("#import, #prices")) (await import("./data.js")).enhanceData();
find("#problem-summary:not([hidden])")?.focus();
document.documentElement.dataset.ready = "true";
