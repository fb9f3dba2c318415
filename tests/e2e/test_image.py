"""What is in the platform's image, asked of the image itself."""

import json
import subprocess
from typing import Any

import pytest

from .platform import Platform

BASE = "python:3.11-slim-bookworm"
LARGEST = 400 * 10**6
USE_ALL = """
import importlib.metadata, os, subprocess, sys
os.environ["STOCKBT_HOME"] = "/tmp/home"
os.environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
with open("/tmp/sitecustomize.py", "w") as file:
    file.write("import atexit, sys\\natexit.register(lambda: "
               "open('/tmp/modules', 'a').write('\\\\n'.join(sys.modules) + '\\\\n'))")
PROCESSES = {
    "migration": ["stockbt", "db", "upgrade"],
    "samples": ["stockbt", "data", "samples"],
    "command line": ["stockbt", "run", "SP500", "RSI"],
    "worker": [sys.executable, "-c", '''
import os
from stockbt_cli.bootstrap import machine
from stockbt_domain.request import read_request
from stockbt_domain.usecases.submit import submit
reading = read_request('{"ticker": "SP500", "rule_type": "MACD"}')
with machine(os.environ) as opened:
    os.environ["RUN_ID"] = submit(reading, opened.bench).run.run_id
from stockbt_worker.main import main
main()
'''],
    "web": [sys.executable, "-c", '''
import os
import cryptography.hazmat.primitives.asymmetric.rsa, gunicorn.workers.gthread, pymysql, stockbt_web.serve
import stockbt_adapters_k8s.cluster, stockbt_adapters_k8s.launcher, stockbt_exports.parquet, zoneinfo
from stockbt_web.bootstrap import create_app
from stockbt_web.settings import Settings
client = create_app(Settings.from_env(os.environ)).test_client()
run, other = client.get("/api/runs").get_json()["runs"]
assert run["status"] == other["status"] == "SUCCEEDED"
for path in ("/", "/runs", "/runs/" + run["run_id"], "/metrics",
             "/api/runs/" + run["run_id"] + "/charts/equity.png"):
    assert client.get(path).status_code == 200, path
'''],
}
for name, command in PROCESSES.items():
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": "/tmp"}, capture_output=True, text=True)
    assert done.returncode == 0, (name, done.stderr)
used = {name.partition(".")[0] for name in open("/tmp/modules").read().split()}
for found in importlib.metadata.distributions():
    files = [str(f) for f in found.files or () if f.suffix in (".py", ".so")]
    tops = {file.partition("/")[0].partition(".")[0] for file in files}
    if found.metadata["Name"] != "tzdata" and not tops & used:  # tzdata is read as data
        print(found.metadata["Name"])
"""
NO_BYTECODE = """
import importlib.util, pathlib, struct, sysconfig
for path in pathlib.Path(sysconfig.get_path("purelib")).rglob("*.py"):
    compiled = pathlib.Path(importlib.util.cache_from_source(path))
    if not compiled.exists() or struct.unpack("<L", compiled.open("rb").read(8)[4:])[0] != 0b01:
        print(path)
"""


def _docker(*arguments: str) -> Any:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def image(platform: Platform) -> str:
    """The image that web runs, without what tests put on top."""
    return platform.image().removesuffix("-next").removesuffix("-faults")


def python(image: str, code: str) -> str:
    """Return what a program prints in a container that can write nowhere but in /tmp."""
    limits = ["--rm", "--read-only", "--tmpfs", "/tmp", "--workdir", "/tmp", "--network", "none"]
    return str(_docker("run", *limits, image, "python", "-c", code))


def test_the_image_says_what_it_is_and_runs_as_nobody_in_particular(image: str) -> None:
    """Labels of OCI, the engine's commit and digest, a numeric user."""
    config = json.loads(_docker("inspect", image))[0]["Config"]
    labels, variables = config["Labels"], dict(v.split("=", 1) for v in config["Env"])
    digest = python(
        image, "from stockbt_runtime.engines import engine_digest as d; print(d('legacy'))"
    ).strip()

    assert config["User"] == "10001:10001"
    assert labels["stockbt.engine.digest"] == digest
    assert labels["org.opencontainers.image.revision"] == variables["ENGINE_VERSION"]
    assert variables["IMAGE_TAG"] == image.rpartition(":")[2]
    assert variables["ENGINE_VERSION"].startswith(variables["IMAGE_TAG"].removesuffix("-dirty"))
    assert {"title", "licenses", "version", "created"} <= {name.rpartition(".")[2] for name in labels}


def test_the_layers_above_the_base_are_small(image: str) -> None:
    """In bytes, as they lie on a node's disk."""
    whole, base = (json.loads(_docker("inspect", name))[0]["Size"] for name in (image, BASE))

    assert whole - base < LARGEST


def test_nothing_builds_installs_or_tests_in_it(image: str) -> None:
    """No pip, no compiler, no test code."""
    found = "import shutil; print([t for t in ('pip', 'pip3', 'gcc', 'cc', 'ld', 'make') if shutil.which(t)])"
    modules = (
        "import importlib.util as i; print([m for m in ('pip', 'ensurepip', 'pytest') if i.find_spec(m)])"
    )
    tests = (
        "import pathlib, sysconfig; top = pathlib.Path(sysconfig.get_path('purelib'));"
        "print([str(p) for p in top.rglob('*') if p.name in ('tests', 'test', 'testing', 'conftest.py')])"
    )

    assert [python(image, code).strip() for code in (found, modules, tests)] == ["[]"] * 3


def test_every_module_has_bytecode_that_nobody_checks(image: str) -> None:
    """So a pod imports without compiling and without a look at any file's time."""
    assert python(image, NO_BYTECODE) == ""


def test_every_package_is_imported_by_some_process(image: str) -> None:
    """Migration, command line, worker and web, each as it works, charts included."""
    assert python(image, USE_ALL) == ""
