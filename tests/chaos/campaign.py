"""One campaign: runs are submitted while faults come, then all must come to rest and the history be right."""

import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from tests.waiting import until

from .checker import History, Violation, violations
from .faults import Faults
from .targets import Server, Web

REST_SECONDS = 60
"""Within so many seconds after the last fault every run has ended."""
BACKLOG = 12
"""Open runs at once: the client waits while there are more."""
CLIENTS = 3

INPUTS: tuple[dict[str, Any], ...] = (
    {"rule_type": "RSI"},
    {"rule_type": "MOVING_AVERAGE_CROSS", "params": {"fast_period": 5, "slow_period": 40}},
    {"rule_type": "BOLLINGER_BANDS", "direction": "longshort"},
    {"rule_type": "MACD", "fee_rate": 0.0005, "execution": "next_open"},
)
INVALID: dict[str, Any] = {"rule_type": "RSI", "params": {"period": -1}}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a campaign measured and found."""

    runs: int
    seed: int
    faults: dict[str, int]
    ends: dict[str, int]
    attempts: dict[int, int]
    seconds: float
    rest_seconds: float
    violations: list[Violation]


def campaign(server: Server, folder: Path, *, runs: int, seed: int, database_dies: bool) -> Outcome:
    """Submit `runs` backtests to two machines on one database while seeded faults hit them; judge the end."""
    began = time.monotonic()
    rng = random.Random(seed)
    subprocess.run(
        [sys.executable, "-m", "stockbt_cli", "db", "upgrade"],
        env={**os.environ, "DATABASE_URL": server.url()},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with ExitStack() as stack:
        webs = [Web(folder / "one", server), Web(folder / "two", server, own_clock=True)]
        for web in webs:
            stack.callback(web.close)
            until(web.ready, 60, "the web app is ready")
        prices = price_file(rng.randrange(2**32))
        made = _call(webs[0], "/api/datasets", *_upload(prices))
        assert made and "data_hash" in made, made
        undisturbed = [_submit(webs, f"undisturbed {i}", body) for i, body in enumerate(INPUTS)]
        until(lambda: _open(server.states()) == 0, 120, "the undisturbed runs end")

        told = _Told(runs)
        clients = [
            threading.Thread(target=_client, args=(told, webs, server, part), daemon=True)
            for part in _dealt(_bodies(runs, rng), CLIENTS)
        ]
        faults = Faults(server, webs, rng)
        for client in clients:
            client.start()
        _attack(faults, faults.plan(runs, database=database_dies), server, told, rng)
        for client in clients:
            client.join(120)
        faults.over()
        last = time.monotonic()
        _rest(lambda: len(told.ids) == runs and _open(server.states()) == 0)
        rest = time.monotonic() - last
        # Woken workers may still be about to write what they must not.
        _rest(lambda: not any(web.workers() for web in webs))
        history = server.history()
    found = violations(history, undisturbed=undisturbed, acknowledged=[*undisturbed, *told.ids])
    return Outcome(
        runs,
        seed,
        faults.hits,
        _ends(history),
        dict(sorted(Counter(run["attempt"] for run in history.runs).items())),
        time.monotonic() - began,
        rest,
        found + [Violation("REFUSED", key, "no web took it") for key in told.refused],
    )


class _Told:
    """The run_ids that clients were told, and how many of the runs they may submit so far."""

    def __init__(self, runs: int) -> None:
        self.runs = runs
        self.allowed = 0
        self.ids: list[str] = []
        self.refused: list[str] = []


def _client(told: _Told, webs: Sequence[Web], server: Server, part: Sequence[tuple[int, Any]]) -> None:
    def room(number: int) -> bool:
        return number < told.allowed and _open(server.states(), unknown=BACKLOG) < BACKLOG

    for number, body in part:
        until(lambda number=number: room(number), 600, "there is room for another run")
        try:
            told.ids.append(_submit(webs, f"run {number}", body))
        except TimeoutError:
            told.refused.append(f"run {number}")


def _submit(webs: Sequence[Web], key: str, body: dict[str, Any]) -> str:
    """Return the run_id, asking one web after the other under the same key until there is an answer."""
    data = json.dumps({"ticker": "CHAOS", "timeframe": "5m", **body}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    turn = 0

    def ask() -> Any:
        nonlocal turn
        turn += 1
        answer = _call(webs[(len(key) + turn) % len(webs)], "/run_backtest", data, headers)
        return answer and answer.get("run_id")

    run_id: str = until(ask, 120, f"{key} is accepted")
    return run_id


def _call(web: Web, path: str, data: bytes, headers: dict[str, str]) -> Any:
    """Return the JSON answer of a POST, None while there is none."""
    try:
        with urllib.request.urlopen(
            urllib.request.Request(web.url + path, data, headers), timeout=60
        ) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            return json.load(error)
        except (OSError, ValueError):
            return None
    except (OSError, ValueError, EOFError, urllib.error.URLError):
        return None
    except Exception as error:  # http.client's errors have no common root with the rest
        if type(error).__module__ == "http.client":
            return None
        raise


def _attack(faults: Faults, plan: Sequence[str], server: Server, told: "_Told", rng: random.Random) -> None:
    """Inject the plan. Each fault lets its share of the runs in, and hits a random moment later."""
    for number, kind in enumerate(plan, start=1):
        told.allowed = told.runs * number // len(plan)
        moment = time.monotonic() + rng.uniform(0, 2)
        _rest(lambda moment=moment: time.monotonic() > moment and _open(server.states()) < BACKLOG, 30)
        faults.inject(kind)


def _rest(reached: Callable[[], bool], seconds: float = REST_SECONDS) -> None:
    """Wait until it is so or the time is over; the checker finds what is missing then."""
    with suppress(TimeoutError):
        until(reached, seconds, "rest")


def _open(states: dict[str, str], *, unknown: int = 1) -> int:
    if not states:
        return unknown
    return sum(status not in ("SUCCEEDED", "FAILED") for status in states.values())


def _bodies(runs: int, rng: random.Random) -> list[tuple[int, dict[str, Any]]]:
    return [(number, INVALID if rng.random() < 0.05 else rng.choice(INPUTS)) for number in range(runs)]


def _dealt(bodies: Sequence[Any], hands: int) -> Iterator[list[Any]]:
    for hand in range(hands):
        yield list(islice(bodies, hand, None, hands))


def _ends(history: History) -> dict[str, int]:
    ends = Counter(
        run["status"] if run["status"] != "FAILED" else f"FAILED {run['error_code']}" for run in history.runs
    )
    return dict(sorted(ends.items()))


def price_file(seed: int, bars: int = 80_000) -> bytes:
    """Return a price file with a seeded random walk in steps of five minutes."""
    rng = np.random.default_rng(seed)
    close = 100 * np.cumprod(1 + rng.normal(0, 0.0005, bars))
    time_of = np.datetime_as_string(
        np.datetime64("2015-01-01T00:00") + np.arange(bars) * np.timedelta64(5, "m")
    )
    rows = (
        f"{t}:00Z,{p:.4f},{p * 1.001:.4f},{p * 0.999:.4f},{p:.4f},1000\n"
        for t, p in zip(time_of, close, strict=True)
    )
    return ("Date,Open,High,Low,Close,Volume\n" + "".join(rows)).encode()


def _upload(content: bytes) -> tuple[bytes, dict[str, str]]:
    edge = "a-boundary-of-our-own"
    fields = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("timeframe", "5m"), ("ticker", "CHAOS"))
    )
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    data = (fields + head).encode() + content + f"\r\n--{edge}--\r\n".encode()
    return data, {"Content-Type": f"multipart/form-data; boundary={edge}"}
