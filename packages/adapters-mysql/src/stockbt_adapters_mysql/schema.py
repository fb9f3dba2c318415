"""The tables: MySQL's types by name, and what SQLite makes of them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy import text as text_of
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine
from stockbt_domain.figures import SORTED_FIGURES

COLLATION = "utf8mb4_0900_bin"
"""Compares code points and pads nothing, as Python and SQLite do."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC, exact to the microsecond: DATETIME(6), or ISO text on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return DATETIME(6) on MySQL: without the fraction a time is rounded up, over midnight too."""
        kind: TypeEngine[Any] = mysql.DATETIME(fsp=6) if dialect.name == "mysql" else DateTime()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Drop the zone after converting to UTC. Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class AsciiText(TypeDecorator[str]):
    """Ids, tickers and hashes: letter by letter, so that AAPL and aapl differ."""

    impl = String
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[str]):
        """Compares; MySQL refuses to compare with text that ASCII does not have, which equals none."""

        def __eq__(self, other: Any) -> ColumnElement[bool]:  # type: ignore[override]
            if isinstance(other, str) and not other.isascii():
                return false()
            equal: ColumnElement[bool] = super().__eq__(other)  # type: ignore[assignment]
            return equal

    comparator_factory = Comparator

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return VARCHAR in ascii_bin on MySQL."""
        kind = String(self.length)
        if dialect.name == "mysql":
            kind = mysql.VARCHAR(self.length, charset="ascii", collation="ascii_bin")
        return dialect.type_descriptor(kind)


LONG_TEXT = Text().with_variant(mysql.LONGTEXT(collation=COLLATION), "mysql")
BLOB = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")


def text(length: int) -> TypeEngine[str]:
    """Return a type for short text in any script."""
    return String(length).with_variant(mysql.VARCHAR(length, collation=COLLATION), "mysql")


ON_MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": COLLATION}

runs = Table(
    "runs",
    metadata,
    Column("run_id", AsciiText(36), primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("launcher", AsciiText(8), nullable=False),
    Column("request_json", LONG_TEXT, nullable=False),
    Column("ticker", AsciiText(32)),
    Column("rule_type", text(64)),
    Column("rule_id", text(128)),
    Column("params_json", LONG_TEXT),
    Column("start_date", Date),
    Column("end_date", Date),
    Column("initial_capital", Double),
    Column("fee_rate", Double),
    Column("slippage_bps", Double),
    Column("size_type", AsciiText(16)),
    Column("position_size", Double),
    Column("direction", AsciiText(16)),
    Column("timeframe", AsciiText(8)),
    Column("execution", AsciiText(16)),
    Column("data_hash", AsciiText(64)),
    Column("adjusted", Boolean, nullable=False),
    Column("engine", AsciiText(64), nullable=False),
    Column("engine_version", AsciiText(128)),
    Column("engine_digest", AsciiText(64)),
    Column("image_tag", AsciiText(255)),
    Column("run_key", AsciiText(64)),
    Column("status", AsciiText(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("launches", Integer, nullable=False),
    Column("next_launch_at", UtcTime),
    Column("lease_until", UtcTime),
    Column("started_at", UtcTime),
    Column("completed_at", UtcTime),
    Column("error_kind", AsciiText(16)),
    Column("error_code", AsciiText(64)),
    Column("error_message", LONG_TEXT),
    Column("result_hash", AsciiText(64)),
    Column("reproduces", AsciiText(36)),
    Column("verdict", AsciiText(16)),
    Column("difference", LONG_TEXT),
    Column("warnings_json", JSON, nullable=False),
    Column("metrics_json", JSON, nullable=False),
    Column("priority", AsciiText(16), nullable=False, server_default="single"),
    Column("reuse", Boolean, nullable=False, server_default=text_of("0")),
    Column("reuses", AsciiText(36)),
    Column("waits_for", AsciiText(36)),
    Column("queue_at", UtcTime),
    Column("holds_slot", Boolean, nullable=False, server_default=text_of("0")),
    Column("launched_at", UtcTime),
    Column("trace_context", AsciiText(64)),
    # Each list and filter pages by (created_at, run_id) within one of these; a third filter is looked
    # up in the rows that two others leave.
    Index("ix_runs_created", "created_at", "run_id"),
    Index("ix_runs_status", "status", "created_at", "run_id"),
    Index("ix_runs_ticker", "ticker", "created_at", "run_id"),
    Index("ix_runs_rule_type", "rule_type", "created_at", "run_id"),
    Index("ix_runs_rule_id", "rule_id", "created_at", "run_id"),
    Index("ix_runs_ticker_status", "ticker", "status", "created_at", "run_id"),
    Index("ix_runs_ticker_rule_type", "ticker", "rule_type", "created_at", "run_id"),
    Index("ix_runs_rule_type_status", "rule_type", "status", "created_at", "run_id"),
    Index("ix_runs_rule_id_status", "rule_id", "status", "created_at", "run_id"),
    Index("ix_runs_reproduces", "reproduces"),
    Index("ix_runs_data_hash", "data_hash", "created_at", "run_id"),
    Index("ix_runs_reuses", "reuses"),
    Index("ix_runs_run_key", "run_key", "status", "reuses", "created_at"),
    Index("ix_runs_waits_for", "waits_for"),
    Index("ix_runs_queue", "queue_at", "run_id"),
    Index("ix_runs_slots", "holds_slot", "launcher"),
    # What a free search reads: nothing but this index.
    Index("ix_runs_label", "created_at", "run_id", "ticker", "rule_id"),
    **ON_MYSQL,
)

turns = Table(
    "turns",
    metadata,
    # A row is locked by whoever decides under its name, so that two replicas decide one after the other.
    Column("name", AsciiText(32), primary_key=True),
    **ON_MYSQL,
)

run_results = Table(
    "run_results",
    metadata,
    Column("run_id", AsciiText(36), ForeignKey("runs.run_id"), primary_key=True),
    Column("equity_curve", BLOB, nullable=False),
    Column("trades", BLOB, nullable=False),
    Column("orders", BLOB, nullable=False),
    Column("series", BLOB, nullable=False),
    **ON_MYSQL,
)

run_figures = Table(
    "run_figures",
    metadata,
    # What a list shows and sorts by of each result: narrow, and written with it.
    Column("run_id", AsciiText(36), ForeignKey("runs.run_id"), primary_key=True),
    *(Column(name, Double) for name in SORTED_FIGURES.values()),
    Column(
        "spark", LargeBinary().with_variant(mysql.VARBINARY(128), "mysql")
    ),  # at most 32 float32, little-endian; null until it is derived
    *(Index(f"ix_run_figures_{name}", name, "run_id") for name in SORTED_FIGURES.values()),
    **ON_MYSQL,
)

run_tags = Table(
    "run_tags",
    metadata,
    # The run's time stands here too: the runs of a tag are read in their order from this key alone.
    Column("tag", text(40), primary_key=True),
    Column("created_at", UtcTime, primary_key=True),
    Column("run_id", AsciiText(36), ForeignKey("runs.run_id"), primary_key=True),
    Index("ix_run_tags_run_id", "run_id"),
    **ON_MYSQL,
)

run_notes = Table(
    "run_notes",
    metadata,
    Column("run_id", AsciiText(36), ForeignKey("runs.run_id"), primary_key=True),
    Column("note", LONG_TEXT, nullable=False),
    **ON_MYSQL,
)

run_events = Table(
    "run_events",
    metadata,
    # No foreign key: the history of a pruned run stays.
    Column("run_id", AsciiText(36), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("from_status", AsciiText(16)),
    Column("to_status", AsciiText(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("actor", text(255), nullable=False),
    Column("reason", LONG_TEXT, nullable=False),
    Column("hash", AsciiText(64), nullable=False),
    **ON_MYSQL,
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    # SHA-256 over caller and key: one exact, short primary key whatever a client sends.
    Column("key_hash", AsciiText(64), primary_key=True),
    Column("body_hash", AsciiText(64), nullable=False),
    Column("run_id", AsciiText(36), ForeignKey("runs.run_id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    **ON_MYSQL,
)

dataset_versions = Table(
    "dataset_versions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("ticker", AsciiText(32), nullable=False),
    Column("timeframe", AsciiText(8), nullable=False),
    Column("data_hash", AsciiText(64), nullable=False),
    Column("adjusted", Boolean, nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("bars", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("source", LONG_TEXT, nullable=False),
    Column("imported_at", UtcTime, nullable=False),
    Column("findings_json", JSON, nullable=False),
    UniqueConstraint("ticker", "timeframe", "data_hash", "adjusted"),
    Index("ix_dataset_versions_data_hash", "data_hash"),
    **ON_MYSQL,
)

dataset_chunks = Table(
    "dataset_chunks",
    metadata,
    Column("data_hash", AsciiText(64), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("content", BLOB, nullable=False),
    **ON_MYSQL,
)

presets = Table(
    "presets",
    metadata,
    Column("id", AsciiText(36), primary_key=True),
    Column("name", text(255), nullable=False),
    Column("fields_json", LONG_TEXT, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("name"),
    **ON_MYSQL,
)
