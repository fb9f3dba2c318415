"""What a list of runs is asked for."""

from dataclasses import dataclass

from .figures import SORTED_FIGURES

SORTS = ("created_at", *SORTED_FIGURES)


@dataclass(frozen=True, slots=True)
class RunQuery:
    """A filter over the list of runs; `cursor` is a page's `next`.

    `tag` is one of the run's tags; `q` is found, whatever the letters' case, in label, ticker, tags or
    note. `sort` is one of SORTS, with a minus before it for the highest or newest first; sorted by a
    figure, the list has the runs that have it.
    """

    ticker: str | None = None
    rule_type: str | None = None
    status: str | None = None
    rule_id: str | None = None
    limit: int = 50
    cursor: str | None = None
    data_hash: str | None = None
    tag: str | None = None
    q: str | None = None
    sort: str = "-created_at"
