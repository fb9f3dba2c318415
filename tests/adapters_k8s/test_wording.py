"""What the launcher says of a run is said in the reader's language too."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from stockbt_adapters_k8s.causes import cause_of
from stockbt_adapters_k8s.launcher import K8sLauncher
from stockbt_adapters_k8s.template import JobTemplate
from stockbt_domain.errors import LaunchRejected
from stockbt_domain.run import End, Run, RunEvent, Status
from stockbt_web.text.stored import said_of_event, said_of_run
from stockbt_web.text.wording import said

from tests.domain.world import World
from tests.web.memory_app import memory_app

from .api_server import ApiServer, recorded
from .test_answers import RUN
from .test_causes import STATUSES, job

QUOTED = re.compile(
    r"`[^`]*`|(?:Kubernetes의 답|자리가 없습니다): .*|(?:ServiceAccount|ConfigMap|Secret) \S+"
)
ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,}")


@pytest.fixture
def korean() -> Flask:
    """Return an app whose sentences are wanted in Korean."""
    return memory_app(World())


def failed(code: str, message: str) -> Run:
    """Return a failed run as the database gives it."""
    return replace(World().submit().run, end=End(error_code=code, error_message=message))


def ended(run: Run, reason: str) -> RunEvent:
    """Return the event that ended a run."""
    return RunEvent(Status.PENDING, Status.FAILED, run.created_at, 0, "reconciler", reason)


def in_english(text: str) -> list[str]:
    """Return what is left in English beside commands and Kubernetes' own words."""
    return ENGLISH.findall(QUOTED.sub("", text))


@pytest.mark.parametrize(
    "status", [name for name in STATUSES if name not in {"done", "running", "pod-ending"}]
)
def test_every_cause_of_a_jobs_death_has_its_words(korean: Flask, template: JobTemplate, status: str) -> None:
    """With the names and numbers of this Job; of a failed run, as an event, too."""
    cause = cause_of(job(template, status))
    code, message = cause.code or "START_DEADLINE", cause.message
    assert message
    run = failed(code, f"{message}")

    with korean.test_request_context("/?lang=ko"):
        translated = said_of_run(run)
        event = said_of_event(ended(run, f"{code}: {message}"), run)

        assert translated == said(message)
    assert in_english(translated) == []
    assert event == f"{code}: {translated}"
    assert re.findall(r"`[^`]*`", translated) == re.findall(r"`[^`]*`", message)


@pytest.mark.parametrize("answer", ["invalid", "no_namespace", "no_rights", "policy", "quota_never_fits"])
def test_every_refusal_has_its_words(
    korean: Flask, server: ApiServer, launcher: K8sLauncher, answer: str
) -> None:
    """Kubernetes' own sentence stays as it said it."""
    server.faults.append(recorded(answer))
    with pytest.raises(LaunchRejected) as refusal:
        launcher.launch(RUN)

    with korean.test_request_context("/?lang=ko"):
        assert in_english(said_of_run(failed("LAUNCH_REJECTED", f"{refusal.value}"))) == []
