"""What every clock must do."""

from datetime import timedelta

from ...ports import Clock


class ClockContract:
    """Subclass it with a fixture `clock`."""

    def test_the_time_is_in_utc(self, clock: Clock) -> None:
        """A time knows its zone, and the zone is UTC."""
        assert clock.now().utcoffset() == timedelta(0)

    def test_time_does_not_go_back(self, clock: Clock) -> None:
        """A later look shows no earlier time."""
        assert clock.now() <= clock.now()
