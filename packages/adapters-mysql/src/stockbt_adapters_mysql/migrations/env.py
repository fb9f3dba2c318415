"""Run by alembic: migrates over the connection that `migrate` holds, in the transaction it has begun."""

from alembic import context

from stockbt_adapters_mysql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
