"""What is kept of ended runs: made once, bounded, and never a failure."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from stockbt_web.cache import ResultCache


def test_a_value_is_made_once() -> None:
    """The second time it is the same object."""
    kept, made = ResultCache(), []
    values = [kept.get("a", lambda: made.append(1) or object()) for _ in range(3)]

    assert made == [1]
    assert values[0] is values[1] is values[2]


def test_of_many_that_ask_together_one_makes_it() -> None:
    """The others wait for it."""
    kept, made = ResultCache(), []
    barrier = threading.Barrier(8)

    def make() -> str:
        made.append(1)
        return "value"

    def ask(_: int) -> str:
        barrier.wait()
        return kept.get("a", make)

    with ThreadPoolExecutor(8) as pool:
        values = set(pool.map(ask, range(8)))

    assert (values, made) == ({"value"}, [1])


def test_what_was_asked_for_the_longest_ago_goes_first() -> None:
    """The store stays within its bytes, and the newest value is kept even if it is too large alone."""
    kept = ResultCache(most_bytes=250)
    for name in ("a", "b"):
        kept.get(name, lambda: {"column": memoryview(bytes(100))})
    kept.get("a", lambda: pytest.fail("a is there"))
    kept.get("c", lambda: {"column": memoryview(bytes(100))})
    again = []
    kept.get("b", lambda: again.append(1) or {"column": memoryview(bytes(1000))})

    assert again == [1]
    assert kept.nbytes == 1000


def test_a_failure_is_not_kept() -> None:
    """The next one tries again."""
    kept = ResultCache()
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 / 0)

    assert kept.get("a", lambda: 5) == 5
