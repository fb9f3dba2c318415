"""The platform on kind, as an operator and as a user have it."""

import json
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.waiting import until

ENDED = ("SUCCEEDED", "FAILED")
REQUEST = {"ticker": "SP500", "rule_type": "MOVING_AVERAGE_CROSS", "params": {"fast_period": 20}}


@dataclass(frozen=True)
class Platform:
    """Web at `base_url`, and the cluster through kubectl."""

    base_url: str = "http://127.0.0.1:8080"
    cluster: str = "stockbt"
    namespace: str = "stock-backtest"
    lasting: bool = True
    """Whether it outlives the tests."""

    @property
    def kubectl_command(self) -> list[str]:
        """Return what every call of kubectl in the platform's namespace begins with."""
        return ["kubectl", "--context", f"kind-{self.cluster}", "--namespace", self.namespace]

    def kubectl(self, *args: str, input: str | None = None, check: bool = True) -> str:
        """Return what kubectl says in the platform's namespace."""
        done = subprocess.run(
            [*self.kubectl_command, *args],
            input=input,
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert done.returncode == 0 or not check, f"kubectl {' '.join(args)}: {done.stderr}"
        return done.stdout

    def read(self, *args: str) -> Any:
        """Return what `kubectl get` finds, None where it is not there."""
        found = self.kubectl("get", *args, "--output", "json", "--ignore-not-found")
        return json.loads(found) if found.strip() else None

    def all(self, *args: str) -> list[dict[str, Any]]:
        """Return every object that `kubectl get` finds."""
        found = self.read(*args)
        return list(found["items"]) if found else []

    def image(self) -> str:
        """Return the image that web runs."""
        spec = self.read("deployment", "web")["spec"]["template"]["spec"]
        return str(spec["containers"][0]["image"])

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Return (status, JSON) of one request; what answers with no JSON gives its text."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers} if data else headers
        request = urllib.request.Request(self.base_url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        try:
            return status, json.loads(content or b"null")
        except ValueError:
            return status, content.decode(errors="replace")

    def submit(self, **fields: Any) -> str:
        """Submit a backtest and return its run_id."""
        status, made = self.call("POST", "/run_backtest", {**REQUEST, **fields})
        assert status == 202, made
        return str(made["run_id"])

    def status(self, run_id: str) -> dict[str, Any]:
        """Return a run without its series, empty while web cannot say."""
        try:
            status, run = self.call("GET", f"/status/{run_id}?series=none")
        except OSError:
            return {"status": None}
        return run if status == 200 else {"status": None}

    def wait(self, run_id: str, *states: str, deadline: float = 120) -> dict[str, Any]:
        """Return the run once it is in one of the states, by default once it has ended."""

        def look() -> dict[str, Any] | None:
            run = self.status(run_id)
            return run if run["status"] in (states or ENDED) else None

        return until(look, deadline, f"run {run_id} is {' or '.join(states or ENDED)}") or {}

    def job(self, run_id: str) -> Any:
        """Return the run's Job, None where there is none."""
        return self.read("job", f"worker-{run_id}")

    def pods(self, run_id: str) -> list[dict[str, Any]]:
        """Return the run's pods, by the label that Kubernetes sets on those of every version."""
        return self.all("pods", "--selector", f"batch.kubernetes.io/job-name=worker-{run_id}")

    def gone(self, run_id: str, deadline: float = 30) -> bool:
        """Return True once neither Job nor pod of the run is there."""
        return until(
            lambda: self.job(run_id) is None and not self.pods(run_id),
            deadline,
            f"the Job of {run_id} is gone",
        )
