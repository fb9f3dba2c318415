"""Promotion and rollback on a real Git repository and against a registry that answers as one does."""

import hashlib
import json
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OVERLAY = Path("k8s/overlays/prod/kustomization.yaml")
PUBLISHED = {"1111111aaaaa", "2222222bbbbb", "3333333ccccc"}
CONFIG = {
    "mediaType": "application/vnd.docker.container.image.v1+json",
    "size": 2,
    "digest": f"sha256:{hashlib.sha256(b'{}').hexdigest()}",
}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": CONFIG,
    "layers": [],
}

pytestmark = pytest.mark.skipif(
    shutil.which("kustomize") is None or shutil.which("docker") is None,
    reason="needs kustomize (its own binary: kubectl's cannot edit) and docker",
)


class Registry(BaseHTTPRequestHandler):
    """The part of the registry protocol that asks whether a tag exists."""

    def do_GET(self) -> None:
        """Answer the version check, and a manifest with its configuration for published tags."""
        _, _, last = self.path.rpartition("/")
        kind, body = "application/json", b"{}"
        if last in PUBLISHED:
            kind, body = MANIFEST["mediaType"], json.dumps(MANIFEST).encode()
        self.send_response(200 if last in {"", CONFIG["digest"], *PUBLISHED} else 404)
        self.send_header("Content-Type", str(kind))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Clone:
    """A clone of the repository, whose origin takes pushes."""

    folder: Path
    env: dict[str, str]

    def run(self, *command: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in it."""
        env = {**self.env, **more}
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)

    def out(self, *command: str) -> str:
        """Return what a command that must work prints."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def tag(self) -> str:
        """Return the tag that k8s/ names."""
        (image,) = yaml.safe_load((self.folder / OVERLAY).read_text())["images"]
        return str(image["newTag"])


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a registry, which speaks TLS with a certificate that nobody signed."""
    folder = tmp_path_factory.mktemp("registry")
    certificate = folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-keyout", certificate, "-out", folder / "public.pem"),
        ],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "public.pem", certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture
def make_clone(tmp_path: Path, registry: str) -> Iterator[object]:
    """Return a maker of clones of one origin that holds k8s/ as it is."""
    env = {
        **os.environ,
        "IMAGE": f"{registry}/stock-backtest",
        "REGISTRY_OPTIONS": "--insecure",
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "HOME": str(tmp_path),
    }
    (tmp_path / "gitconfig").write_text("[user]\nname=ci\nemail=ci@example.org\n[init]\ndefaultBranch=main\n")
    first = Clone(tmp_path / "first", env)
    shutil.copytree(ROOT / "k8s", first.folder / "k8s")
    first.out("git", "init", "--quiet")
    first.out("git", "add", ".")
    first.out("git", "commit", "--quiet", "-m", "k8s")
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", first.folder, tmp_path / "origin.git"], env=env, check=True
    )

    def make(name: str) -> Clone:
        folder = tmp_path / name
        subprocess.run(["git", "clone", "--quiet", tmp_path / "origin.git", folder], env=env, check=True)
        return Clone(folder, env)

    yield make


def test_a_promotion_is_one_commit_that_changes_one_line(make_clone) -> None:  # type: ignore[no-untyped-def]
    """The tag in the overlay, and nothing else."""
    clone = make_clone("one")
    clone.out("k8s/promote", "1111111aaaaa")

    changed = clone.out("git", "show", "--numstat", "--format=%s")
    assert clone.tag() == "1111111aaaaa"
    assert changed.splitlines()[0] == "Promote 1111111aaaaa"
    assert changed.splitlines()[-1].endswith(str(OVERLAY))


def test_promoting_again_changes_nothing(make_clone) -> None:  # type: ignore[no-untyped-def]
    """No empty commit."""
    clone = make_clone("one")
    clone.out("k8s/promote", "1111111aaaaa")
    before = clone.out("git", "rev-parse", "HEAD")
    clone.out("k8s/promote", "1111111aaaaa")

    assert clone.out("git", "rev-parse", "HEAD") == before


@pytest.mark.parametrize("tag", ["latest", "main", "", "1111111aaaaa; rm -rf /", "dddddddddddd"])
def test_a_tag_that_moves_or_does_not_exist_is_refused(make_clone, tag: str) -> None:  # type: ignore[no-untyped-def]
    """With a sentence, and nothing is changed."""
    clone = make_clone("one")
    done = clone.run("k8s/promote", tag)

    assert done.returncode == 2
    assert done.stderr.startswith("promote: ")
    assert clone.out("git", "status", "--porcelain") == ""


def test_a_dirty_tree_is_refused(make_clone) -> None:  # type: ignore[no-untyped-def]
    """What is not committed would run nowhere, or be swept into the promotion."""
    clone = make_clone("one")
    (clone.folder / "k8s" / "stray.yaml").write_text("a: 1\n")
    done = clone.run("k8s/promote", "1111111aaaaa")

    assert done.returncode == 2
    assert "not committed" in done.stderr


def test_two_promotions_at_once_both_arrive_and_the_later_one_wins(make_clone) -> None:  # type: ignore[no-untyped-def]
    """The one whose push is refused names its image on top of the other's commit."""
    one, two = make_clone("one"), make_clone("two")
    one.run("k8s/promote", "1111111aaaaa", PUSH="1")
    late = two.run("k8s/promote", "2222222bbbbb", PUSH="1")
    seen = make_clone("seen")

    assert late.returncode == 0, late.stderr
    assert seen.tag() == "2222222bbbbb"
    assert seen.out("git", "log", "-2", "--format=%s").splitlines() == [
        "Promote 2222222bbbbb",
        "Promote 1111111aaaaa",
    ]


def test_a_rollback_brings_the_version_before_back(make_clone) -> None:  # type: ignore[no-untyped-def]
    """One revert of the newest promotion, pushed; a second one is refused rather than undone."""
    clone = make_clone("one")
    clone.out("k8s/promote", "1111111aaaaa")
    clone.out("k8s/promote", "2222222bbbbb")
    clone.run("k8s/rollback", PUSH="1")
    seen = make_clone("seen")
    again = clone.run("k8s/rollback")

    assert seen.tag() == "1111111aaaaa"
    assert again.returncode == 2
    assert clone.tag() == "1111111aaaaa"
