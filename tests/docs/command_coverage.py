"""Commands of the documents that are not run where their page is followed: which test runs each, or why none.

A command that stands in a page and neither is run there nor stands here fails `test_commands.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunBy:
    """A test that runs these commands, and a text of its own that shows it."""

    test: str
    shows: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotRun:
    """Why no test can run these commands as they stand."""

    why: str
    commands: tuple[str, ...]


IN_MYSQL = 'kubectl -n stock-backtest exec -i mysql-0 -- sh -c \'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec mysql'
IN_WEB = "kubectl -n stock-backtest exec deployment/web -- stockbt"

RUN_BY = (
    RunBy("tests/docs/test_make.py", '"run"', ("make run",)),
    RunBy(
        "tests/docs/test_add_a_rule.py",
        'block.language == "sh"',
        ("stockbt rules MOMENTUM", "stockbt run SP500 MOMENTUM --param period=120", "stockbt audit MOMENTUM"),
    ),
    RunBy(
        "tests/system/test_backup.py",
        'documented("mysqldump")',
        (
            "mysqldump --single-transaction --no-tablespaces --set-gtid-purged=OFF --hex-blob"
            ' --host="$DB_HOST" --user="$DB_USER" --result-file=stockbt.sql "$DB_NAME"',
            'mysql --host="$DB_HOST" --user="$DB_USER"'
            ' --execute="DROP DATABASE IF EXISTS $DB_NAME; CREATE DATABASE $DB_NAME"',
            'mysql --host="$DB_HOST" --user="$DB_USER" "$DB_NAME" < stockbt.sql',
            "python -c \"import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?',"
            ' sys.argv[2:])" "$STOCKBT_HOME/stockbt.sqlite3" stockbt-backup.sqlite3',
            'rm -f "$STOCKBT_HOME"/stockbt.sqlite3*',
            'cp stockbt-backup.sqlite3 "$STOCKBT_HOME/stockbt.sqlite3"',
        ),
    ),
    RunBy("tests/system/test_databases.py", '"db", "upgrade"', ("stockbt db upgrade",)),
    RunBy("tests/running_web.py", '"stockbt_cli", "web"', ("stockbt web",)),
    RunBy(
        "tests/docs/test_laptop_to_cluster.py",
        "block.commands()",
        (
            "stockbt run SP500 MOVING_AVERAGE_CROSS --param fast_period=20 --start 2010-01-01"
            " --execution next_open --json >laptop.json",
            'python3 -c \'import json; run = json.load(open("laptop.json"));'
            ' print(run["status"], run["result_hash"])\'',
            'run=$(python3 -c \'import json; print(json.load(open("laptop.json"))["run_id"])\')',
            'stockbt runs export "$run" --to export',
            "python3 -m zipfile -e export/bundle.zip bundle",
            "docker run --detach --name stockbt-mysql --publish 127.0.0.1:3306:3306"
            " --env MYSQL_DATABASE=stockbt --env MYSQL_USER=stockbt --env MYSQL_PASSWORD=only-here"
            " --env MYSQL_ROOT_PASSWORD=only-here mysql:9.7",
            "export DATABASE_URL=mysql://stockbt:only-here@127.0.0.1:3306/stockbt",
            "stockbt db upgrade --wait 300",
            "stockbt data import bundle/data.csv --ticker SP500",
            "stockbt run SP500 MOVING_AVERAGE_CROSS --param fast_period=20 --start 2010-01-01"
            " --execution next_open --json >mysql.json",
            "python3 -c 'import json"
            ' laptop, mysql = (json.load(open(f"{name}.json")) for name in ("laptop", "mysql"))'
            ' same = [name for name in ("data_hash", "run_key", "result_hash")'
            " if laptop[name] == mysql[name]]"
            ' print("the same:", same) assert len(same) == 3\'',
            "docker exec --env MYSQL_PWD=only-here stockbt-mysql mysqldump --single-transaction"
            " --no-tablespaces --set-gtid-purged=OFF --hex-blob --user=stockbt stockbt >stockbt.sql",
            "docker rm --force --volumes stockbt-mysql",
        ),
    ),
    RunBy(
        "tests/docs/test_ops_guide_commands.py",
        "stand_in(",
        (
            f"{IN_WEB} db check",
            f"{IN_WEB} data samples",
            f"{IN_WEB} db prune --older-than 90d --dry-run",
            f"{IN_WEB} db prune --older-than 90d",
            f'{IN_WEB} runs show "$RUN"',
            f'{IN_WEB} runs verify "$RUN"',
            f"{IN_WEB} reconcile --once",
            'kubectl -n stock-backtest exec mysql-0 -- sh -c \'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec'
            " mysqldump --single-transaction --no-tablespaces --set-gtid-purged=OFF --hex-blob"
            " --user=root stockbt' >stockbt.sql",
            f'{IN_MYSQL} --user=root --execute="DROP DATABASE IF EXISTS stockbt; CREATE DATABASE stockbt"\'',
            f"{IN_MYSQL} --user=root stockbt' <stockbt.sql",
        ),
    ),
    RunBy(
        "tests/docs/test_secrets.py",
        'command("ALTER USER", 2)',
        (
            "k8s/secrets | kubeseal --cert certificate.pem --format yaml"
            " >k8s/overlays/prod/sealed-secrets.yaml",
            "cd k8s/overlays/prod",
            "kustomize edit add resource sealed-secrets.yaml",
            'kustomize edit add patch --kind SealedSecret --patch \'[{"op": "add",'
            ' "path": "/metadata/annotations", "value": {"argocd.argoproj.io/sync-wave": "-3"}}]\'',
            "cp -r k8s/examples/external-secrets k8s/overlays/external-secrets",
            "cd k8s/overlays/prod && kustomize edit add resource ../external-secrets",
            f"{IN_MYSQL} --user=root' <<'SQL'",
        ),
    ),
    RunBy("tests/e2e/conftest.py", '"kind" / "up"', ("make kind",)),
    RunBy("tests/e2e/conftest.py", '"kind" / "down"', ("make kind-down",)),
    RunBy("tests/gitops/conftest.py", '"gitops"', ("make gitops",)),
    RunBy(
        "tests/e2e/test_runs.py",
        "the_same_bits",
        (
            "stockbt run SP500 MOVING_AVERAGE_CROSS --param fast_period=20 --start 2010-01-01"
            " --execution next_open --server http://127.0.0.1:8080",
        ),
    ),
    RunBy(
        "tests/delivery/test_promote.py",
        "k8s/promote",
        ("make promote OWNER=example TAG=0123456789ab PUSH=1", "make rollback PUSH=1"),
    ),
    RunBy(
        "tests/chaos/test_chaos.py",
        "campaign",
        ("make chaos", "make chaos RUNS=1000 SEED=5", ".venv/bin/python -m pytest tests/chaos"),
    ),
)

NOT_RUN = (
    NotRun(
        "they are what runs the tests, these among them; that the targets are there is tested",
        ("make test", "make e2e"),
    ),
    NotRun(
        "they ask or change a cluster, and no suite on one calls them yet; that kubectl understands them, and"
        " that make has the target, is tested",
        (
            "kubectl apply -k k8s/overlays/prod",
            "kubectl apply -f k8s/base/namespace.yaml",
            "k8s/secrets | kubectl apply -f -",
            "kubectl -n stock-backtest rollout status deployment/web",
            "kubectl -n stock-backtest rollout status deployment/web --timeout=600s",
            "kubectl -n stock-backtest rollout restart deployment/web",
            "kubectl -n stock-backtest scale deployment/web --replicas=0",
            "kubectl -n stock-backtest scale deployment/web --replicas=2",
            "kubectl -n stock-backtest delete jobs -l app.kubernetes.io/component=worker",
            "kubectl -n stock-backtest delete jobs -l app.kubernetes.io/component=migration",
            "kubectl -n stock-backtest wait --for=delete pod -l app.kubernetes.io/component=web"
            " --timeout=120s",
            'kubectl -n stock-backtest get jobs,pods -l stockbt.dev/run-id="$RUN" -o wide',
            "kubectl -n stock-backtest get jobs,pods --watch",
            "kubectl -n stock-backtest delete service web",
            "kubectl -n stock-backtest set resources deployment/web --limits=memory=2Gi",
            "kubectl -n argocd get application stockbt",
            "kubectl -n argocd get application stockbt"
            " -o jsonpath='{.status.conditions[*].message} {.status.operationState.message}'",
            'make trace RUN="$RUN"',
            'make trace RUN="$run"',
        ),
    ),
    NotRun(
        "they need the controller of Sealed Secrets in a cluster",
        (
            "kubeseal --fetch-cert --controller-namespace kube-system >certificate.pem",
            "kubectl -n kube-system get secret -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml"
            " >sealing-keys.yaml",
        ),
    ),
    NotRun(
        "it needs a Vault, and its values are the operator's",
        ("vault kv put secret/stockbt root=… migration=… web=… worker=…",),
    ),
)

COMMANDS = {command for entry in (*RUN_BY, *NOT_RUN) for command in entry.commands}
