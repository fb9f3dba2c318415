"""Events outlive their run, and a look-up of who reproduces a run: what pruning needs."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Free the events from the row of their run; programs of the revision before do not notice."""
    with op.batch_alter_table("run_events") as run_events:
        run_events.drop_constraint("fk_run_events_run_id", type_="foreignkey")
    op.create_index("ix_runs_reproduces", "runs", ["reproduces"])
