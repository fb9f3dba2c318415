"""JobLauncher K8S: one Kubernetes Job per run, made from the template in Git."""

import json
import logging
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from kubernetes.client import ApiClient, ApiException, BatchV1Api
from kubernetes.config import ConfigException
from stockbt_domain.errors import LaunchDeferred, LauncherUnavailable, LaunchRejected, StockbtError
from stockbt_domain.messages import Message
from stockbt_domain.ports import Job

from .answers import meaning_of, unknown
from .causes import cause_of, is_ready
from .marks import Manifest, agree, job_name, run_of
from .template import JobTemplate

log = logging.getLogger(__name__)

TIMEOUTS = (2.0, 5.0)
"""Seconds to connect and to wait for an answer: together below the grace that a submission has."""
PAGE = 500


class K8sLauncher:
    """Starts workers as Jobs of one namespace.

    It needs create, get, list and delete on jobs.batch there, and nothing else. It keeps no state that
    counts: what a Job is, the API server says; which Job is a run's, its name says.
    """

    name = "K8S"

    def __init__(
        self,
        client: ApiClient,
        *,
        template: JobTemplate,
        namespace: str,
        timeouts: tuple[float, float] = TIMEOUTS,
        page: int = PAGE,
    ) -> None:
        """Make Jobs from `template` in `namespace`; list them `page` at a time."""
        self._jobs = BatchV1Api(client)
        self._template = template
        self._namespace = namespace
        self._timeouts = timeouts
        self._page = page
        self._last_ready: dict[str, float] = {}

    def launch(self, run_id: str) -> None:
        """Create the run's Job, or adopt it where an earlier create was applied without our knowing.

        Raises LaunchRejected, LaunchDeferred on an exhausted quota, and LauncherUnavailable.
        """
        body = self._template.render(run_id, self._namespace)
        try:
            self._ask(self._jobs.create_namespaced_job, self._namespace, body)
        except ApiException as error:
            self._after_refusal(run_id, body, error)
        else:
            log.info("job created", extra={"run_id": run_id})

    def jobs(self) -> tuple[Job, ...]:
        """Return every Job of ours in the namespace. Raises LauncherUnavailable.

        All Jobs are asked for, and ours told apart here: no selector says "the one label or the other", and
        the labels that Jobs of every version share are the template's, which an operator may change. It
        costs nothing: the API server reads them all for any selector, and few are no run's.
        """
        found: list[Job] = []
        seen_ready: dict[str, float] = {}
        token: str | None = None
        while True:
            more = {"_continue": token} if token else {}
            try:
                page, now = self._ask(
                    self._jobs.list_namespaced_job,
                    self._namespace,
                    limit=self._page,
                    **more,
                )
            except ApiException as error:
                raise unknown(error) from error
            runs = ((run_of(item), item) for item in page["items"])
            found += [self._job(run_id, item, now, seen_ready) for run_id, item in runs if run_id]
            token = page["metadata"].get("continue")
            if not token:
                self._last_ready = seen_ready
                return tuple(found)

    def delete(self, job: Job) -> None:
        """Delete exactly this Job and, behind our back, its pods. Raises LauncherUnavailable."""
        options = {"propagationPolicy": "Background", "preconditions": {"uid": job.uid}}
        try:
            self._ask(self._jobs.delete_namespaced_job, job_name(job.run_id), self._namespace, body=options)
        except ApiException as error:
            if error.status not in (404, 409):  # gone already, or another Job has the name by now
                raise unknown(error) from error

    def _after_refusal(self, run_id: str, body: Manifest, error: ApiException) -> None:
        """Return when the run has its Job all the same. Raises what the refusal means otherwise."""
        meaning: StockbtError = meaning_of(error, self._namespace)
        # A quota is asked before the name is: it refuses a Job that is there already, too.
        if error.status != 409 and not isinstance(meaning, LaunchDeferred):
            raise meaning from error
        try:
            there, _ = self._ask(self._jobs.read_namespaced_job, job_name(run_id), self._namespace)
        except ApiException as gone:
            raise (meaning if gone.status == 404 else unknown(gone)) from gone
        if run_of(there) != run_id or not agree(there, body):
            command = f"`kubectl describe job {job_name(run_id)}`"
            message = Message("LAUNCH_REJECTED.foreign", name=job_name(run_id), command=command)
            raise LaunchRejected(message) from error
        if there["metadata"].get("deletionTimestamp"):
            raise LauncherUnavailable(f"the run's earlier Job is still being deleted: {job_name(run_id)}")
        log.info("job adopted", extra={"run_id": run_id})

    def _job(self, run_id: str, item: Manifest, now: datetime, seen_ready: dict[str, float]) -> Job:
        metadata, cause, ready = item["metadata"], cause_of(item), is_ready(item)
        uid = metadata["uid"]
        created = datetime.fromisoformat(metadata["creationTimestamp"])
        age = max(0.0, (now - created).total_seconds())
        last_ready = time.monotonic() if ready else self._last_ready.get(uid)
        if last_ready is not None:
            seen_ready[uid] = last_ready
            age = age if ready else time.monotonic() - last_ready
        return Job(
            run_id=run_id,
            uid=uid,
            state=cause.state,
            age_seconds=age,
            ready=ready,
            code=cause.code,
            message=cause.message,
            retry=cause.retry,
            spent=cause.spent,
        )

    def _ask(self, call: Any, *args: Any, **kwargs: Any) -> tuple[Any, datetime]:
        """Return the parsed answer of one call and the time by the API server's clock, by which its
        creation times are set too. Raises ApiException for a refusal, LauncherUnavailable for silence."""
        try:
            answer = call(*args, **kwargs, _request_timeout=self._timeouts, _preload_content=False)
            content = json.loads(answer.data)
        except ValueError as error:
            raise LauncherUnavailable(f"the API server's answer is not JSON: {error}") from error
        except (urllib3.exceptions.HTTPError, OSError, ConfigException) as error:
            raise LauncherUnavailable(f"the API server did not answer: {type(error).__name__}") from error
        if not isinstance(content, dict) or "kind" not in content:
            raise LauncherUnavailable("what answers at the API server's address is no API server")
        return content, _time_of(answer)


def _time_of(answer: Any) -> datetime:
    try:
        told = parsedate_to_datetime(answer.headers.get("Date") or "")
    except ValueError:
        return datetime.now(UTC)
    return told if told.tzinfo else told.replace(tzinfo=UTC)
