"""One run, one Job: through web's Service to a pod and back."""

from pathlib import Path

from tests.running_web import start, stop
from tests.waiting import until

from .platform import REQUEST, Platform


def test_a_run_goes_through_a_job_that_is_gone_with_its_success(platform: Platform) -> None:
    """The row has everything; Job and pod are gone at once."""
    run_id = platform.submit()
    run = platform.wait(run_id)
    platform.gone(run_id)

    assert (run["status"], run["launcher"], run["attempt"]) == ("SUCCEEDED", "K8S", 1), run
    assert [event["to"] for event in run["events"]] == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert [name for name in ("data_hash", "run_key", "engine_digest", "started_at") if not run[name]] == []
    assert run["image_tag"] == platform.image().rpartition(":")[2]


def test_the_cluster_and_a_laptop_compute_the_same_bits(platform: Platform, tmp_path: Path) -> None:
    """The same request on LOCAL gives the same result_hash."""
    run = platform.wait(platform.submit(execution="next_open"))
    site = start(tmp_path / "home")
    try:
        local = site.run({**REQUEST, "execution": "next_open"})
    finally:
        stop(site)

    assert (run["launcher"], local["launcher"]) == ("K8S", "LOCAL")
    assert run["result_hash"] == local["result_hash"] is not None


def test_a_failed_run_keeps_its_job_for_a_day(platform: Platform) -> None:
    """A user's error is told by the worker, never tried twice, and its Job stays as evidence."""
    run_id = platform.submit(start_date="2010-01-02", end_date="2010-01-03")
    run = platform.wait(run_id)

    def failed_job() -> bool:
        job = platform.job(run_id)
        conditions = job["status"].get("conditions") or ()
        return any(c["type"] == "Failed" and c["status"] == "True" for c in conditions)

    until(failed_job, 60, "the Job has failed")
    assert (run["status"], run["error_kind"], run["error_code"]) == (
        "FAILED",
        "user_error",
        "NO_DATA_IN_RANGE",
    ), run
    assert platform.job(run_id)["spec"]["ttlSecondsAfterFinished"] == 86_400
    assert len(platform.pods(run_id)) == 1


def test_only_the_runs_id_reaches_the_pod(platform: Platform) -> None:
    """Quotes, YAML and templates in a request are stored as received, and stay on the row."""
    label = '", image: evil} {{ evil }} $(evil) ${evil}'
    run_id = platform.submit(start_date="2010-01-02", end_date="2010-01-03", rule_id=label)
    run = platform.wait(run_id)
    (pod,) = platform.pods(run_id)
    variables = {v["name"]: v["value"] for v in pod["spec"]["containers"][0]["env"]}

    assert run["rule_id"] == label
    assert variables.pop("RUN_ID") == run_id
    assert "evil" not in str(pod)


def test_a_cancelled_run_stops_its_worker(platform: Platform) -> None:
    """Whatever it was doing by then."""
    run_id = platform.submit()
    status, run = platform.call("POST", f"/api/runs/{run_id}/cancel")
    platform.gone(run_id, 60)

    assert (status, run["status"], run["error_code"]) == (200, "FAILED", "CANCELLED")
    assert platform.status(run_id)["error_code"] == "CANCELLED"
