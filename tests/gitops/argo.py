"""Argo CD and the repository that it watches, as an operator has them."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.platform import Platform
from tests.waiting import until

OVERLAY = "k8s/overlays/dev"


@dataclass(frozen=True)
class Argo:
    """The Application, and a clone of its repository whose pushes it follows."""

    platform: Platform
    work: Path

    def git(self, *args: str) -> str:
        """Return what git says in the clone."""
        done = subprocess.run(["git", "-C", self.work, *args], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def push(self, message: str) -> str:
        """Commit everything that was changed in the clone, push it, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.git("push", "--quiet")
        self.refresh()
        return self.git("rev-parse", "HEAD")

    def promote(self, image: str) -> str:
        """Name an image in the overlay, as `make promote` does, and push that."""
        command = ["kustomize", "edit", "set", "image", f"stockbt={image}"]
        subprocess.run(command, cwd=self.work / OVERLAY, check=True)
        return self.push(f"Promote {image.rpartition(':')[2]}")

    def patch(self, name: str, manifest: dict[str, Any]) -> None:
        """Put one more patch into the overlay."""
        (self.work / OVERLAY / name).write_text(yaml.safe_dump(manifest))
        path = self.work / OVERLAY / "kustomization.yaml"
        kustomization = yaml.safe_load(path.read_text())
        kustomization["patches"].append({"path": name})
        path.write_text(yaml.safe_dump(kustomization, sort_keys=False))

    def refresh(self) -> None:
        """Have Argo CD look now, not at its next round of three minutes."""
        mark = "argocd.argoproj.io/refresh=normal"
        self.platform.kubectl("annotate", "--namespace", "argocd", "--overwrite", "application/stockbt", mark)

    def application(self) -> dict[str, Any]:
        """Return the Application with its status."""
        found = self.platform.kubectl(
            "get", "--namespace", "argocd", "application/stockbt", "--output", "json"
        )
        return dict(json.loads(found))

    def standing(self) -> tuple[str, str, str, str]:
        """Return the commit that was compared, and what Argo CD says: Synced, Healthy, and how its last sync
        stands, empty without one."""
        status = self.application()["status"]
        phase = status.get("operationState", {}).get("phase", "")
        return status["sync"]["revision"], status["sync"]["status"], status["health"]["status"], phase

    def follows(self, commit: str, deadline: float = 300) -> None:
        """Wait until the cluster is what that commit says and is well, and no sync is under way, as until it
        ends nothing else is put right."""

        def there() -> bool:
            *standing, phase = self.standing()
            return standing == [commit, "Synced", "Healthy"] and phase != "Running"

        until(there, deadline, f"the cluster is at {commit[:12]}, not {self.standing()}")
