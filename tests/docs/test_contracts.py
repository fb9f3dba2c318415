"""What the contracts say is what the code enforces."""

import json
from pathlib import Path

import pytest
from stockbt_adapters_mysql.schema import metadata
from stockbt_domain.columns import ORDER_COLUMNS, ORDER_REASONS, TRADE_COLUMNS
from stockbt_domain.messages.message import kind_of
from stockbt_domain.messages.prices import PRICE_FILES
from stockbt_domain.messages.requests import REQUESTS
from stockbt_web.api.openapi import document

from docs.tables import environment, example, meanings, request
from docs.tables.pages import PAGES, PARTS, asked_for, written
from tests.docs.blocks import ROOT, blocks

CONTRACTS = ROOT / "docs" / "contracts.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_what_the_code_gives(page: Path) -> None:
    """`make contracts` writes it; the difference is what changed in the code and not in the page."""
    assert page.read_text() == written(page.read_text())


def test_every_part_stands_on_a_page() -> None:
    """And no page asks for one that there is not."""
    assert {name for page in PAGES for name in asked_for(page.read_text())} == PARTS.keys()


def test_a_runs_fields_are_those_that_status_gives() -> None:
    """In the words of the page, in the OpenAPI document, and in a run that was really executed."""
    run = json.loads("".join(example.run().splitlines()[1:-1]))

    assert meanings.RUN.keys() == run.keys()
    assert document()["components"]["schemas"]["Run"]["properties"].keys() == run.keys()


def test_no_word_stands_for_a_name_that_is_gone() -> None:
    """Of columns, tables, trades and reasons."""
    columns = {
        f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns
    }

    assert meanings.COLUMNS.keys() <= columns
    assert meanings.TABLES.keys() == metadata.tables.keys()
    assert meanings.TRADES.keys() == TRADE_COLUMNS.keys()
    assert meanings.ORDERS.keys() == ORDER_COLUMNS.keys()
    assert set(ORDER_REASONS) == meanings.REASONS.keys()


def test_every_code_of_a_refused_request_is_told() -> None:
    """Those of requests are the catalogue's; those of files are looked up in the sources that give them."""
    of_files = request.codes_in_sources("packages/market-data/src")

    assert {kind_of(code) for code in REQUESTS} == request.PROBLEMS.keys()
    assert {kind_of(code) for code in PRICE_FILES} - {"LINE"} == of_files == request.FILE_PROBLEMS.keys()


def test_every_variable_that_is_read_is_told_and_none_beside() -> None:
    """Looked up in the sources that look into an environment; error codes are written like variables."""
    told = {name for variable in environment.VARIABLES for name in variable.names}
    error_codes, only_set = {"LAUNCH_REJECTED", "WORKER_LOST"}, {"OPENBLAS_NUM_THREADS"}

    assert told == environment.variables_in_sources() - error_codes - only_set | {"KUBECONFIG"}


def test_the_refused_request_of_the_page_is_the_one_that_was_refused() -> None:
    """The example and its answer belong together."""
    shown = [json.loads(block.body) for block in blocks(CONTRACTS) if block.language == "json"]

    assert example.REFUSED in shown
