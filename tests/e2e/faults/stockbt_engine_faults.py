"""Engines for faults to hit; only the image of these tests has them."""

import time

from stockbt_engine_legacy import LegacyEngine

SECONDS = 10


class SlowEngine(LegacyEngine):
    """The engine `legacy`, ten seconds later."""

    name = "slow"

    def run(self, bars, terms):
        """Wait, then compute."""
        time.sleep(SECONDS)
        return super().run(bars, terms)


class HungryEngine(LegacyEngine):
    """Takes memory until something stops it."""

    name = "hungry"

    def run(self, bars, terms):
        """Fill memory with ones, so that the kernel has to find pages for them."""
        eaten = []
        while True:
            eaten.append(b"\1" * (64 << 20))
