"""The worker's Job: what is in Git, and nothing of a request but its run's id."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from stockbt_adapters_k8s.cluster import launcher_from_env
from stockbt_adapters_k8s.marks import OLD_RUN_LABEL, OLD_SPEC_HASH, RUN_LABEL, SPEC_HASH
from stockbt_adapters_k8s.template import JobTemplate
from stockbt_domain.errors import BadConfiguration
from stockbt_domain.request import read_request

from tests.domain.world import World

from .conftest import NAMESPACE, TEMPLATE

RUN = "0b7c3c0e-5a52-4d7e-9a86-0d2f1a6f9b11"


def test_only_the_open_places_are_filled(template: JobTemplate) -> None:
    """Name, namespace, the run's labels on Job and pod, RUN_ID, and the hash; the rest is as Git has it."""
    job = template.render(RUN, NAMESPACE)
    pod = job["spec"]["template"]
    (variable,) = [v for v in pod["spec"]["containers"][0]["env"] if v["name"] == "RUN_ID"]

    assert job["metadata"]["name"] == f"worker-{RUN}"
    assert variable["value"] == RUN
    for labels in (job["metadata"]["labels"], pod["metadata"]["labels"]):
        assert labels.pop(RUN_LABEL) == labels.pop(OLD_RUN_LABEL) == RUN
    assert len(job["metadata"]["annotations"].pop(SPEC_HASH)) == 64
    original = yaml.safe_load(TEMPLATE.read_text())
    variable["value"] = ""
    job["metadata"] |= {name: original["metadata"][name] for name in ("name", "namespace")}
    assert {**job, "metadata": {**job["metadata"], "annotations": {}}} == {
        **original,
        "metadata": {**original["metadata"], "annotations": {}},
    }


@given(st.text())
def test_a_run_id_is_data_whatever_it_contains(run_id: str) -> None:
    """Quotes, newlines and YAML stay one value; no other run id could bring in a key."""
    template = JobTemplate.read(TEMPLATE, variable="WORKER_JOB_TEMPLATE")
    job, plain = template.render(run_id, NAMESPACE), template.render("plain", NAMESPACE)

    assert _keys(json.loads(json.dumps(job))) == _keys(plain)


@pytest.mark.parametrize(
    "text",
    [
        '{"ticker": "AAPL\\", \\"image\\": \\"evil", "rule_type": "MA_CROSS"}',
        '{"ticker": "AAPL\\nimage: evil", "rule_type": "MA_CROSS"}',
        '{"ticker": "AAPL", "rule_type": "MA_CROSS", "params": {"fast_period": "2\\n- name: RUN_ID"}}',
        '{"ticker": "AAPL", "rule_type": "MA_CROSS", "params": {"fast_period: 3 }}\\n---": 1}}',
        '{"ticker": "AAPL", "rule_type": "MA_CROSS", "rule_id": "{{ evil }} ${evil} $(evil) \'\\"\\n"}',
        '{"ticker": "AAPL", "rule_type": "MA_CROSS", "params": {"fast_period": 2, "slow_period": 5}}',
    ],
)
def test_nothing_of_a_request_reaches_the_pod_but_the_runs_id(template: JobTemplate, text: str) -> None:
    """A hostile ticker, parameter or label is stored and judged; the launcher never sees it."""
    world = World()
    run = world.submit(text).run
    for run_id in [run.run_id, *world.launcher.launched]:
        job = template.render(run_id, NAMESPACE)
        sent = json.dumps(job)

        assert "evil" not in sent
        assert "AAPL" not in sent
        assert sent.replace(run_id, "-").replace(job["metadata"]["annotations"][SPEC_HASH], "-") == (
            _blank(template)
        )
    assert read_request(text).text == text


def test_equal_jobs_have_equal_hashes_and_others_not(template: JobTemplate) -> None:
    """By it a Job is known again after an answer that was lost."""

    def spec_hash(run_id: str, namespace: str) -> str:
        return str(template.render(run_id, namespace)["metadata"]["annotations"][SPEC_HASH])

    assert spec_hash("a", "n") == spec_hash("a", "n")
    assert len({spec_hash("a", "n"), spec_hash("b", "n"), spec_hash("a", "m")}) == 3


def test_rendering_leaves_the_template_as_it_was(template: JobTemplate) -> None:
    """One template serves every run."""
    before = json.dumps(template.manifest)
    template.render(RUN, NAMESPACE)

    assert json.dumps(template.manifest) == before


def change(path: str, value: Any) -> str:
    """Return the template with one place changed, or removed where the value is None."""
    manifest = yaml.safe_load(TEMPLATE.read_text())
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place = manifest
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return yaml.safe_dump(manifest)


CONTAINER = "spec/template/spec/containers/0"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        ("a: [", "not YAML"),
        ("", "not one object"),
        ("- a\n- list", "not one object"),
        (change("kind", "Pod"), "its kind is batch/v1 Pod"),
        (change("apiVersion", "v1"), "its kind is v1 Job"),
        (change("metadata", None), "no metadata"),
        (change("spec/template", None), "not complete"),
        (change("spec/template/spec/containers", []), "no container"),
        (change(f"{CONTAINER}/image", None), "no image"),
        (change(f"{CONTAINER}/image", ""), "no image"),
        (change(f"{CONTAINER}/env", None), "exactly one variable RUN_ID"),
        (change(f"{CONTAINER}/env", [{"name": "RUN_ID"}, {"name": "RUN_ID"}]), "exactly one variable RUN_ID"),
        (change(f"{CONTAINER}/env", [{"name": "RUN_ID", "valueFrom": {}}]), "exactly one variable RUN_ID"),
    ],
)
def test_a_template_that_is_not_right_stops_the_app_and_names_its_variable(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    """At the start, not at the first run."""
    path = tmp_path / "template.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadConfiguration, match=f"WORKER_JOB_TEMPLATE.*{sentence}"):
        launcher_from_env({"WORKER_JOB_TEMPLATE": str(path), "K8S_NAMESPACE": "backtests"})


def test_without_a_cluster_the_app_says_so(tmp_path: Path) -> None:
    """Neither a ServiceAccount nor a kubeconfig."""
    env = {"WORKER_JOB_TEMPLATE": str(TEMPLATE), "KUBECONFIG": str(tmp_path / "none")}
    with pytest.raises(BadConfiguration, match="JOB_LAUNCHER_MODE is K8S, but there is neither"):
        launcher_from_env({**env, "K8S_NAMESPACE": "backtests"})


def test_outside_a_cluster_the_namespace_has_to_be_said(tmp_path: Path) -> None:
    """No default: Jobs in the wrong place are hard to find."""
    kubeconfig = tmp_path / "config"
    cluster = {"name": "c", "cluster": {"server": "https://127.0.0.1:9"}}
    context = {"name": "x", "context": {"cluster": "c", "user": "u"}}
    users = [{"name": "u", "user": {"token": "t"}}]
    content = {"clusters": [cluster], "contexts": [context], "users": users, "current-context": "x"}
    kubeconfig.write_text(yaml.safe_dump(content))
    with pytest.raises(BadConfiguration, match="K8S_NAMESPACE"):
        launcher_from_env({"WORKER_JOB_TEMPLATE": str(TEMPLATE), "KUBECONFIG": str(kubeconfig)})


def _keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _keys(inner) for key, inner in value.items()}
    return [_keys(inner) for inner in value] if isinstance(value, list) else None


def _blank(template: JobTemplate) -> str:
    job = template.render("-", NAMESPACE)
    job["metadata"]["annotations"] |= {SPEC_HASH: "-", OLD_SPEC_HASH: "-"}
    return json.dumps(job)
