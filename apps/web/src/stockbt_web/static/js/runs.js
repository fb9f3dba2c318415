// The list of runs: states that follow without reloading, the choice for bulk actions, and the note's dialog.

import { all, find } from "./dom.js";
import { gettext, ngettext, number } from "./i18n.js";

const isOpen = (row) => row.dataset.status === "PENDING" || row.dataset.status === "RUNNING";
const rows = () => all("#runs tbody tr");

function showChosen() {
  const boxes = all('#runs input[name="runs"]');
  const chosen = boxes.filter((box) => box.checked).length;
  find("#chosen").textContent = chosen
    ? ngettext("With %(n)s chosen run", "With the %(n)s chosen runs", chosen) : gettext("Choose runs in the table, then:");
  for (const button of all("[data-least]", find("#actions"))) {
    button.disabled = chosen < Number(button.dataset.least) || chosen > Number(button.dataset.most ?? 50);
  }
  const every = find("[data-choose-all]");
  every.checked = chosen === boxes.length;
  every.indeterminate = chosen > 0 && chosen < boxes.length;
}

function enhanceChoice() {
  find("#runs-table").addEventListener("change", (event) => {
    if (event.target.matches("[data-choose-all]")) {
      for (const box of all('#runs input[name="runs"]')) box.checked = event.target.checked;
    }
    showChosen();
  });
  addEventListener("pageshow", showChosen); // coming back, the browser has ticked the boxes again
  showChosen();
}

// Polls the table's own address while a run of this page is open and the page is seen; then it stops.
function follow() {
  const place = find("#live");
  let pause = 1000;
  let timer = null;

  function tell() {
    const open = rows().filter(isOpen).length;
    const text = open ? ngettext("%(n)s run is under way; its row follows by itself.", "%(n)s runs are under way; their rows follow by themselves.", open) : "";
    if (place.textContent !== text) place.textContent = text;
    return open;
  }

  async function look() {
    timer = null;
    try {
      const address = new URL(location.href);
      address.searchParams.set("part", "rows");
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const row of rows().filter(isOpen)) replace(row, all("tbody tr", fresh).find((one) => one.dataset.runId === row.dataset.runId));
        pause = Math.min(pause * 1.25, 5000);
      }
    } catch {
      pause = 5000; // the server is away: it is asked again, and the rows stay as they were
    }
    plan();
  }

  function replace(row, fresh) {
    if (!fresh || fresh.dataset.status === row.dataset.status) return;
    const chosen = find('input[name="runs"]', row)?.checked;
    const held = row.contains(document.activeElement) ? [...row.querySelectorAll("a, input")].indexOf(document.activeElement) : -1;
    const made = document.importNode(fresh, true);
    row.replaceWith(made);
    const box = find('input[name="runs"]', made);
    if (box) box.checked = chosen;
    if (held >= 0) [...made.querySelectorAll("a, input")][held]?.focus();
    pause = 1000;
  }

  function plan() {
    if (tell() && !document.hidden && timer === null) timer = setTimeout(look, pause);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    timer = null;
    if (!document.hidden && rows().some(isOpen)) look();
  });
  plan();
}

function enhanceNotes() {
  const dialog = find("#note-dialog");
  find("#runs-table").addEventListener("click", async (event) => {
    const link = event.target.closest("[data-note]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
      const form = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#note");
      dialog.replaceChildren(document.importNode(form, true));
      find("[data-close]", dialog).addEventListener("click", (click) => {
        click.preventDefault();
        dialog.close();
      });
      dialog.showModal();
    } catch {
      location.assign(link.href);
    }
  });
}

export function enhanceRuns() {
  enhanceChoice();
  enhanceNotes();
  follow();
}
