"""Every answer of the API server is done, refused for good, no room, or unknown: nothing else."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from kubernetes.client import ApiClient, Configuration
from stockbt_adapters_k8s.launcher import K8sLauncher
from stockbt_adapters_k8s.marks import OLD_RUN_LABEL, OLD_SPEC_HASH, RUN_LABEL, SPEC_HASH
from stockbt_adapters_k8s.template import JobTemplate
from stockbt_domain.errors import LaunchDeferred, LauncherUnavailable, LaunchRejected
from stockbt_domain.ports import JobState
from stockbt_domain.testing.contracts import JobLauncherContract

from .api_server import Answer, ApiServer, as_json, recorded

RUN = "0b7c3c0e-5a52-4d7e-9a86-0d2f1a6f9b11"
NAME = f"worker-{RUN}"


class TestContract(JobLauncherContract):
    """The same suite as on the real cluster, which keeps this server honest."""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("invalid", "restartPolicy: Required value"),
        ("malformed", "cannot unmarshal string"),
        ("no_namespace", "operator has to create it"),
        ("no_rights", "create, get, list and delete on jobs.batch"),
        ("policy", "denied request: not this one"),
        ("namespace_ends", "it is being terminated"),
        ("quota_never_fits", "no room for any run"),
    ],
)
def test_what_no_repetition_can_mend_is_refused_for_good(
    server: ApiServer, launcher: K8sLauncher, answer: str, sentence: str
) -> None:
    """With what Kubernetes says, and who can do something about it."""
    server.faults.append(recorded(answer))
    with pytest.raises(LaunchRejected, match=sentence):
        launcher.launch(RUN)

    assert server.jobs == {}


def test_a_quota_that_is_used_up_means_that_the_run_waits(server: ApiServer, launcher: K8sLauncher) -> None:
    """Unlike missing rights, which are a 403 too."""
    server.faults.append(recorded("quota_used_up"))
    with pytest.raises(LaunchDeferred, match="exceeded quota"):
        launcher.launch(RUN)


def test_a_quota_does_not_hide_a_job_that_is_there(server: ApiServer, launcher: K8sLauncher) -> None:
    """The API server asks the quota before it looks at the name."""
    launcher.launch(RUN)
    server.faults.append(recorded("quota_used_up"))
    launcher.launch(RUN)

    assert list(server.jobs) == [NAME]


@pytest.mark.parametrize(
    "answer",
    [
        recorded("too_many_requests"),
        recorded("no_token"),
        as_json(500, {"message": "etcdserver: request timed out"}),
        as_json(503, {"message": "the server is currently unable to handle the request"}),
        (502, {"Content-Type": "text/html"}, b"<html>Bad Gateway</html>"),
        (200, {"Content-Type": "text/html"}, b"<html>Log in first</html>"),
        as_json(200, {"user": "log in first"}),
        (307, {"Content-Type": "text/plain"}, b"elsewhere"),
    ],
    ids=["429", "401", "500", "503", "502", "a portal's 200", "its JSON", "307"],
)
def test_what_says_nothing_about_the_run_is_unknown(
    server: ApiServer, launcher: K8sLauncher, answer: Answer
) -> None:
    """For a launch, a list and a delete alike; and nothing is repeated behind the caller's back."""
    launcher.launch("another")
    (job,) = launcher.jobs()
    server.faults += [answer, answer, answer]
    before = len(server.requests)
    with pytest.raises(LauncherUnavailable):
        launcher.launch(RUN)
    with pytest.raises(LauncherUnavailable):
        launcher.jobs()
    if answer[0] != 200:
        with pytest.raises(LauncherUnavailable):
            launcher.delete(job)

    assert len(server.requests) - before == (3 if answer[0] != 200 else 2)


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), ("soon", 0.0), ("", 0.0), ("-1", 0.0)])
def test_an_api_server_that_asks_for_patience_gets_it(
    server: ApiServer, launcher: K8sLauncher, asked: str, seconds: float
) -> None:
    """Retry-After goes into the back-off; one that is no number of seconds is ignored."""
    status, headers, body = recorded("too_many_requests")
    server.faults.append((status, {**headers, "Retry-After": asked}, body))
    with pytest.raises(LauncherUnavailable) as raised:
        launcher.launch(RUN)

    assert raised.value.retry_after == seconds


