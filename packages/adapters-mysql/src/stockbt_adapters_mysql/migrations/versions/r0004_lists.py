"""Tags and notes on runs, and the figures that lists are sorted by, filled from the metrics there are."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from stockbt_adapters_mysql.migrations.growth import grow, make

revision = "0004"
down_revision = "0003"

COLLATION = "utf8mb4_0900_bin"
ON_MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": COLLATION}
FIGURES = ("total_return_pct", "cagr", "sharpe_ratio", "max_drawdown_pct", "num_trades")
BATCH = 5000
UtcTime = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(collation=COLLATION), "mysql")


def ascii_text(length: int) -> TypeEngine[str]:
    """Text of ids."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql")


def upgrade() -> None:
    """Add tables that programs of the revision before do not know, and one index; then fill the figures.

    A worker of the version before stores none: the list gives its runs theirs when it shows them.
    """
    make(
        "run_figures",
        sa.Column("run_id", ascii_text(36), sa.ForeignKey("runs.run_id"), primary_key=True),
        *(sa.Column(name, sa.Double) for name in FIGURES),
        sa.Column("spark", sa.LargeBinary().with_variant(mysql.VARBINARY(128), "mysql")),
        **ON_MYSQL,
    )
    make(
        "run_tags",
        sa.Column(
            "tag",
            sa.String(40).with_variant(mysql.VARCHAR(40, collation=COLLATION), "mysql"),
            primary_key=True,
        ),
        sa.Column("created_at", UtcTime, primary_key=True),
        sa.Column("run_id", ascii_text(36), sa.ForeignKey("runs.run_id"), primary_key=True),
        **ON_MYSQL,
    )
    make(
        "run_notes",
        sa.Column("run_id", ascii_text(36), sa.ForeignKey("runs.run_id"), primary_key=True),
        sa.Column("note", LONG_TEXT, nullable=False),
        **ON_MYSQL,
    )
    # Each index is a statement of its own: a table that is there may still be without them.
    grow("run_figures", indexes={f"ix_run_figures_{name}": (name, "run_id") for name in FIGURES})
    grow("run_tags", indexes={"ix_run_tags_run_id": ("run_id",)})
    grow("runs", indexes={"ix_runs_label": ("created_at", "run_id", "ticker", "rule_id")})
    _fill()


def _fill() -> None:
    """Copy the figures of results that have none, a batch at a time; what is there already stays."""
    bind = op.get_bind()
    runs = sa.table("runs", sa.column("run_id"), sa.column("status"), sa.column("metrics_json", sa.JSON))
    figures = sa.table("run_figures", sa.column("run_id"), *(sa.column(name) for name in FIGURES))
    known = sa.select(figures.c.run_id).where(figures.c.run_id == runs.c.run_id).exists()
    query = sa.select(runs.c.run_id, runs.c.metrics_json).where(runs.c.status == "SUCCEEDED", ~known)
    last = ""
    while True:
        part = query.where(runs.c.run_id > last).order_by(runs.c.run_id).limit(BATCH)
        rows = bind.execute(part).all()
        if not rows:
            return
        bind.execute(
            sa.insert(figures),
            [
                {"run_id": row.run_id, **{name: row.metrics_json.get(name) for name in FIGURES}}
                for row in rows
            ],
        )
        last = rows[-1].run_id
