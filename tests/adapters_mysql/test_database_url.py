"""Where the database is, from the environment."""

import subprocess
import sys
from pathlib import Path

import pytest
from stockbt_adapters_mysql.database import database_url
from stockbt_domain.errors import BadConfiguration

PARTS = {"DB_HOST": "db", "DB_NAME": "stockbt", "DB_USER": "app", "DB_PASSWORD": "p@ss:w/rd%"}


def shown(env: dict[str, str]) -> str:
    """Return the URL with its password."""
    return database_url(env).render_as_string(hide_password=False)


@pytest.mark.parametrize("scheme", ["mysql", "mysql+pymysql"])
def test_a_mysql_url_uses_the_pure_python_driver(scheme: str) -> None:
    """`mysql://` is enough."""
    assert shown({"DATABASE_URL": f"{scheme}://a:b@db:3307/x"}) == "mysql+pymysql://a:b@db:3307/x"


def test_the_parts_make_a_url() -> None:
    """A password may hold any character; the port is MySQL's unless given."""
    url = database_url(PARTS)

    assert (url.host, url.port, url.database, url.username) == ("db", 3306, "stockbt", "app")
    assert url.password == "p@ss:w/rd%"
    assert database_url({**PARTS, "DB_PORT": "3307"}).port == 3307


def test_the_whole_url_comes_before_the_parts() -> None:
    """DATABASE_URL decides where both are set."""
    assert database_url({**PARTS, "DATABASE_URL": "sqlite:////data/x.db"}).database == "/data/x.db"


def test_without_either_the_file_lies_under_the_home_folder(tmp_path: Path) -> None:
    """An empty variable counts as none."""
    for env in ({"STOCKBT_HOME": str(tmp_path)}, {"STOCKBT_HOME": str(tmp_path), "DATABASE_URL": ""}):
        assert shown(env) == f"sqlite:///{tmp_path}/stockbt.sqlite3"
    assert database_url({}).database == str(Path("~/.stockbt/stockbt.sqlite3").expanduser())


@pytest.mark.parametrize(
    ("env", "variable"),
    [
        ({"DATABASE_URL": "nonsense secret"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://a:secret@db:notaport/x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://a:secret@db/x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://a:secret@db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql:///x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL"),
        ({"DB_PASSWORD": "secret"}, "DB_HOST"),
        ({**PARTS, "DB_NAME": ""}, "DB_NAME"),
        ({**PARTS, "DB_USER": ""}, "DB_USER"),
        ({**PARTS, "DB_PORT": "tcp://10.0.0.1:3306"}, "DB_PORT"),
        ({**PARTS, "DB_PORT": "0"}, "DB_PORT"),
        ({**PARTS, "DB_PORT": "65536"}, "DB_PORT"),
    ],
)
def test_a_wrong_value_names_its_variable_and_keeps_secrets(env: dict[str, str], variable: str) -> None:
    """A message says which variable to mend, and never shows a password."""
    with pytest.raises(BadConfiguration) as caught:
        database_url(env)

    assert str(caught.value).startswith(variable)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_worker_imports_neither_alembic_nor_the_driver() -> None:
    """Importing the repositories opens nothing and stays quick."""
    modules = "stockbt_adapters_mysql.runs, stockbt_adapters_mysql.datasets, stockbt_adapters_mysql.migrate"
    program = f"import sys, {modules}; print([m for m in ('alembic', 'pymysql') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