def test_silence_is_unknown_and_ends_at_the_time_out(server: ApiServer, launcher: K8sLauncher) -> None:
    """A paused API server holds nobody for longer."""
    server.faults.append(lambda answer: None)
    with pytest.raises(LauncherUnavailable, match="did not answer"):
        launcher.jobs()


def test_a_create_that_was_applied_without_an_answer_is_adopted(
    server: ApiServer, launcher: K8sLauncher
) -> None:
    """The second try finds the Job of the first: one Job, one worker."""

    def applied_in_silence(answer: Callable[[], Answer]) -> None:
        answer()

    server.faults.append(applied_in_silence)
    with pytest.raises(LauncherUnavailable):
        launcher.launch(RUN)
    launcher.launch(RUN)

    assert list(server.jobs) == [NAME]
    assert [(method, path.rpartition("/")[2]) for method, path, _ in server.requests] == [
        ("POST", "jobs"),
        ("POST", "jobs"),
        ("GET", NAME),
    ]


@pytest.mark.parametrize(
    "theirs", ["another label", "labels of two runs", "another hash", "no annotation", "no label"]
)
def test_a_foreign_job_of_the_same_name_is_refused_and_left_untouched(
    server: ApiServer, launcher: K8sLauncher, theirs: str
) -> None:
    """Whatever it is: it is not this run's."""
    launcher.launch(RUN)
    metadata = server.jobs[NAME]["metadata"]
    if theirs == "another label":
        metadata["labels"] |= {RUN_LABEL: "another", OLD_RUN_LABEL: "another"}
    elif theirs == "labels of two runs":
        metadata["labels"][OLD_RUN_LABEL] = "another"
    elif theirs == "no label":
        del metadata["labels"]
    elif theirs == "no annotation":
        del metadata["annotations"]
    else:
        metadata["annotations"] |= {SPEC_HASH: "0" * 64, OLD_SPEC_HASH: "0" * 64}
    before = json.dumps(server.jobs)
    with pytest.raises(LaunchRejected, match=f"describe job {NAME}"):
        launcher.launch(RUN)

    assert json.dumps(server.jobs) == before
    if theirs != "another hash":
        assert launcher.jobs() == ()


def test_a_job_that_is_still_being_deleted_is_not_adopted(server: ApiServer, launcher: K8sLauncher) -> None:
    """Its worker is about to be stopped; the name is free in a moment."""
    launcher.launch(RUN)
    server.jobs[NAME]["metadata"]["deletionTimestamp"] = "2026-11-23T13:00:00Z"
    with pytest.raises(LauncherUnavailable, match="still being deleted"):
        launcher.launch(RUN)


def test_a_conflict_without_a_job_is_unknown(server: ApiServer, launcher: K8sLauncher) -> None:
    """A quota's own update conflict is a 409 as well, and the Job may be gone by the time of the look."""
    server.faults.append(recorded("name_taken"))
    with pytest.raises(LauncherUnavailable):
        launcher.launch(RUN)


def test_long_lists_are_read_page_by_page(
    server: ApiServer, make_launcher: Callable[..., K8sLauncher]
) -> None:
    """And completely."""
    launcher = make_launcher(page=2)
    for number in range(5):
        launcher.launch(f"run-{number}")
    server.requests.clear()

    assert {job.run_id for job in launcher.jobs()} == {f"run-{number}" for number in range(5)}
    assert len(server.requests) == 3


def test_a_page_that_fails_fails_the_list(
    server: ApiServer, make_launcher: Callable[..., K8sLauncher]
) -> None:
    """Half a list would say of living Jobs that they are gone."""
    launcher = make_launcher(page=2)
    for number in range(5):
        launcher.launch(f"run-{number}")
    server.faults += [lambda answer: answer(), as_json(410, {"message": "the continue token is too old"})]
    with pytest.raises(LauncherUnavailable, match="410"):
        launcher.jobs()


