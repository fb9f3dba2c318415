"""Writes dashboard.json, Grafana's view of the platform: `python k8s/components/monitoring/dashboard.py`."""

import json
from pathlib import Path

IN = 'namespace="stock-backtest"'


def _p(share: int, histogram: str, by: str = "") -> str:
    groups = f"le, {by}" if by else "le"
    return f"histogram_quantile(0.{share}, sum by ({groups}) (rate({histogram}_bucket{{{IN}}}[15m])))"


def _rate(counter: str, by: str) -> str:
    return f"sum by ({by}) (rate({counter}{{{IN}}}[5m]))"


def _now(gauge: str, by: str, how: str = "max") -> str:
    return f"{how} by ({by}) ({gauge}{{{IN}}})"


PANELS = (
    ("Runs that are open", "short", (("{{status}}", _now("runs_open", "status")),)),
    ("Age of the oldest open run", "s", (("{{status}}", _now("runs_open_oldest_seconds", "status")),)),
    (
        "Backtests asked for",
        "reqps",
        (("{{rule_type}} {{outcome}}", _rate("backtest_requests_total", "rule_type, outcome")),),
    ),
    (
        "From submission to the end",
        "s",
        tuple((f"p{share}", _p(share, "backtest_duration_seconds")) for share in (50, 95)),
    ),
    ("Phases of a run, p95", "s", (("{{phase}}", _p(95, "backtest_phase_duration_seconds", "phase")),)),
    ("Ends", "reqps", (("{{outcome}}", _rate("backtest_duration_seconds_count", "outcome")),)),
    ("Launches", "reqps", (("{{outcome}}", _rate("job_launch_total", "outcome")),)),
    (
        "Reconciler",
        "reqps",
        (
            ("passes {{outcome}}", _rate("reconciler_passes_total", "outcome")),
            ("{{act}}", _rate("reconciler_corrections_total", "act")),
        ),
    ),
    ("Requests", "reqps", (("{{route}} {{status}}", _rate("http_requests_total", "route, status")),)),
    ("Time to answer, p95", "s", (("{{route}}", _p(95, "http_request_duration_seconds", "route")),)),
    ("Database connections", "short", (("{{state}}", _now("database_pool_connections", "state", "sum")),)),
    ("Database answers", "short", (("{{pod}}", _now("database_up", "pod")),)),
    ("Builds", "short", (("{{image_tag}}", _now("stockbt_build_info", "image_tag", "count")),)),
)
"""Title, unit, and (legend, query) of each panel, two in a row."""


def dashboard() -> dict[str, object]:
    """Return the dashboard as Grafana imports it."""
    panels = [
        {
            "id": number + 1,
            "title": title,
            "type": "timeseries",
            "datasource": {"type": "prometheus", "uid": "${source}"},
            "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
            "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(ord("A") + place), "expr": query, "legendFormat": legend}
                for place, (legend, query) in enumerate(queries)
            ],
        }
        for number, (title, unit, queries) in enumerate(PANELS)
    ]
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    return {
        "uid": "stockbt",
        "title": "stockbt",
        "schemaVersion": 41,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": [source]},
        "panels": panels,
    }


if __name__ == "__main__":
    text = json.dumps(dashboard(), indent=2) + "\n"
    Path(__file__).with_name("dashboard.json").write_text(text)
