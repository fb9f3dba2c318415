"""Events outlive their run, and a look-up of who reproduces a run: what pruning needs."""

import sqlalchemy as sa
from alembic import op

from stockbt_adapters_mysql.migrations.growth import grow

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Free the events from the row of their run; programs of the revision before do not notice."""
    keys = {key["name"] for key in sa.inspect(op.get_bind()).get_foreign_keys("run_events")}
    if "fk_run_events_run_id" in keys:  # else an upgrade was cut off after this step
        with op.batch_alter_table("run_events") as run_events:
            run_events.drop_constraint("fk_run_events_run_id", type_="foreignkey")
    grow("runs", indexes={"ix_runs_reproduces": ("reproduces",)})
