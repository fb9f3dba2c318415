"""A line for slots, results that are reused, and an index for every pair of filters."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from stockbt_adapters_mysql.migrations.growth import grow, make

revision = "0003"
down_revision = "0002"

UtcTime = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")


def ascii_text(length: int) -> TypeEngine[str]:
    """Text of ids and tickers."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql")


def upgrade() -> None:
    """Add what programs of the revision before may leave out: each column is null or has a default."""
    grow(
        "runs",
        columns=(
            sa.Column("priority", ascii_text(16), nullable=False, server_default="single"),
            sa.Column("reuse", sa.Boolean, nullable=False, server_default=sa.text("0")),
            sa.Column("reuses", ascii_text(36)),
            sa.Column("waits_for", ascii_text(36)),
            sa.Column("queue_at", UtcTime),
            sa.Column("holds_slot", sa.Boolean, nullable=False, server_default=sa.text("0")),
        ),
        indexes={
            "ix_runs_ticker_status": ("ticker", "status", "created_at", "run_id"),
            "ix_runs_ticker_rule_type": ("ticker", "rule_type", "created_at", "run_id"),
            "ix_runs_rule_type_status": ("rule_type", "status", "created_at", "run_id"),
            "ix_runs_rule_id_status": ("rule_id", "status", "created_at", "run_id"),
            "ix_runs_data_hash": ("data_hash", "created_at", "run_id"),
            "ix_runs_reuses": ("reuses",),
            "ix_runs_run_key": ("run_key", "status", "reuses", "created_at"),
            "ix_runs_waits_for": ("waits_for",),
            "ix_runs_queue": ("queue_at", "run_id"),
            "ix_runs_slots": ("holds_slot", "launcher"),
        },
    )
    make(
        "turns",
        sa.Column("name", ascii_text(32), primary_key=True),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_0900_bin",
    )
