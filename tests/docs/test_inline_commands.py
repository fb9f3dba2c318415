"""Commands within sentences: the program understands them."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest
from stockbt_cli.main import cli

from tests.docs.blocks import ROOT, blocks, documents, prose
from tests.programs import program

_SPAN = re.compile(r"`([^`\n]+)`")


def spans(program: str) -> set[str]:
    """Return the commands of this program in the sentences of all documents."""
    texts = [prose(page) for page in documents()]
    found = {span for text in texts for span in _SPAN.findall(text)}
    return {span for span in found if span.split()[0] == program and len(span.split()) > 1}


def in_blocks(program: str) -> set[str]:
    """Return the commands of this program in the blocks of all documents."""
    return {
        command
        for page in documents()
        for block in blocks(page)
        if block.language == "sh"
        for command in block.commands()
        if command.startswith(f"{program} ")
    }


def understood(words: list[str]) -> str | None:
    """Return what `stockbt` does not understand of a command line, None when it understands all."""
    command: click.Command = cli
    while words and isinstance(command, click.Group):
        name = words.pop(0)
        if name.startswith("-") or name in ("…", "..."):
            return None
        found = command.commands.get(name)
        if found is None:
            return name
        command = found
    options = {option for parameter in command.params for option in parameter.opts}
    options |= {"-h", "--help"}
    for word in words:
        if word.startswith("--") and word.partition("=")[0] not in options:
            return word
    return None


def test_stockbt_has_every_command_and_option_that_a_sentence_names() -> None:
    """Placeholders in capitals stand for what a person fills in."""
    commands = spans("stockbt")
    wrong = {
        command: bad
        for command in commands
        if (bad := understood(re.sub(r"[\[\]]", "", command).split()[1:])) is not None
    }

    assert len(commands) > 10
    assert wrong == {}


def test_every_module_that_a_sentence_runs_is_there() -> None:
    """`python -m NAME`, within the repository."""
    modules = {
        match[1]
        for span in spans("python") | spans(".venv/bin/python")
        if (match := re.search(r"-m ([\w.]+)", span))
    }
    ours = {module for module in modules if module.partition(".")[0] in ("benchmarks", "tests", "docs")}
    missing = [
        module
        for module in ours
        if not (path := ROOT / module.replace(".", "/")).is_dir() and not path.with_suffix(".py").exists()
    ]

    assert ours
    assert missing == []


@pytest.mark.parametrize("folder", ["k8s", "docker"])
def test_every_script_that_a_sentence_names_is_there(folder: str) -> None:
    """And every file and folder below it."""
    texts = [prose(page) for page in documents()]
    named = {
        span.split()[0].rstrip("/")
        for text in texts
        for span in _SPAN.findall(text)
        if span.startswith(f"{folder}/") and not re.search(r"[*{<…]", span)
    }
    made = {"k8s/overlays/external-secrets", "k8s/overlays/prod/sealed-secrets.yaml"}

    assert named
    assert {path for path in named - made if not (ROOT / path).exists()} == set()


def test_kubectl_understands_every_command_that_a_page_gives_it(tmp_path: Path) -> None:
    """Read by the real program, which then finds no cluster: a wrong flag or verb is another complaint."""
    program("kubectl", "it comes with Kubernetes")
    config = tmp_path / "kubeconfig"
    config.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: none\n"
        "clusters: [{name: none, cluster: {server: 'http://127.0.0.1:1'}}]\n"
        "contexts: [{name: none, context: {cluster: none, user: none}}]\nusers: [{name: none, user: {}}]\n"
    )
    env = {**os.environ, "KUBECONFIG": str(config)}
    wrong = {}
    for command in sorted(spans("kubectl") | in_blocks("kubectl")):
        words = shlex.split(re.split(r" \||[ ]>\S|<", command)[0])
        if "kustomize" in words:
            continue  # it asks no cluster; the manifests' tests render them
        done = subprocess.run(
            words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60
        )
        if "127.0.0.1:1" not in done.stderr:
            wrong[command] = done.stderr + done.stdout

    assert wrong == {}
