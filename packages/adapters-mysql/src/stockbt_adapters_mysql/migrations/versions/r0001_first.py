"""The first schema: runs with their events and results, datasets, presets."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from stockbt_adapters_mysql.migrations.growth import grow, make

revision = "0001"
down_revision = None

COLLATION = "utf8mb4_0900_bin"
ON_MYSQL: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": COLLATION,
}
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(collation=COLLATION), "mysql")
BLOB = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")
UtcTime = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")


def ascii_text(length: int) -> TypeEngine[str]:
    """Text of ids, tickers and hashes."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql")


def text(length: int) -> TypeEngine[str]:
    """Short text in any script."""
    return sa.String(length).with_variant(mysql.VARCHAR(length, collation=COLLATION), "mysql")


def upgrade() -> None:
    """Create every table that an upgrade which was cut off did not leave."""
    make(
        "runs",
        sa.Column("run_id", ascii_text(36), primary_key=True),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("launcher", ascii_text(8), nullable=False),
        sa.Column("request_json", LONG_TEXT, nullable=False),
        sa.Column("ticker", ascii_text(32)),
        sa.Column("rule_type", text(64)),
        sa.Column("rule_id", text(128)),
        sa.Column("params_json", LONG_TEXT),
        sa.Column("start_date", sa.Date),
        sa.Column("end_date", sa.Date),
        sa.Column("initial_capital", sa.Double),
        sa.Column("fee_rate", sa.Double),
        sa.Column("slippage_bps", sa.Double),
        sa.Column("size_type", ascii_text(16)),
        sa.Column("position_size", sa.Double),
        sa.Column("direction", ascii_text(16)),
        sa.Column("timeframe", ascii_text(8)),
        sa.Column("execution", ascii_text(16)),
        sa.Column("data_hash", ascii_text(64)),
        sa.Column("adjusted", sa.Boolean, nullable=False),
        sa.Column("engine", ascii_text(64), nullable=False),
        sa.Column("engine_version", ascii_text(128)),
        sa.Column("engine_digest", ascii_text(64)),
        sa.Column("image_tag", ascii_text(255)),
        sa.Column("run_key", ascii_text(64)),
        sa.Column("status", ascii_text(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("launches", sa.Integer, nullable=False),
        sa.Column("next_launch_at", UtcTime),
        sa.Column("lease_until", UtcTime),
        sa.Column("started_at", UtcTime),
        sa.Column("completed_at", UtcTime),
        sa.Column("error_kind", ascii_text(16)),
        sa.Column("error_code", ascii_text(64)),
        sa.Column("error_message", LONG_TEXT),
        sa.Column("result_hash", ascii_text(64)),
        sa.Column("reproduces", ascii_text(36)),
        sa.Column("verdict", ascii_text(16)),
        sa.Column("difference", LONG_TEXT),
        sa.Column("warnings_json", sa.JSON, nullable=False),
        sa.Column("metrics_json", sa.JSON, nullable=False),
        **ON_MYSQL,
    )
    grow(
        "runs",
        indexes={
            "ix_runs_created": ("created_at", "run_id"),
            "ix_runs_status": ("status", "created_at", "run_id"),
            "ix_runs_ticker": ("ticker", "created_at", "run_id"),
            "ix_runs_rule_type": ("rule_type", "created_at", "run_id"),
            "ix_runs_rule_id": ("rule_id", "created_at", "run_id"),
        },
    )
    make(
        "run_results",
        sa.Column(
            "run_id",
            ascii_text(36),
            sa.ForeignKey("runs.run_id", name="fk_run_results_run_id"),
            primary_key=True,
        ),
        sa.Column("equity_curve", BLOB, nullable=False),
        sa.Column("trades", BLOB, nullable=False),
        sa.Column("orders", BLOB, nullable=False),
        sa.Column("series", BLOB, nullable=False),
        **ON_MYSQL,
    )
    make(
        "run_events",
        sa.Column(
            "run_id",
            ascii_text(36),
            sa.ForeignKey("runs.run_id", name="fk_run_events_run_id"),
            primary_key=True,
        ),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("from_status", ascii_text(16)),
        sa.Column("to_status", ascii_text(16), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("actor", text(255), nullable=False),
        sa.Column("reason", LONG_TEXT, nullable=False),
        sa.Column("hash", ascii_text(64), nullable=False),
        **ON_MYSQL,
    )
    make(
        "idempotency_keys",
        sa.Column("key_hash", ascii_text(64), primary_key=True),
        sa.Column("body_hash", ascii_text(64), nullable=False),
        sa.Column(
            "run_id",
            ascii_text(36),
            sa.ForeignKey("runs.run_id", name="fk_idempotency_keys_run_id"),
            nullable=False,
        ),
        sa.Column("at", UtcTime, nullable=False),
        **ON_MYSQL,
    )
    make(
        "dataset_versions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("ticker", ascii_text(32), nullable=False),
        sa.Column("timeframe", ascii_text(8), nullable=False),
        sa.Column("data_hash", ascii_text(64), nullable=False),
        sa.Column("adjusted", sa.Boolean, nullable=False),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        sa.Column("bars", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("source", LONG_TEXT, nullable=False),
        sa.Column("imported_at", UtcTime, nullable=False),
        sa.Column("findings_json", sa.JSON, nullable=False),
        sa.UniqueConstraint(
            "ticker", "timeframe", "data_hash", "adjusted", name="uq_dataset_versions_ticker"
        ),
        **ON_MYSQL,
    )
    grow("dataset_versions", indexes={"ix_dataset_versions_data_hash": ("data_hash",)})
    make(
        "dataset_chunks",
        sa.Column("data_hash", ascii_text(64), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", BLOB, nullable=False),
        **ON_MYSQL,
    )
    make(
        "presets",
        sa.Column("id", ascii_text(36), primary_key=True),
        sa.Column("name", text(255), nullable=False),
        sa.Column("fields_json", LONG_TEXT, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.UniqueConstraint("name", name="uq_presets_name"),
        **ON_MYSQL,
    )
