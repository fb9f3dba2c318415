# Every step of the project; `make run` and `make test` are all that a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := $(wildcard packages/*/pyproject.toml apps/*/pyproject.toml)
EDITABLE := $(foreach member,$(MEMBERS),-e $(dir $(member)))
PORT ?= 8000

export ENGINE_VERSION ?= $(shell git rev-parse HEAD 2>/dev/null)
export IMAGE_TAG ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null)

.PHONY: env run test lint bench clean

env: $(VENV)/.complete  ## .venv with everything, stockbt in it

PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# uv instead of pip, for all but itself: seconds where pip needs minutes.
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt

$(VENV)/.product: constraints.txt $(MEMBERS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stockbt needs Python 3.11 or newer; try make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing stockbt into $(VENV) ..."
	@$(PIP) -c constraints.txt uv
	@$(INSTALL) $(EDITABLE)
	@touch $@

$(VENV)/.complete: $(VENV)/.product requirements-dev.txt
	@echo "installing what the tests need into $(VENV) ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

run: $(VENV)/.product  ## the web app on the embedded database, with the sample data
	$(BIN)/stockbt web --port $(PORT)

$(VENV)/checkov/.complete: $(VENV)/.product tests/manifests/checkov.txt
	@echo "installing checkov into $(VENV)/checkov ..."
	@$(PYTHON) -m venv --without-pip $(VENV)/checkov
	@$(BIN)/uv pip install --quiet --python $(VENV)/checkov/bin/python -r tests/manifests/checkov.txt
	@touch $@

# Processes of the test run, more than there are cores: half of the tests wait for other processes.
TESTERS ?= 4

test: env lint $(VENV)/checkov/.complete  ## all that needs no cluster and this machine can run; says what it skips and why
	$(BIN)/python -m pytest --numprocesses $(TESTERS) --dist loadfile --no-loadscope-reorder \
	  --ignore=tests/e2e --ignore=tests/gitops

lint: env  ## style, types, and the hexagon's layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy packages/*/src apps/*/src
	$(BIN)/lint-imports

bench: env  ## the tables of benchmarks/
	$(BIN)/python -m benchmarks

clean:  ## remove what the targets above made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.PHONY: constraints
constraints:  ## renew constraints.txt from the newest versions that fit
	rm -rf $(VENV)/renew && $(PYTHON) -m venv $(VENV)/renew
	$(VENV)/renew/bin/python -m pip install --quiet --disable-pip-version-check $(EDITABLE) -r requirements-dev.txt
	$(VENV)/renew/bin/python -m pip freeze --exclude-editable > constraints.txt
	rm -rf $(VENV)/renew

RUNS ?= 300
SEED ?= 1

.PHONY: chaos
chaos: env  ## so many runs while workers, webs, connections and MySQL are killed; see docs/reliability.md
	STOCKBT_TEST_AWAY_SECONDS=60 $(BIN)/python -m pytest -q tests/chaos/test_faults_worker.py -k away
	$(BIN)/python -m tests.chaos --runs $(RUNS) --seed $(SEED)

.PHONY: translations
translations: $(VENV)/.product  ## new texts into the languages' .po files, and those compiled; see CONTRIBUTING.md
	$(BIN)/python -m stockbt_web.translations

.PHONY: images
images:  ## the image of web, worker and migration: stockbt:<first 12 digits of the commit>
	@docker/build

.PHONY: tag push promote rollback
tag:  ## the tag that this commit's image has
	@echo $(IMAGE_TAG)

push:  ## OWNER=<owner>: push the image of a clean tree, with SBOM and provenance attestation
	docker/push

promote:  ## OWNER=<owner> TAG=<sha>: name that image in k8s/ and commit it (PUSH=1 or PULL_REQUEST=1 sends it)
	@k8s/promote $(TAG)

rollback:  ## revert the newest promotion (PUSH=1 sends it)
	@k8s/rollback

.PHONY: kind kind-down e2e gitops e2e-gitops
kind:  ## the whole platform on a kind cluster of three nodes; see docs/kubernetes.md
	@k8s/kind/up

BURST ?= 60

e2e: env  ## the platform on a kind cluster, every fault real; BURST=1000 submits so many runs at once
	BURST=$(BURST) $(BIN)/python -m pytest tests/e2e

gitops:  ## the same platform under Argo CD, from a repository that this machine serves; see docs/gitops.md
	@k8s/kind/gitops

e2e-gitops: env  ## changes in Git and by hand, a revert, a broken manifest, the autoscaler: on `make gitops`
	$(BIN)/python -m pytest tests/gitops

kind-down:  ## delete that cluster with all its data
	@k8s/kind/down

.PHONY: docs
docs: env  ## the documents as a site, in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build

.PHONY: trace
trace:  ## RUN=<id>: one run's history out of its row, both logs and Kubernetes' events, in order
	@k8s/trace $(RUN)

.PHONY: contracts figures
contracts: env  ## the tables of docs/contracts.md and of the README, from the code
	$(BIN)/python -m docs.tables

figures: env  ## docs/images from docs/figures (needs Graphviz)
	$(BIN)/python docs/figures/render.py
