"""The faults, and the seeded order in which they come."""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from tests.waiting import until

from .targets import LEASE_SECONDS, Server, Web

SHARES = {
    "worker killed": 0.13,
    "worker stopped past its lease": 0.09,
    "web killed": 0.04,
    "connections cut": 0.06,
    "network away": 0.02,
    "connections frozen past the lease": 0.03,
    "commit lost": 0.04,
    "acknowledgement of a commit lost": 0.06,
    "clock jumps": 0.05,
    "two reconcilers at once": 0.05,
    "database killed": 0.015,
}
"""Faults a run; each kind comes at least once."""
JUMPS = ("+0", "+40s", "-40s", "+3h", "-3h", "+40d", "-40d")
"""What the clock of the last machine may be off by; the other machine's is right."""


class Faults:
    """Injects faults into the targets; counts those that hit something."""

    def __init__(self, server: Server, webs: Sequence[Web], rng: random.Random) -> None:
        self._server = server
        self._webs = webs
        self._rng = rng
        self._delayed: list[threading.Thread] = []
        self._passes: list[subprocess.Popen[bytes]] = []
        self._attacks: dict[str, Callable[[], bool]] = {
            "worker killed": self._kill_a_worker,
            "worker stopped past its lease": self._stop_a_worker,
            "web killed": self._kill_a_web,
            "connections cut": self._cut,
            "network away": self._unplug,
            "connections frozen past the lease": self._freeze,
            "commit lost": lambda: self._lose_a_commit(arrives=False),
            "acknowledgement of a commit lost": lambda: self._lose_a_commit(arrives=True),
            "clock jumps": self._set_a_clock,
            "two reconcilers at once": self._reconcile_twice,
            "database killed": self._kill_the_database,
        }
        self.hits: dict[str, int] = dict.fromkeys(SHARES, 0)

    def plan(self, runs: int, *, database: bool) -> list[str]:
        """Return the kinds of fault for so many runs, in their seeded order."""
        kinds = [kind for kind in SHARES if database or kind != "database killed"]
        plan = [kind for kind in kinds for _ in range(max(1, round(SHARES[kind] * runs)))]
        self._rng.shuffle(plan)
        return plan

    def inject(self, kind: str) -> None:
        """Inject one fault now."""
        self.hits[kind] += self._attacks[kind]()

    def over(self) -> None:
        """Wait until every stopped worker is awake, every frozen connection flows, every pass has ended."""
        for thread in self._delayed:
            thread.join()
        for each in self._passes:
            each.wait()

    def _victim(self) -> int | None:
        """Return a living worker's process id, in two of three cases of one whose run is RUNNING."""
        picky = self._rng.random() < 0.67
        order = self._rng.random()
        end_of_choice = time.monotonic() + 3

        def look() -> list[int]:
            workers = {run_id: pid for web in self._webs for run_id, pid in web.workers().items()}
            if picky and time.monotonic() < end_of_choice:
                states = self._server.states()
                workers = {r: pid for r, pid in workers.items() if states.get(r) == "RUNNING"}
            return [workers[run_id] for run_id in sorted(workers)]

        try:
            found = until(look, 5, "a worker lives")
        except TimeoutError:
            return None
        return found[int(order * len(found))]

    def _kill_a_worker(self) -> bool:
        return self._signal(self._victim(), signal.SIGKILL)

    def _stop_a_worker(self) -> bool:
        pid = self._victim()
        if not self._signal(pid, signal.SIGSTOP):
            return False
        self._later(
            LEASE_SECONDS + self._rng.uniform(0.5, 9), lambda: self._signal(pid, signal.SIGCONT) and None
        )
        return True

    def _kill_a_web(self) -> bool:
        self._rng.choice(self._webs).kill()
        return True

    def _cut(self) -> bool:
        self._rng.choice(self._webs).proxy.cut()
        return True

    def _unplug(self) -> bool:
        proxy = self._rng.choice(self._webs).proxy
        proxy.unplug()
        time.sleep(self._rng.uniform(1, 2 * LEASE_SECONDS))
        proxy.plug_in()
        return True

    def _freeze(self) -> bool:
        thaw = self._rng.choice(self._webs).proxy.freeze()
        self._later(LEASE_SECONDS + self._rng.uniform(0.5, 6), thaw)
        return True

    def _lose_a_commit(self, *, arrives: bool) -> bool:
        proxy = self._rng.choice(self._webs).proxy
        of_a_result = self._rng.random() < 0.6
        proxy.lose_the_next_commit(arrives=arrives, of_a_result=of_a_result)
        return proxy.lost_a_commit(within=5)

    def _set_a_clock(self) -> bool:
        self._webs[-1].set_clock(self._rng.choice(JUMPS))
        return True

    def _reconcile_twice(self) -> bool:
        self._passes += [web.reconcile() for web in self._webs]
        return True

    def _kill_the_database(self) -> bool:
        self._server.kill()
        self._server.start()
        return True

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, act)
        timer.start()
        self._delayed.append(timer)

    @staticmethod
    def _signal(pid: int | None, number: int) -> bool:
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False
