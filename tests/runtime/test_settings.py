"""Settings come from the environment; a wrong value names its variable."""

from pathlib import Path

import pytest
from stockbt_adapters_local.launcher import LocalLauncher
from stockbt_adapters_mysql.database import connect, database_url
from stockbt_domain.errors import BadConfiguration
from stockbt_runtime.launchers import choose_launcher
from stockbt_runtime.settings import Settings

from tests.architecture.test_shape import loaded_by


def test_local_has_no_limit_but_its_places() -> None:
    """Nothing set: workers of this machine, as many as it has places."""
    settings = Settings.from_env({})

    assert (settings.launcher, settings.max_active) == ("LOCAL", None)


def test_a_cluster_has_a_limit_of_its_own() -> None:
    """A burst of thousands must not become thousands of Jobs because nobody thought of it."""
    assert Settings.from_env({"JOB_LAUNCHER_MODE": "K8S"}).max_active == 20
    assert Settings.from_env({"JOB_LAUNCHER_MODE": "K8S", "MAX_ACTIVE_JOBS": "7"}).max_active == 7
    assert Settings.from_env({"MAX_ACTIVE_JOBS": "7"}).max_active == 7


def test_the_budget_of_a_run_can_be_set() -> None:
    """How long a worker may take to start, how often it is launched, and how long a run may take."""
    env = {"START_DEADLINE_SECONDS": "60", "MAX_LAUNCHES": "3", "STOCKBT_RUN_SECONDS": "900"}
    budget = Settings.from_env(env).budget

    assert (budget.start_seconds, budget.launches, budget.run_seconds) == (60, 3, 900)


@pytest.mark.parametrize(
    "name",
    [
        "MAX_ACTIVE_JOBS",
        "START_DEADLINE_SECONDS",
        "MAX_LAUNCHES",
        "STOCKBT_RUN_SECONDS",
        "JOB_LAUNCHER_MODE",
    ],
)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "1e3", "٣"])
def test_a_wrong_value_names_its_variable(name: str, value: str) -> None:
    """Whole numbers above zero, in ASCII digits; and one of two launchers."""
    with pytest.raises(BadConfiguration, match=name):
        Settings.from_env({name: value})


def test_local_is_chosen_by_default_and_loads_no_cluster_client(tmp_path: Path) -> None:
    """The client takes a third of a second to import, which no command on a laptop should pay."""
    env = {"STOCKBT_HOME": str(tmp_path)}
    database = connect(database_url(env))
    launcher = choose_launcher(Settings.from_env(env), database)
    database.close()

    assert isinstance(launcher, LocalLauncher)
    assert loaded_by("import stockbt_web.bootstrap, stockbt_cli.bootstrap", "kubernetes") == set()


def test_a_cluster_without_a_server_database_is_refused(tmp_path: Path) -> None:
    """A pod cannot read the SQLite file of another pod."""
    env = {"STOCKBT_HOME": str(tmp_path), "JOB_LAUNCHER_MODE": "K8S"}
    database = connect(database_url(env))
    with pytest.raises(BadConfiguration, match="JOB_LAUNCHER_MODE"):
        choose_launcher(Settings.from_env(env), database)
    database.close()
