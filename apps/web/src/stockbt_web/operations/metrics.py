"""What Prometheus is told. No label has more values than the code has names for: no run, ticker or user."""

import os
from collections.abc import Callable, Iterable
from datetime import datetime

from flask import request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from stockbt_domain.errors import LaunchDeferred, LauncherUnavailable, LaunchRejected
from stockbt_domain.ports import Job, JobLauncher
from stockbt_domain.rules import RULES_BY_NAME
from stockbt_domain.run import Run
from stockbt_domain.usecases.reconcile import Pass
from stockbt_domain.usecases.submit import Submission
from stockbt_observability.tracing import span

from ..services import Gauge

CONTENT_TYPE = CONTENT_TYPE_LATEST
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names where several processes of one web app keep their counts together."""

OTHER = "other"
"""The label of whatever a caller made up: each value of a label is kept for good."""

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"})
"""The methods that any route of ours has."""

_MINUTES = (0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120, 300, 600, 1800, 3600)

REQUESTS = Counter("http_requests_total", "Requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram("http_request_duration_seconds", "Time to answer.", ["method", "route"])
SUBMISSIONS = Counter(
    "backtest_requests_total", "Backtests asked for, by what became of the request.", ["rule_type", "outcome"]
)
RUN_SECONDS = Histogram(
    "backtest_duration_seconds", "From submission to the end of a run.", ["outcome"], buckets=_MINUTES
)
PHASE_SECONDS = Histogram(
    "backtest_phase_duration_seconds",
    "Parts of a run: queue (in line), start (from launch to claim), run (from claim to end).",
    ["phase"],
    buckets=_MINUTES,
)
LAUNCHES = Counter("job_launch_total", "Jobs asked of the launcher, by its answer.", ["outcome"])
PASSES = Counter("reconciler_passes_total", "Passes of the reconciler, by how they ended.", ["outcome"])
CORRECTIONS = Counter("reconciler_corrections_total", "What passes of the reconciler mended.", ["act"])


def request_labels() -> tuple[str, str]:
    """Return the method and the route of this request as labels: those that exist, or OTHER."""
    method = request.method if request.method in METHODS else OTHER
    return method, request.url_rule.rule if request.url_rule else OTHER


def count_submission(submission: Submission) -> None:
    """Count a request; a rule that does not exist is one value, whatever the caller wrote."""
    run = submission.run
    rule = RULES_BY_NAME.get(run.request.rule_type or "")
    if submission.problems:
        outcome = "invalid"
    elif run.reuses is not None:
        outcome = "reused"
    else:
        outcome = "rejected" if run.end.error_code == "LAUNCH_REJECTED" else "accepted"
    SUBMISSIONS.labels(rule.name if rule else "unknown", outcome).inc()


def observe_end(run: Run) -> None:
    """Observe how long an ended run took, as a whole and in its parts as far as it got.

    Times are the row's own, so a part that two clocks measured may come out below zero: it is none then.
    """
    if run.completed_at is None:
        return
    outcome = run.end.error_kind or run.status.value
    RUN_SECONDS.labels(outcome).observe(_seconds(run.created_at, run.completed_at))
    parts = (
        ("queue", run.created_at, run.place.launched_at),
        ("start", run.place.launched_at, run.started_at),
        ("run", run.started_at, run.completed_at),
    )
    for phase, begin, end in parts:
        if begin is not None and end is not None:
            PHASE_SECONDS.labels(phase).observe(_seconds(begin, end))


def count_pass(done: Pass) -> None:
    """Count a pass that was made, and observe the runs whose jobs it found over."""
    PASSES.labels("done").inc()
    for act in ("launched", "failed", "deleted"):
        CORRECTIONS.labels(act).inc(getattr(done, act))
    for run in done.over:
        observe_end(run)


def _seconds(begin: datetime, end: datetime) -> float:
    return max(0.0, (end - begin).total_seconds())


class CountedLauncher:
    """A launcher whose answers are counted."""

    def __init__(self, launcher: JobLauncher) -> None:
        self._launcher = launcher

    @property
    def name(self) -> str:
        """Return the launcher's name."""
        return self._launcher.name

    def launch(self, run_id: str) -> None:
        """Launch, and count how that went. Raises what the launcher raises."""
        outcome = "failed"
        try:
            with span("launch", run_id=run_id, launcher=self.name):
                self._launcher.launch(run_id)
            outcome = "started"
        except LaunchRejected:
            outcome = "rejected"
            raise
        except LaunchDeferred:
            outcome = "deferred"
            raise
        except LauncherUnavailable:
            outcome = "unknown"
            raise
        finally:
            LAUNCHES.labels(outcome).inc()

    def jobs(self) -> tuple[Job, ...]:
        """Return every job that exists."""
        return self._launcher.jobs()

    def delete(self, job: Job) -> None:
        """Stop and forget exactly this job."""
        self._launcher.delete(job)


Gauges = Callable[[], Iterable[Gauge]]


class AskedNow(Collector):
    """Gauges whose truth is in the database or the pool: asked at the scrape, never remembered."""

    def __init__(self, ask: Gauges) -> None:
        self._ask = ask

    def collect(self) -> Iterable[Metric]:
        """Return a family for each name, with a sample for each set of labels."""
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._ask():
            family = families.get(gauge.name)
            if family is None:
                family = GaugeMetricFamily(gauge.name, gauge.text, labels=list(gauge.labels))
                families[gauge.name] = family
            family.add_metric(list(gauge.labels.values()), gauge.value)
        return families.values()


def exposition(ask: Gauges) -> bytes:
    """All of it as Prometheus's text: the counts of every process of this app; the gauges of `ask`."""
    now = CollectorRegistry()
    now.register(AskedNow(ask))
    if os.environ.get(SHARED_FOLDER):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    else:
        counted = REGISTRY
    return generate_latest(counted) + generate_latest(now)


def forget_process(pid: int) -> None:
    """Fold what an ended process counted into the rest."""
    if folder := os.environ.get(SHARED_FOLDER):
        mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
