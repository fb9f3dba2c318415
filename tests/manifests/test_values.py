"""The values of each part, on every rendered overlay."""

import re
from typing import Any

import yaml
from stockbt_adapters_k8s.marks import OLD_RUN_LABEL, RUN_LABEL

from .rendering import K8S, NAMESPACE, named, rendered, worker_job

WEB = {"app.kubernetes.io/name": "stockbt", "app.kubernetes.io/component": "web"}


def policies(overlay: str) -> dict[str, dict[str, Any]]:
    """Return the NetworkPolicies' specs by name."""
    return {o["metadata"]["name"]: o["spec"] for o in rendered(overlay) if o["kind"] == "NetworkPolicy"}


def component(peer: dict[str, Any]) -> str:
    """Return the component that a peer of a NetworkPolicy names, or what else it is."""
    if "ipBlock" in peer:
        return "addresses"
    labels = peer.get("podSelector", {}).get("matchLabels", {})
    namespace = peer.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name")
    return str(labels.get("app.kubernetes.io/component") or labels.get("k8s-app") or namespace)


def test_namespace_is_restricted(overlay: str) -> None:
    """Pod Security restricted: enforced, warned of, audited."""
    labels = named(overlay, "Namespace", NAMESPACE)["metadata"]["labels"]

    assert [labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "warn", "audit")] == [
        "restricted"
    ] * 3


def test_everything_is_in_the_namespace_but_what_has_none(overlay: str) -> None:
    """No object lands in the namespace of whoever applies it."""
    outside = {o["kind"] for o in rendered(overlay) if o["metadata"].get("namespace") != NAMESPACE}

    assert outside == {"Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}


def test_web_is_never_less_than_it_was_during_a_rollout(overlay: str) -> None:
    """Two to six replicas, spread, guarded by a PDB, drained before they stop."""
    spec = named(overlay, "Deployment", "web")["spec"]
    scaler = named(overlay, "HorizontalPodAutoscaler", "web")["spec"]
    budget = named(overlay, "PodDisruptionBudget", "web")["spec"]
    pod = spec["template"]["spec"]
    web = pod["containers"][0]

    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 6)
    assert "replicas" not in spec
    assert budget["minAvailable"] == 1
    assert budget["selector"]["matchLabels"] == WEB
    assert [c["topologyKey"] for c in pod["topologySpreadConstraints"]] == ["kubernetes.io/hostname"]
    sleep = web["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 0 < sleep < pod["terminationGracePeriodSeconds"] - 30  # gunicorn's graceful time-out


def test_webs_probes_ask_the_right_things(overlay: str) -> None:
    """Alive asks nobody; ready asks the database; an init container waits for the revision."""
    pod = named(overlay, "Deployment", "web")["spec"]["template"]["spec"]
    web = pod["containers"][0]
    paths = [web[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]

    assert paths == ["/health", "/health", "/ready"]
    assert [c["command"][:3] for c in pod["initContainers"]] == [["stockbt", "db", "wait"]]


def test_the_worker_is_tried_twice_at_most_and_never_two_at_once(overlay: str) -> None:
    """The numbers of the run protocol."""
    spec = worker_job(overlay)["spec"]

    assert spec["backoffLimit"] == 1
    assert spec["ttlSecondsAfterFinished"] == 86_400
    assert spec["activeDeadlineSeconds"] == 3_600
    assert spec["podReplacementPolicy"] == "Failed"
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_the_workers_ends_are_told_apart(overlay: str) -> None:
    """A disruption counts for nothing; memory and user errors end the Job at once, each by its own rule."""
    rules = worker_job(overlay)["spec"]["podFailurePolicy"]["rules"]

    assert [rule["action"] for rule in rules] == ["Ignore", "FailJob", "FailJob"]
    assert rules[0]["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]
    assert rules[1]["onExitCodes"]["values"] == [137]
    assert rules[2]["onExitCodes"]["values"] == [2, 10, 11, 12]


def test_the_workers_only_run_input_is_run_id(overlay: str) -> None:
    """All else is the same for every run: no argument, no file, no other variable."""
    (container,) = worker_job(overlay)["spec"]["template"]["spec"]["containers"]
    names = [variable["name"] for variable in container["env"]]

    assert names == ["RUN_ID", "HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME"]
    assert [next(iter(source)) for source in container["envFrom"]] == ["configMapRef", "secretRef"]
    assert container["command"] == ["stockbt-worker"]
    assert "args" not in container


def test_web_may_do_four_things_to_jobs(overlay: str) -> None:
    """And nobody else may do anything."""
    roles = [o for o in rendered(overlay) if o["kind"] == "Role"]
    bindings = [o for o in rendered(overlay) if o["kind"] == "RoleBinding"]

    assert [role["rules"] for role in roles] == [
        [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "list", "delete"]}]
    ]
    assert [[s["name"] for s in binding["subjects"]] for binding in bindings] == [["web"]]


def test_mysql_keeps_its_data_and_is_strict(overlay: str) -> None:
    """The claim outlives the StatefulSet; the server's flags are in its ConfigMap."""
    spec = named(overlay, "StatefulSet", "mysql")["spec"]
    flags = named(overlay, "ConfigMap", "mysql")["data"]["stockbt.cnf"]
    (mysql,) = spec["template"]["spec"]["containers"]

    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] >= 60
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= mysql.keys()
    for flag in (
        "sql_mode = TRADITIONAL",
        "default_time_zone = '+00:00'",
        "max_allowed_packet = 64M",
        "transaction_isolation = READ-COMMITTED",
    ):
        assert flag in flags


