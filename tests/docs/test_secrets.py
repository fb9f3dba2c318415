"""docs/secrets.md: what it seals opens to what was sealed, and a changed password locks nobody out."""

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from tests.docs.blocks import ROOT, blocks
from tests.docs.stand_in import stand_in
from tests.mysql_server import ROOT_PASSWORD, MySqlServer
from tests.programs import program

PAGE = ROOT / "docs" / "secrets.md"
TEMPLATE = ROOT / "k8s" / "base" / "secret-template.yaml"
EXAMPLE = ROOT / "k8s" / "examples" / "external-secrets"
Manifest = dict[str, Any]


def manifests(source: str | Path) -> list[Manifest]:
    """Return the objects of a text or a file of YAML."""
    return list(yaml.safe_load_all(source.read_text() if isinstance(source, Path) else source))


def filled() -> list[Manifest]:
    """Return the Secrets with new passwords."""
    return manifests(
        subprocess.run([ROOT / "k8s" / "secrets"], capture_output=True, text=True, check=True).stdout
    )


def texts(secrets: list[Manifest]) -> dict[str, dict[str, str]]:
    """Return what Secrets hold, by their names."""
    return {
        secret["metadata"]["name"]: secret.get("stringData")
        or {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
        for secret in secrets
    }


def command(beginning: str, count: int = 1) -> list[str]:
    """Return the page's commands that begin so."""
    found = [block.body for block in blocks(PAGE) if block.language == "sh" and beginning in block.body]
    assert len(found) == count, found
    return found


def test_the_script_fills_the_whole_template_and_each_time_anew() -> None:
    """Same Secrets, same keys, no placeholder; the accounts are made with the passwords that pods have."""
    first, second = filled(), filled()
    held = texts(first)
    accounts = dict(
        re.findall(r"CREATE USER '(\w+)'@'%' IDENTIFIED BY '(\w+)'", held["stockbt-mysql"]["accounts.sql"])
    )

    assert {name: keys.keys() for name, keys in held.items()} == {
        name: keys.keys() for name, keys in texts(manifests(TEMPLATE)).items()
    }
    assert "<" not in str(held)
    assert accounts == {
        secret["DB_USER"]: secret["DB_PASSWORD"] for name, secret in held.items() if name != "stockbt-mysql"
    }
    assert len({*accounts.values(), held["stockbt-mysql"]["MYSQL_ROOT_PASSWORD"]}) == 4
    assert set(accounts.values()).isdisjoint(str(second))


def test_the_external_secrets_make_the_very_secrets_of_the_template() -> None:
    """Same names, namespace, keys and texts, each value from the store's entry."""
    found = [o for o in manifests(EXAMPLE / "secrets.yaml") if o["kind"] == "ExternalSecret"]
    values = {"root": "R", "migration": "M", "web": "W", "worker": "K"}
    own = {
        "stockbt-mysql": "R",
        "stockbt-migration": "M",
        "stockbt-web": "W",
        "stockbt-worker": "K",
    }
    made = {}
    for external in found:
        target = external["spec"]["target"]
        asked = {entry["secretKey"]: entry["remoteRef"] for entry in external["spec"]["data"]}
        shown = str(target["template"]["data"])
        assert {f"{{{{ .{name} }}}}" for name in asked} == set(re.findall(r"\{\{ \.\w+ \}\}", shown))
        assert all(ref == {"key": "stockbt", "property": name} for name, ref in asked.items())
        assert target["name"] == external["metadata"]["name"]
        assert external["metadata"]["namespace"] == "stock-backtest"
        made[target["name"]] = {
            key: re.sub(r"\{\{ \.(\w+) \}\}", lambda hole: values[hole[1]], value)
            for key, value in target["template"]["data"].items()
        }
    wanted = {
        name: {
            key: re.sub(r"<password(?: of (stockbt-\w+))?>", lambda hole: own[hole[1] or name], value)  # noqa: B023
            for key, value in keys.items()
        }
        for name, keys in texts(manifests(TEMPLATE)).items()
    }

    assert made == wanted


def test_the_external_secrets_ask_the_store_that_is_there() -> None:
    """By its name and kind, and the store asks as an account that is there and has no token mounted."""
    objects = {
        (o["kind"], o["metadata"]["name"]): o
        for name in ("store", "secrets")
        for o in manifests(EXAMPLE / f"{name}.yaml")
    }
    stores = {
        o["spec"]["secretStoreRef"]["name"] for (kind, _), o in objects.items() if kind == "ExternalSecret"
    }
    (store,) = stores
    account = objects["SecretStore", store]["spec"]["provider"]["vault"]["auth"]["kubernetes"][
        "serviceAccountRef"
    ]

    assert objects["ServiceAccount", account["name"]]["automountServiceAccountToken"] is False
    assert {o["metadata"]["namespace"] for o in objects.values()} == {"stock-backtest"}


def test_the_pages_manifests_are_those_of_the_example() -> None:
    """Word for word, so that whoever copies them from the page gets what was checked."""
    whole = [o for name in ("store", "secrets") for o in manifests(EXAMPLE / f"{name}.yaml")]
    shown = [yaml.safe_load(block.body) for block in blocks(PAGE) if block.language == "yaml"]

    assert shown
    assert [o for o in shown if o not in whole] == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of k8s/, as a clone has it."""
    shutil.copytree(ROOT / "k8s", tmp_path / "clone" / "k8s")
    return tmp_path / "clone"


def shell(text: str, folder: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a block of the page as somebody who follows it."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_example_that_was_added_is_rendered_with_the_overlay(tree: Path) -> None:
    """The commands of the page, and then the overlay has the four ExternalSecrets and no Secret."""
    program("kustomize", "kubectl's own cannot edit")
    (add,) = command("cp -r k8s/examples")
    done = shell(add, tree)
    built = shell("kustomize build k8s/overlays/prod", tree)
    kinds = [o["kind"] for o in manifests(built.stdout)]

    assert (done.returncode, built.returncode) == (0, 0), done.stderr + built.stderr
    assert (kinds.count("ExternalSecret"), kinds.count("Secret")) == (4, 0)


def test_what_was_sealed_opens_with_the_key_and_under_its_own_name_alone(tree: Path) -> None:
    """`kubeseal` as the page calls it, with a certificate of one's own; opened again as a controller does."""
    program("kubeseal", "go install github.com/bitnami-labs/sealed-secrets/cmd/kubeseal@v0.36.0")
    made = shell(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=sealed-secrets"
        " -keyout key.pem -out certificate.pem",
        tree,
    )
    assert made.returncode == 0, made.stderr
    (seal,) = command("k8s/secrets | kubeseal")
    done = shell(seal, tree)
    assert done.returncode == 0, done.stderr
    sealed = manifests(tree / "k8s" / "overlays" / "prod" / "sealed-secrets.yaml")

    def opened(manifest: Manifest) -> "subprocess.CompletedProcess[str]":
        (tree / "one.yaml").write_text(yaml.safe_dump(manifest))
        return shell(
            "kubeseal --recovery-unseal --recovery-private-key key.pem --format yaml <one.yaml", tree
        )

    secrets = [yaml.safe_load(opened(manifest).stdout) for manifest in sealed]
    renamed = yaml.safe_load(yaml.safe_dump(sealed[-1]).replace("stockbt-worker", "stockbt-other"))

    assert {name: keys.keys() for name, keys in texts(secrets).items()} == {
        name: keys.keys() for name, keys in texts(manifests(TEMPLATE)).items()
    }
    assert "PASSWORD" not in str([o["spec"].get("template", {}).get("data") for o in sealed])
    assert texts(secrets)["stockbt-web"]["DB_PASSWORD"] in texts(secrets)["stockbt-mysql"]["accounts.sql"]
    assert opened(renamed).returncode != 0


@pytest.fixture
def mysql_with_accounts(mysql_server: MySqlServer) -> Iterator[dict[str, str]]:
    """Yield the passwords of the accounts that a filled template makes on a server, as long as it lasts."""
    held = texts(filled())
    run = f"MYSQL_PWD={ROOT_PASSWORD} exec mysql --user=root"
    container = mysql_server.container_id

    def sql(statements: str) -> None:
        subprocess.run(
            ["docker", "exec", "-i", container, "sh", "-c", run], input=statements, text=True, check=True
        )

    sql(held["stockbt-mysql"]["accounts.sql"])
    yield {s["DB_USER"]: s["DB_PASSWORD"] for n, s in held.items() if n != "stockbt-mysql"}
    sql("DROP USER 'migration'@'%', 'web'@'%', 'worker'@'%';")


@pytest.mark.docker
def test_a_password_is_changed_while_both_are_good(
    mysql_server: MySqlServer, mysql_with_accounts: dict[str, str], tmp_path: Path
) -> None:
    """The page's statements on a real server: first both open, then the new one alone."""
    old = mysql_with_accounts["web"]

    def opens(password: str) -> bool:
        url = mysql_server.url().set(username="web", password=password)
        try:
            with create_engine(url, poolclass=NullPool).connect() as connection:
                return bool(connection.execute(text("SELECT 1")).scalar())
        except OperationalError:
            return False

    kubectl = stand_in(tmp_path / "bin", container=mysql_server.container_id, web={})
    path = f"{kubectl}:{os.environ['PATH']}"
    begin, end = command("ALTER USER", 2)
    both = shell(begin, tmp_path, PATH=path)
    during = opens(old), opens("new4password")
    last = shell(end, tmp_path, PATH=path)

    assert (both.returncode, last.returncode) == (0, 0), both.stderr + last.stderr
    assert during == (True, True)
    assert (opens(old), opens("new4password")) == (False, True)
