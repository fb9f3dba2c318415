"""When a run was launched, and the trace that its request belongs to."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stockbt_adapters_mysql.migrations.growth import grow

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add two columns that programs of the revision before do not know."""
    grow(
        "runs",
        columns=[
            sa.Column("launched_at", sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")),
            sa.Column(
                "trace_context",
                sa.String(64).with_variant(
                    mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql"
                ),
            ),
        ],
    )
