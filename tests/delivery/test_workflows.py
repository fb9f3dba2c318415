"""The workflows: valid, pinned, with few rights, and thin over make."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.programs import program

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def jobs() -> list[tuple[str, dict]]:  # type: ignore[type-arg]
    """Return every job with the workflow that it belongs to."""
    return [
        (f"{path.name}: {name}", job)
        for path in WORKFLOWS
        for name, job in yaml.safe_load(path.read_text())["jobs"].items()
    ]


def test_zizmor_finds_nothing_to_complain_of() -> None:
    """No injection, no unpinned action, no credential that lives longer than its step."""
    zizmor = Path(sys.executable).parent / "zizmor"
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", ROOT / ".github"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_finds_nothing_to_complain_of() -> None:
    """Syntax, expressions, and the shell in between."""
    actionlint = program("actionlint", "go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7")
    done = subprocess.run([actionlint, *WORKFLOWS], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_commit() -> None:
    """A tag can be moved to other code; a commit cannot."""
    used = [found for path in WORKFLOWS for found in re.findall(r"uses: (\S+)", path.read_text())]

    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}|\./\S+", action) for action in used), used


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_gives_no_right_to_all_its_jobs(path: Path) -> None:
    """Each job names what it needs."""
    workflow = yaml.safe_load(path.read_text())

    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())


def test_steps_are_thin_over_make() -> None:
    """A laptop can do what a step does: `make`, or logging in to the registry, and nothing longer."""
    scripts = [(name, step["run"]) for name, job in jobs() for step in job.get("steps", ()) if "run" in step]

    assert scripts
    assert [entry for entry in scripts if len(entry[1].strip().splitlines()) > 1] == []
    assert [entry for entry in scripts if "make" not in entry[1] and "docker login" not in entry[1]] == []


def test_every_make_target_of_the_workflows_exists() -> None:
    """A misspelt target would be found on the day of a release."""
    makefile = (ROOT / "Makefile").read_text()
    text = "\n".join(path.read_text() for path in WORKFLOWS)
    targets = set(re.findall(r"make (?:--silent )?([a-z][\w-]*)", re.sub(r"#.*", "", text)))

    assert targets >= {"test", "images", "push", "promote", "e2e"}
    assert {target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()


def test_promotions_wait_for_each_other_and_never_start_one() -> None:
    """One at a time, none cancelled, and the promotion's own commit is not listened to."""
    main = yaml.safe_load((ROOT / ".github" / "workflows" / "main.yml").read_text())
    promoted = (ROOT / "k8s" / "promote").read_text()

    assert main["concurrency"] == {"group": "main", "cancel-in-progress": False}
    (ignored,) = main[True]["push"]["paths-ignore"]
    assert ignored.removesuffix("/kustomization.yaml") in promoted
