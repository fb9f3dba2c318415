"""Other versions of the platform's image, for tests that roll them out."""

import os
import subprocess
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.waiting import until

from .platform import Platform

ROOT = Path(__file__).parents[2]
FAULTS = Path(__file__).parent / "faults"

REVISION = '''"""A column that only the next version knows."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{head}"


def upgrade() -> None:
    """Expand: programs of the version before do not notice."""
    op.add_column("runs", sa.Column("of_the_next_version", sa.Integer))
'''


def newest_revision() -> str:
    """Return the revision of the schema that this version has."""
    config = Config()
    config.set_main_option("script_location", "stockbt_adapters_mysql:migrations")
    return str(ScriptDirectory.from_config(config).get_current_head())


def next_version_of(image: str, cluster: str, folder: Path) -> str:
    """Build the image of a version with one revision more, load it into every node, and return its name."""
    newer = f"{image.removesuffix('-faults')}-next"
    versions = "/opt/stockbt/lib/python3.11/site-packages/stockbt_adapters_mysql/migrations/versions/"
    (folder / "r9999_next.py").write_text(REVISION.format(head=newest_revision()))
    (folder / "Dockerfile").write_text(
        f"FROM {image}\nCOPY r9999_next.py {versions}\nENV IMAGE_TAG={newer.rpartition(':')[2]}\n"
    )
    subprocess.run(["docker", "build", "--quiet", "--tag", newer, folder], check=True)
    subprocess.run(["kind", "load", "docker-image", "--name", cluster, newer], check=True)
    return newer


def faulty_version_of(image: str) -> str:
    """Build the same version with engines that take long or too much, and return its name."""
    faulty = f"{image[: image.index(':') + 13]}-faults"
    arguments = ["--build-arg", f"IMAGE={image}", "--build-arg", f"TAG={faulty.rpartition(':')[2]}"]
    subprocess.run(["docker", "build", "--quiet", *arguments, "--tag", faulty, FAULTS], check=True)
    return faulty


def deploy(image: str) -> None:
    """Bring the platform to this image, with its migration."""
    subprocess.run([ROOT / "k8s" / "kind" / "up"], check=True, env={**os.environ, "IMAGE": image})


def rolled_out(platform: Platform) -> None:
    """Wait until only new webs are there: an old one would reconcile with its old settings."""
    platform.kubectl("rollout", "status", "deployment/web", "--timeout=180s")
    wanted = platform.read("deployment", "web")["spec"]["replicas"]
    webs = ("pods", "--selector", "app.kubernetes.io/component=web")
    until(lambda: len(platform.all(*webs)) == wanted, 120, "the old webs are gone")
