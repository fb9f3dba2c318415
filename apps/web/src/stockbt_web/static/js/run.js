// A run: its state while it is open, its buttons, its tabs, and the charts of the tab that is looked at.

import { all, ask, find, say } from "./dom.js";
import { gettext as _, moment } from "./i18n.js";
import { enhanceTabs, part } from "./tabs.js";

const view = () => find("#run-view");

let look = null; // asks for the state of the open run now

function poll() {
  const place = find("#progress");
  let pause = 1000;
  let timer = null;

  look = async () => {
    clearTimeout(timer);
    timer = null;
    try {
      const run = await ask(view().dataset.pollUrl);
      if (run.status !== "PENDING" && run.status !== "RUNNING") {
        await renew();
        return stop();
      }
      tell(run);
    } catch (error) {
      find("[data-progress=detail]", place).textContent = `${error.message} ${_("Trying again.")}`;
    }
    pause = Math.min(pause * 1.25, 5000);
    plan();
  };

  function tell(run) {
    const label = find("[data-progress=status]", place);
    if (label.textContent !== run.status) {
      label.textContent = run.status;
      const time = find("[data-progress=since]", place);
      time.dateTime = run.started_at ?? run.created_at;
      time.textContent = moment(time.dateTime);
      find("[data-step=PENDING]", place).className = run.status === "PENDING" ? "now" : "past";
      find("[data-step=RUNNING]", place).className = run.status === "RUNNING" ? "now" : "";
      pause = 1000;
    }
    const detail = run.attempt ? _("attempt %(number)s", { number: run.attempt }) : _("waiting for a worker");
    const at = find("[data-progress=detail]", place);
    if (at.textContent !== detail) at.textContent = detail;
  }

  function plan() {
    if (!document.hidden && timer === null) timer = setTimeout(look, pause);
  }

  function count() {
    const from = Date.parse(find("[data-progress=since]", place).dateTime);
    find("[data-progress=elapsed]", place).textContent = _("%(seconds)s s so far.", { seconds: Math.max(0, Math.round((Date.now() - from) / 1000)) });
  }

  const clock = setInterval(count, 1000);
  const seen = () => {
    clearTimeout(timer);
    timer = null;
    if (!document.hidden) look();
  };
  function stop() {
    clearInterval(clock);
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
    look = null;
  }
  document.addEventListener("visibilitychange", seen);
  plan();
}

/** Put the run's view as it is now in the place of what is shown; the page stays. */
async function renew() {
  if (!("ownPage" in view().dataset)) return location.reload(); // the list beside it changes too
  const made = document.createElement("template");
  made.innerHTML = await part(view().dataset.address + location.search, "view"); // escaped by the server
  view().replaceWith(made.content);
  enhanceRun();
}

async function act(button) {
  const message = find("#action-message");
  button.disabled = true;
  say(message, "…");
  try {
    const answer = await ask(button.dataset.url, { method: "POST" });
    if (button.dataset.runAction === "reproduce") location.assign(answer.run_url ?? `/runs/${answer.run_id}`);
    else await look?.();
  } catch (error) {
    button.disabled = false;
    say(message, error.message, "bad");
  }
}

// A panel's first chart is drawn at once, what is further down when it comes near.
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) drawFigure(target);
}, { rootMargin: "200px" });
addEventListener("beforeprint", () => all("figure[data-chart]:not([data-drawn])").forEach(drawFigure));

async function draw(panel) {
  const [first, ...rest] = all("figure[data-chart]", panel);
  if (first) await drawFigure(first);
  for (const figure of rest) {
    if ("drawn" in figure.dataset) drawFigure(figure);
    else near.observe(figure);
  }
}

async function drawFigure(figure) {
  if (!figure.offsetParent) return;
  near.unobserve(figure);
  try {
    const { showChart } = await import("./charts.js");
    await showChart(figure, view().dataset);
    figure.dataset.drawn = "true";
  } catch (error) {
    find("[data-note]", figure).textContent = _("The chart could not be drawn: %(reason)s", { reason: error.message });
  }
}

function windowAsked() {
  const given = new URLSearchParams(location.search);
  return given.has("from") && given.has("to") ? { from: Number(given.get("from")), to: Number(given.get("to")) } : null;
}

export function enhanceRun() {
  const place = view();
  if (place.dataset.pollUrl) poll();
  const asked = windowAsked();
  let tabs = null;

  const ready = (async () => {
    if (asked) (await import("./charts.js")).lookAt(asked);
  })();
  tabs = enhanceTabs(place, async (panel) => {
    await ready;
    await draw(panel);
  });

  place.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-run-action]");
    const jump = event.target.closest("a[data-show-in]");
    if (button) {
      event.preventDefault();
      act(button);
    } else if (jump && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const { lookAt } = await import("./charts.js");
      lookAt({ from: Number(jump.dataset.showFrom), to: Number(jump.dataset.showTo) });
      await tabs.show(jump.dataset.showIn);
      if ("ownPage" in place.dataset) history.replaceState(null, "", jump.getAttribute("href"));
      const area = find(`#panel-${jump.dataset.showIn} [data-area]`);
      area.scrollIntoView({ block: "center" });
      area.focus({ preventScroll: true });
    }
  });
}
