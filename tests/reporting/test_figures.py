"""The catalogue of figures and those who compute and show them have the same ones."""

from stockbt_adapters_mysql.schema import run_figures
from stockbt_domain.figure_text import UNITS
from stockbt_domain.figures import BY_NAME, FIGURES, LISTED, SORTED_FIGURES, SUMMARY
from stockbt_domain.run_query import SORTS
from stockbt_reporting.peer_figures import OTHERS
from stockbt_reporting.provenance import INPUTS
from stockbt_reporting.uncertainty import uncertainty

from .test_metrics import metrics_of


def test_every_metric_is_in_the_catalogue_and_none_beside() -> None:
    """What `measure` computes, what the catalogue describes, and what provenance has the inputs of."""
    measured = metrics_of([100.0, 110.0, 90.0, 120.0], pnl=[5.0, -2.0])

    assert measured.keys() == BY_NAME.keys() == INPUTS.keys()
    assert OTHERS.keys() <= BY_NAME.keys()


def test_every_figure_can_be_shown() -> None:
    """Its unit is known, its direction is one, and it has its texts."""
    for figure in FIGURES:
        texts = (figure.group, figure.label, figure.definition, figure.formula, figure.undefined)

        assert figure.unit in UNITS
        assert figure.better in ("higher", "lower", "")
        assert figure.over in ("bars", "returns", "trades", "closed trades")
        assert all(texts)


def test_each_figure_stands_once_in_every_order() -> None:
    """Groups of the page are not torn apart, and the summary of the command line has all of them."""
    groups = [figure.group for figure in FIGURES]

    assert len(BY_NAME) == len(FIGURES)
    assert groups == sorted(groups, key=groups.index)
    assert sorted(figure.name for figure in SUMMARY) == sorted(BY_NAME)


def test_what_lists_show_is_kept_and_sorted() -> None:
    """Each column of a list is a column of the database's table, under a name that `sort` takes."""
    kept = {column.name for column in run_figures.columns} - {"run_id", "spark"}

    assert kept == set(SORTED_FIGURES.values())
    assert ("created_at", *LISTED) == SORTS


def test_intervals_are_of_known_figures() -> None:
    """The page and the report write them as they write the figure."""
    time = [86_400_000_000 * day for day in range(200)]
    equity = [100.0 + day % 7 for day in range(200)]

    found = uncertainty(time, equity, 100.0, trades=50).intervals
    assert found
    assert {interval.name for interval in found} <= BY_NAME.keys()
