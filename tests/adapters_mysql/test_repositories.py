"""The SQL repositories keep the contracts of their ports, on SQLite and on MySQL."""

import pytest
from stockbt_adapters_mysql.database import Database
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.presets import SqlPresets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.testing.contracts import (
    DatasetRepositoryContract,
    PresetRepositoryContract,
    RunRepositoryContract,
)


class TestSqlRuns(RunRepositoryContract):
    @pytest.fixture
    def runs(self, database: Database) -> SqlRuns:
        """Give the adapter under test."""
        return SqlRuns(database)


class TestSqlDatasets(DatasetRepositoryContract):
    @pytest.fixture
    def datasets(self, database: Database) -> SqlDatasets:
        """Give the adapter under test."""
        return SqlDatasets(database)


class TestSqlPresets(PresetRepositoryContract):
    @pytest.fixture
    def presets(self, database: Database) -> SqlPresets:
        """Give the adapter under test."""
        return SqlPresets(database)
