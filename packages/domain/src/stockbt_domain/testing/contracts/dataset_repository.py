"""What every dataset repository must do."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from ...datasets import Dataset
from ...errors import DatasetNotFound
from ...ports import DatasetRepository
from .samples import a_dataset

LARGEST_PIECE = 4 * 1024 * 1024


class Interrupted(Exception):
    """Raised by an upload that breaks off."""


def broken(content: bytes) -> Iterator[bytes]:
    """Yield `content`, then fail."""
    yield content
    raise Interrupted


def store(datasets: DatasetRepository, content: bytes, *, ticker: str = "AAPL") -> Dataset:
    """Store `content` in one piece."""
    return datasets.add(a_dataset(content, ticker=ticker), [content])


def read(datasets: DatasetRepository, dataset: Dataset) -> bytes:
    """Return the whole file."""
    return b"".join(datasets.content(dataset.data_hash))


class DatasetRepositoryContract:
    """Subclass it with a fixture `datasets` that gives an empty repository."""

    def test_a_dataset_reads_back_exactly(self, datasets: DatasetRepository) -> None:
        """Description, findings and bytes come back as they were stored."""
        content = b"Date,Close\r\n1990-01-02,1\n\x00\xff'\\"
        dataset = a_dataset(content)

        assert datasets.add(dataset, [content]) == dataset
        assert datasets.newest("AAPL", "1d") == dataset
        assert read(datasets, dataset) == content

    def test_nothing_is_there_at_first(self, datasets: DatasetRepository) -> None:
        """An empty repository lists nothing and finds nothing."""
        assert datasets.all() == ()
        assert datasets.versions("AAPL") == ()
        with pytest.raises(DatasetNotFound):
            datasets.newest("AAPL", "1d")
        with pytest.raises(DatasetNotFound):
            b"".join(datasets.content("0" * 64))

    def test_the_same_bytes_again_change_nothing(self, datasets: DatasetRepository) -> None:
        """A repeated import returns what is stored; an older version does not become the newest."""
        old = store(datasets, b"old")
        new = store(datasets, b"new")

        assert datasets.add(replace(old, source="another place", bars=1), [b"old"]) == old
        assert datasets.newest("AAPL", "1d") == new
        assert datasets.versions("AAPL") == (new, old)

    def test_new_bytes_become_the_newest_and_old_ones_stay(self, datasets: DatasetRepository) -> None:
        """The ticker names the newest version; a run that named the older one still finds it."""
        old = store(datasets, b"old")
        new = store(datasets, b"new")

        assert datasets.newest("AAPL", "1d") == new
        assert read(datasets, old) == b"old"
        assert read(datasets, new) == b"new"

    def test_newest_means_imported_last(self, datasets: DatasetRepository) -> None:
        """The order of the imports counts, not the time that they were given."""
        old = store(datasets, b"old")
        early = a_dataset(b"new", imported_at=old.imported_at.replace(year=2000))
        datasets.add(early, [b"new"])

        assert datasets.newest("AAPL", "1d") == early

    def test_adjusted_prices_are_a_version_of_their_own(self, datasets: DatasetRepository) -> None:
        """The same bytes read in two ways are two versions and one content."""
        plain = store(datasets, b"bytes")
        adjusted = datasets.add(replace(plain, adjusted=True), [b"bytes"])

        assert datasets.versions("AAPL") == (adjusted, plain)
        assert datasets.newest("AAPL", "1d").adjusted is True
        assert read(datasets, adjusted) == b"bytes"

    def test_the_same_bytes_under_another_ticker_are_a_version_of_it(
        self, datasets: DatasetRepository
    ) -> None:
        """Bytes are shared by whatever names them."""
        one = store(datasets, b"bytes")
        two = store(datasets, b"bytes", ticker="MSFT")

        assert datasets.all() == (one, two)
        assert read(datasets, two) == b"bytes"

    def test_tickers_differ_in_case(self, datasets: DatasetRepository) -> None:
        """AAPL and aapl are two instruments, in the order of their letters' codes."""
        lower = store(datasets, b"lower", ticker="aapl")
        upper = store(datasets, b"upper")

        assert datasets.all() == (upper, lower)
        assert datasets.versions("aapl") == (lower,)

    def test_timeframes_have_their_own_newest_version(self, datasets: DatasetRepository) -> None:
        """`newest` is by timeframe, `versions` over all of them, `all` by ticker, then timeframe."""
        day = store(datasets, b"day")
        hour = datasets.add(a_dataset(b"hour", timeframe="1h"), [b"hour"])
        newer = store(datasets, b"newer day")

        assert datasets.newest("AAPL", "1h") == hour
        assert datasets.newest("AAPL", "1d") == newer
        assert datasets.versions("AAPL") == (newer, hour, day)
        assert datasets.all() == (newer, hour)
        with pytest.raises(DatasetNotFound):
            datasets.newest("AAPL", "5m")

    @pytest.mark.parametrize("size", [0, 1, LARGEST_PIECE, LARGEST_PIECE + 1, 2 * LARGEST_PIECE + 12345])
    def test_content_comes_in_pieces(self, datasets: DatasetRepository, size: int) -> None:
        """A file of any length, in whichever pieces it came, is read in pieces of at most 4 MiB."""
        content = random.Random(1).randbytes(size)
        cut = 1_000_003
        dataset = datasets.add(a_dataset(content), (content[i : i + cut] for i in range(0, size, cut)))
        pieces = list(datasets.content(dataset.data_hash))

        assert all(len(piece) <= LARGEST_PIECE for piece in pieces)
        assert b"".join(pieces) == content

    def test_content_can_be_read_by_two_at_once(self, datasets: DatasetRepository) -> None:
        """One reader does not move another's place."""
        content = random.Random(2).randbytes(LARGEST_PIECE * 2)
        dataset = store(datasets, content)
        one, two = datasets.content(dataset.data_hash), datasets.content(dataset.data_hash)
        first = next(one)

        assert b"".join(two) == content
        assert first + b"".join(one) == content

    def test_a_broken_upload_stores_nothing(self, datasets: DatasetRepository) -> None:
        """A file whose bytes do not all arrive leaves no trace, and can be imported later."""
        content = b"x" * (LARGEST_PIECE + 1)
        dataset = a_dataset(content)

        with pytest.raises(Interrupted):
            datasets.add(dataset, broken(content))
        assert datasets.all() == ()
        with pytest.raises(DatasetNotFound):
            read(datasets, dataset)
        assert read(datasets, datasets.add(dataset, [content])) == content

    def test_the_same_import_from_many_at_once_is_stored_once(self, datasets: DatasetRepository) -> None:
        """Imports of the same file that run together all succeed and give one version."""
        content = b"same" * 1000
        imports = 5
        barrier = Barrier(imports)

        def run(number: int) -> Dataset:
            barrier.wait()
            return datasets.add(a_dataset(content, bars=number), [content])

        with ThreadPoolExecutor(imports) as pool:
            stored = set(pool.map(run, range(imports)))

        assert datasets.versions("AAPL") == tuple(stored)
        assert read(datasets, datasets.newest("AAPL", "1d")) == content
