"""How long web takes to answer while something happens to the cluster."""

import time

from .platform import Platform


def answer_times(platform: Platform, run_id: str, seconds: float) -> list[float]:
    """Return how long the dashboard, a run's page and its status took, asked for so many seconds."""
    took: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for path in ("/", f"/runs/{run_id}", f"/status/{run_id}?series=none"):
            begun = time.monotonic()
            status, _ = platform.call("GET", path)
            took.append(time.monotonic() - begun)
            assert status == 200, path
        time.sleep(0.25)
    return took


def usual(took: list[float]) -> float:
    """Return what 95 of 100 answers took at most."""
    return sorted(took)[int(len(took) * 0.95)]