def test_networks_are_closed_but_for_what_is_needed(overlay: str) -> None:
    """Default deny both ways; then who may be reached by whom, and who may reach what."""
    found = policies(overlay)
    into = {
        n: sorted({component(p) for r in s.get("ingress", ()) for p in r["from"]}) for n, s in found.items()
    }
    out = {n: sorted({component(p) for r in s.get("egress", ()) for p in r["to"]}) for n, s in found.items()}

    assert found["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert into["web"] == ["ingress-nginx", "monitoring"]
    assert out["web"] == ["addresses", "kube-dns", "mysql"]
    assert (into["worker"], out["worker"]) == ([], ["kube-dns", "mysql"])
    assert (into["migration"], out["migration"]) == ([], ["kube-dns", "mysql"])
    assert out["mysql"] == []
    (rule,) = found["mysql"]["ingress"]
    (peer,) = rule["from"]
    assert peer["podSelector"]["matchExpressions"][0]["values"] == ["web", "worker", "migration"]


def test_web_reaches_the_api_server_on_its_ports_only(overlay: str) -> None:
    """Its address is not known here, its ports are."""
    rules = policies(overlay)["web"]["egress"]
    (rule,) = (r for r in rules if "ipBlock" in r["to"][0])

    assert sorted(port["port"] for port in rule["ports"]) == [443, 6443]


def test_quota_and_limits_bound_the_namespace(overlay: str) -> None:
    """Jobs, pods and totals."""
    quota = named(overlay, "ResourceQuota", "stockbt")["spec"]["hard"]
    limits = named(overlay, "LimitRange", "stockbt")["spec"]["limits"]

    assert {"count/jobs.batch", "pods", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"} <= (
        quota.keys()
    )
    assert {"default", "defaultRequest", "max"} <= limits[0].keys()


def test_the_policy_lets_web_make_workers_only(overlay: str) -> None:
    """It concerns web's account, denies, and denies without its parameters too."""
    policy = named(overlay, "ValidatingAdmissionPolicy", "stockbt-worker-jobs")["spec"]
    binding = named(overlay, "ValidatingAdmissionPolicyBinding", "stockbt-worker-jobs")["spec"]

    assert policy["failurePolicy"] == "Fail"
    assert f"system:serviceaccount:{NAMESPACE}:web" in policy["matchConditions"][0]["expression"]
    assert binding["validationActions"] == ["Deny"]
    assert binding["paramRef"]["parameterNotFoundAction"] == "Deny"


def test_the_policy_takes_jobs_of_every_version_that_a_rollout_has(overlay: str) -> None:
    """A run's label has two names: the newer one counts, else the older one, and both name one run.

    That they do is tried on a real API server in tests/e2e/test_rights.py.
    """
    policy = named(overlay, "ValidatingAdmissionPolicy", "stockbt-worker-jobs")["spec"]
    (run_id,) = (v["expression"] for v in policy["variables"] if v["name"] == "runId")
    name_and_labels = policy["validations"][0]["expression"]

    assert labels_in(run_id) == [RUN_LABEL, OLD_RUN_LABEL]
    assert "object.metadata.name == 'worker-' + variables.runId" in name_and_labels
    assert labels_in(name_and_labels) == [OLD_RUN_LABEL]


def labels_in(expression: str) -> list[str]:
    """Return the labels that an expression asks for, in its order."""
    return re.findall(r"labels\['([^']+)'\]", expression)


def test_every_label_and_annotation_has_a_prefix(overlay: str) -> None:
    """Names without one are everybody's; Kubernetes' DNS alone has a label like that."""
    marks = {mark for o in (*rendered(overlay), worker_job(overlay)) for mark in marks_in(o)}

    assert {mark for mark in marks if "/" not in mark} == {"k8s-app"}


def marks_in(value: Any) -> set[str]:
    """Return the keys of all labels, annotations and selectors of a manifest."""
    if isinstance(value, list):
        return {mark for item in value for mark in marks_in(item)}
    if not isinstance(value, dict):
        return set()
    found = {mark for inner in value.values() for mark in marks_in(inner)}
    for place in ("labels", "annotations", "matchLabels"):
        found |= set(value.get(place) or ())
    return found | {term["key"] for term in value.get("matchExpressions") or ()}


def test_the_secret_template_has_every_secret_that_is_asked_for_and_no_value() -> None:
    """What the pods name is what the template has; each value is a placeholder."""
    template = list(yaml.safe_load_all((K8S / "base" / "secret-template.yaml").read_text()))
    asked = {
        word
        for o in (*rendered("prod"), worker_job("prod"))
        for word in str(o).replace("'", " ").split()
        if word in {t["metadata"]["name"] for t in template}
    }

    assert asked == {t["metadata"]["name"] for t in template}
    for secret in template:
        for key, value in secret["stringData"].items():
            assert "<password" in value or key == "DB_USER"


def test_the_template_quotes_nothing_but_the_image() -> None:
    """The replacements find the image between the only two double quotes of the file."""
    text = (K8S / "base" / "worker-job-template.yaml").read_text()

    assert text.count('"') == 2