def test_a_delete_names_the_job_and_leaves_its_pods_to_the_cluster(
    server: ApiServer, launcher: K8sLauncher
) -> None:
    """The UID as precondition, and no waiting for pods."""
    launcher.launch(RUN)
    (job,) = launcher.jobs()
    launcher.delete(job)

    method, _, body = server.requests[-1]
    assert (method, body) == (
        "DELETE",
        {"propagationPolicy": "Background", "preconditions": {"uid": job.uid}},
    )


def test_a_worker_that_was_ready_is_counted_from_then(server: ApiServer, launcher: K8sLauncher) -> None:
    """So that an hour-old run whose second pod is on its way is not taken for one that never started."""
    launcher.launch(RUN)
    server.jobs[NAME]["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    (new,) = launcher.jobs()
    server.jobs[NAME]["status"] = {"active": 1, "ready": 1}
    (running,) = launcher.jobs()
    server.jobs[NAME]["status"] = {"active": 1, "ready": 0}
    (replaced,) = launcher.jobs()

    assert (new.ready, running.ready, replaced.ready) == (False, True, False)
    assert replaced.age_seconds < 60 < new.age_seconds


def test_an_age_is_told_by_the_clock_that_set_the_creation_time(
    server: ApiServer, launcher: K8sLauncher
) -> None:
    """The API server's: a web whose clock is wrong gives up no run early."""

    def in_2030(answer: Callable[[], Answer]) -> Answer:
        status, headers, body = answer()
        return status, {**headers, "Date": "Tue, 01 Jan 2030 00:10:00 GMT"}, body

    launcher.launch(RUN)
    server.jobs[NAME]["metadata"]["creationTimestamp"] = "2030-01-01T00:00:00Z"
    server.faults.append(in_2030)
    (job,) = launcher.jobs()

    assert job.age_seconds == 600


@pytest.mark.parametrize("date", ["soon", "", "Tue, 01 Jan 2030 00:10:00 -0000"])
def test_a_time_that_cannot_be_read_harms_nothing(
    server: ApiServer, launcher: K8sLauncher, date: str
) -> None:
    """Then this machine's clock has to do."""

    def undated(answer: Callable[[], Answer]) -> Answer:
        status, headers, body = answer()
        return status, {**headers, "Date": date}, body

    launcher.launch(RUN)
    server.faults.append(undated)
    (job,) = launcher.jobs()

    assert job.age_seconds >= 0
    assert job.state is JobState.ACTIVE


def test_nobody_at_the_address_is_unknown(template: JobTemplate) -> None:
    """A refused connection, as while the API server starts again."""
    configuration = Configuration(host="http://127.0.0.1:9")
    configuration.retries = False
    launcher = K8sLauncher(ApiClient(configuration), template=template, namespace="backtests")
    with pytest.raises(LauncherUnavailable):
        launcher.launch(RUN)
    with pytest.raises(LauncherUnavailable):
        launcher.jobs()


def test_a_stranger_who_speaks_no_tls_is_unknown(server: ApiServer, template: JobTemplate) -> None:
    """Nor is a certificate that does not fit a word about any run."""
    configuration = Configuration(host=server.url.replace("http:", "https:"))
    configuration.retries = False
    launcher = K8sLauncher(ApiClient(configuration), template=template, namespace="backtests")
    with pytest.raises(LauncherUnavailable):
        launcher.jobs()


def test_two_replicas_that_launch_the_same_run_make_one_job(
    server: ApiServer, make_launcher: Callable[..., K8sLauncher]
) -> None:
    """Each of them is told that it is done."""
    launchers = [make_launcher(timeouts=(5.0, 5.0)) for _ in range(4)]
    failed: list[Exception] = []

    def launch(launcher: K8sLauncher) -> None:
        try:
            launcher.launch(RUN)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=launch, args=(launcher,)) for launcher in launchers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert failed == []
    assert list(server.jobs) == [NAME]


def test_a_deleted_job_is_not_found_by_its_old_uid(server: ApiServer, launcher: K8sLauncher) -> None:
    """A Job that took the name since is somebody else's business."""
    launcher.launch(RUN)
    (old,) = launcher.jobs()
    launcher.delete(old)
    launcher.launch(RUN)
    launcher.delete(replace(old))

    assert list(server.jobs) == [NAME]
