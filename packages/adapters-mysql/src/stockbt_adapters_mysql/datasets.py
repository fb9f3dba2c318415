"""Price files in SQL: versions by ticker, and the bytes by their hash in compressed pieces."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select
from sqlalchemy.exc import IntegrityError
from stockbt_domain.datasets import Dataset, Finding
from stockbt_domain.errors import DatasetCorrupted, DatasetNotFound
from stockbt_domain.messages import Message

from .database import Database
from .schema import dataset_chunks, dataset_versions

PIECE_BYTES = 4 * 1024 * 1024
"""Size of a piece before compression: far below the 64 MiB that one packet may have."""

LEVEL = 3

_versions = dataset_versions.c
_DATASET = tuple(
    _versions["findings_json" if field.name == "findings" else field.name] for field in fields(Dataset)
)


def _dataset_of(row: Row[Any]) -> Dataset:
    values = dict(row._mapping)
    findings = tuple(Finding(**finding) for finding in values.pop("findings_json"))
    return Dataset(**values, findings=findings)


def _is(dataset: Dataset) -> ColumnElement[bool]:
    return and_(
        _versions.ticker == dataset.ticker,
        _versions.timeframe == dataset.timeframe,
        _versions.data_hash == dataset.data_hash,
        _versions.adjusted == dataset.adjusted,
    )


class SqlDatasets:
    """The dataset repository on MySQL or SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, dataset: Dataset, content: Iterable[bytes]) -> Dataset:
        """Store a version as its ticker's newest one; one that is stored already changes nothing."""
        # Compressed before the transaction, which may have to run again.
        pieces = [zlib.compress(piece, LEVEL) for piece in _recut(content)]
        try:
            return self._database.write(lambda c: _add(c, dataset, pieces))
        except IntegrityError:
            # The same bytes came in twice at once, and the other one was faster: now they are found.
            return self._database.write(lambda c: _add(c, dataset, pieces))

    def newest(self, ticker: str, timeframe: str) -> Dataset:
        """Return the newest version. Raises DatasetNotFound."""
        query = (
            select(*_DATASET)
            .where(_versions.ticker == ticker, _versions.timeframe == timeframe)
            .order_by(_versions.id.desc())
            .limit(1)
        )
        row = self._database.read(lambda c: c.execute(query).first())
        if row is None:
            raise DatasetNotFound(Message("NO_DATA", ticker=ticker, timeframe=timeframe))
        return _dataset_of(row)

    def versions(self, ticker: str) -> tuple[Dataset, ...]:
        """Return every version of `ticker`, newest first."""
        query = select(*_DATASET).where(_versions.ticker == ticker).order_by(_versions.id.desc())
        return tuple(map(_dataset_of, self._database.read(lambda c: c.execute(query).all())))

    def all(self) -> tuple[Dataset, ...]:
        """Return the newest version of each ticker and timeframe, in their order."""
        newest = select(func.max(_versions.id)).group_by(_versions.ticker, _versions.timeframe)
        query = (
            select(*_DATASET).where(_versions.id.in_(newest)).order_by(_versions.ticker, _versions.timeframe)
        )
        return tuple(map(_dataset_of, self._database.read(lambda c: c.execute(query).all())))

    def content(self, data_hash: str) -> Iterator[bytes]:
        """Yield the file's bytes in pieces. Raises DatasetNotFound, DatasetCorrupted."""
        count = select(func.count()).where(dataset_chunks.c.data_hash == data_hash)
        pieces: int = self._database.read(lambda c: c.execute(count).scalar_one())
        if not pieces:
            raise DatasetNotFound(Message("NO_DATA.hash", data_hash=data_hash))
        # One short read a piece: no connection is held while the caller works.
        return (self._piece(data_hash, seq) for seq in range(pieces))

    def _piece(self, data_hash: str, seq: int) -> bytes:
        chunks = dataset_chunks.c
        query = select(chunks.content).where(chunks.data_hash == data_hash, chunks.seq == seq)
        block = self._database.read(lambda c: c.execute(query).scalar())
        if block is None:
            raise DatasetCorrupted(Message("DAMAGED.gap", piece=seq, data_hash=data_hash))
        try:
            return zlib.decompress(block)
        except zlib.error as error:
            raise DatasetCorrupted(Message("DAMAGED.piece", piece=seq, data_hash=data_hash)) from error


def _recut(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `content` in pieces of PIECE_BYTES, the last one shorter; at least one."""
    rest = bytearray()
    cut = False
    for piece in content:
        rest += piece
        while len(rest) > PIECE_BYTES:
            yield bytes(rest[:PIECE_BYTES])
            del rest[:PIECE_BYTES]
            cut = True
    if rest or not cut:
        yield bytes(rest)


def _add(connection: Connection, dataset: Dataset, pieces: list[bytes]) -> Dataset:
    stored = connection.execute(select(*_DATASET).where(_is(dataset))).first()
    if stored is not None:
        return _dataset_of(stored)
    if not _has(connection, dataset):
        for seq, piece in enumerate(pieces):  # one statement each: one packet each
            connection.execute(
                insert(dataset_chunks).values(data_hash=dataset.data_hash, seq=seq, content=piece)
            )
    row = asdict(dataset)
    row["findings_json"] = row.pop("findings")
    connection.execute(insert(dataset_versions).values(row))
    return dataset


def _has(connection: Connection, dataset: Dataset) -> bool:
    first = select(dataset_chunks.c.seq).where(dataset_chunks.c.data_hash == dataset.data_hash).limit(1)
    return connection.execute(first).first() is not None
