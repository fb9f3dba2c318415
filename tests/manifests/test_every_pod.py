"""What holds for every pod of every overlay, the worker's included."""

import re

import pytest

from .rendering import containers, named, pods, rendered, worker_job

IMMUTABLE = re.compile(r"[0-9a-f]{7,40}(-dirty)?|v?\d+\.\d+(\.\d+)?|unreleased")


def test_pods_run_as_numbered_users_that_are_not_root(overlay: str) -> None:
    """With numbers, the kubelet can prove it before the image starts."""
    wrong = [
        name
        for name, pod in pods(overlay).items()
        for security in [pod["securityContext"]]
        if not (
            security["runAsNonRoot"] is True
            and security["runAsUser"] > 0
            and security["runAsGroup"] > 0
            and security["seccompProfile"] == {"type": "RuntimeDefault"}
        )
    ]

    assert wrong == []


def test_containers_can_gain_nothing_and_write_nowhere_but_in_volumes(overlay: str) -> None:
    """No escalation, no capability, no writable root."""
    expected = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }

    assert {name: c["securityContext"] for name, c in containers(overlay).items()} == dict.fromkeys(
        containers(overlay), expected
    )


def test_pods_have_an_account_of_their_own_and_only_web_has_its_token(overlay: str) -> None:
    """The cluster's addresses are not in the environment either."""
    accounts = {name: pod["serviceAccountName"] for name, pod in pods(overlay).items()}
    tokens = [name for name, pod in pods(overlay).items() if pod["automountServiceAccountToken"]]
    links = [name for name, pod in pods(overlay).items() if pod["enableServiceLinks"] is not False]

    assert set(accounts.values()) == {"web", "worker", "mysql", "migration"}
    assert tokens == ["Deployment/web"]
    assert links == []


def test_pods_write_to_a_bounded_tmp_and_have_their_homes_there(overlay: str) -> None:
    """HOME, MPLCONFIGDIR and XDG_CACHE_HOME are under /tmp, an emptyDir with a size limit."""
    bounded = {
        name: [v["emptyDir"].get("sizeLimit") for v in pod["volumes"] if v["name"] == "tmp"]
        for name, pod in pods(overlay).items()
    }
    homes = {
        name: [v["value"] for v in c["env"] if v["name"] in ("HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME")]
        for name, c in containers(overlay).items()
    }
    mounted = {
        name: any(m["mountPath"] == "/tmp" for m in c["volumeMounts"])
        for name, c in containers(overlay).items()
    }

    assert [name for name, limits in bounded.items() if len(limits) != 1 or not limits[0]] == []
    assert [n for n, h in homes.items() if h != ["/tmp", "/tmp/matplotlib", "/tmp/cache"]] == []
    assert all(mounted.values())


@pytest.mark.parametrize("resource", ["cpu", "memory", "ephemeral-storage"])
def test_containers_request_and_limit_everything(overlay: str, resource: str) -> None:
    """Nothing runs unbounded."""
    missing = [
        name
        for name, c in containers(overlay).items()
        if resource not in c["resources"]["requests"] or resource not in c["resources"]["limits"]
    ]

    assert missing == []


def test_images_are_named_by_tags_that_never_move(overlay: str) -> None:
    """A Git SHA or a version; never `latest`, never none."""
    tags = {name: c["image"].rpartition(":")[2] for name, c in containers(overlay).items()}

    assert {name: tag for name, tag in tags.items() if not IMMUTABLE.fullmatch(tag)} == {}


def test_what_is_ours_is_one_image(overlay: str) -> None:
    """Worker, migration and the policy that guards Jobs follow web's image by Kustomize's replacements."""
    images = {c["image"] for name, c in containers(overlay).items() if not name.endswith("/mysql")}
    web = named(overlay, "Deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"]

    assert images == {web}
    assert named(overlay, "ConfigMap", "worker-admission")["data"]["image"] == web
    assert worker_job(overlay)["spec"]["template"]["spec"]["containers"][0]["image"] == web


def test_a_migration_has_the_name_of_its_version(overlay: str) -> None:
    """A Job's pod cannot be changed: another version is another Job."""
    image = worker_job(overlay)["spec"]["template"]["spec"]["containers"][0]["image"]

    assert named(overlay, "Job", "migration")["metadata"]["name"] == f"migration-{image.rpartition(':')[2]}"


def test_no_cluster_wide_role_and_no_secret_is_rendered(overlay: str) -> None:
    """Rights end at the namespace, and passwords are not in Git."""
    kinds = {o["kind"] for o in rendered(overlay)}

    assert kinds & {"ClusterRole", "ClusterRoleBinding", "Secret"} == set()


def test_no_password_stands_where_a_listing_shows_it(overlay: str) -> None:
    """Not in a variable's value, a command or a ConfigMap: `kubectl describe` and `kubectl set env --list`
    show whose Secret it is, and nothing of it."""
    shown = [
        f"{name}: {variable['name']}"
        for name, c in containers(overlay).items()
        for variable in c["env"]
        if "PASSWORD" in variable["name"] and "secretKeyRef" not in variable.get("valueFrom", {})
    ]
    arguments = [
        word for c in containers(overlay).values() for word in (*c.get("command", ()), *c.get("args", ()))
    ]
    settings = [key for o in rendered(overlay) if o["kind"] == "ConfigMap" for key in o["data"]]

    assert shown == []
    assert [word for word in (*arguments, *settings) if "password" in word.lower()] == []
