"""What every leader must do."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ...ports import Leader

Leaders = tuple[Leader, Leader]


class LeaderContract:
    """Subclass it with a fixture `leaders` that gives two leaders of the same store."""

    def test_the_first_one_leads(self, leaders: Leaders) -> None:
        """Where nobody leads, one may, and again after that."""
        first, second = leaders
        led = []
        for leader in (first, first, second):
            with leader.hold() as leading:
                led.append(leading)

        assert led == [True, True, True]

    def test_no_second_one_leads_meanwhile(self, leaders: Leaders) -> None:
        """Another leader, and the same one once more, are told no at once; the first one keeps leading."""
        first, second = leaders
        with first.hold() as leading:
            with second.hold() as other:
                pass
            with first.hold() as again:
                pass
            with second.hold() as still:
                pass

        assert (leading, other, again, still) == (True, False, False, False)

    def test_an_error_lets_the_next_one_lead(self, leaders: Leaders) -> None:
        """A pass that breaks passes its error on and frees the place."""
        first, second = leaders
        with pytest.raises(KeyError), first.hold():
            raise KeyError("broken")
        with second.hold() as leading:
            pass

        assert leading

    def test_of_many_at_once_exactly_one_leads(self, leaders: Leaders) -> None:
        """Threads that ask together are told apart."""
        asking = 6
        asked, answered = Barrier(asking), Barrier(asking)

        def compete(number: int) -> bool:
            asked.wait(30)
            with leaders[number % 2].hold() as leading:
                answered.wait(30)
                return leading

        with ThreadPoolExecutor(asking) as pool:
            led = list(pool.map(compete, range(asking)))

        assert led.count(True) == 1
