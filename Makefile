# Everything a machine with Python 3.11 (or newer) and make needs. `make` alone lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PORT ?= 8501
# Three workers keep two cores busy, since some wait. Each has its own PostgreSQL, and whole files, whose stores and
# servers are made once, in their own order: the slow ones with few tests would come last and leave the others idle.
PYTEST_ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder
# PYTHON=/path/to/python chooses another interpreter for a new environment.
PYTHON ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Wheels only: building someone else's source would fetch build tools that no hash covers.
INSTALL := $(PIP) install --quiet --require-hashes --only-binary :all:

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# -- the environment ---------------------------------------------------------------------------------------------------
# Stamps, not files of the environment, say what is done: they are written last, so an interrupted step is repeated.

# An environment cannot be moved, and is nothing without the Python it was made with: then it is made anew.
ifneq ($(CURDIR),$(shell test -x $(BIN)/python && cat $(VENV)/made.stamp 2> /dev/null))
.PHONY: $(VENV)/made.stamp
endif

$(VENV)/made.stamp:
	@sh .ci/python '$(PYTHON)' > /dev/null
	@python="$$(sh .ci/python '$(PYTHON)')" && echo "Making $(VENV) with $$($$python --version)." && \
		"$$python" -m venv --clear $(VENV) && echo "$(CURDIR)" > $@

$(VENV)/app.stamp: $(VENV)/made.stamp requirements/app.txt
	@echo "Installing what Uptake needs (hashed requirements)."
	@$(INSTALL) -r requirements/app.txt
	@touch $@

$(VENV)/project.stamp: $(VENV)/app.stamp pyproject.toml
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/project.stamp requirements/dev.txt
	@echo "Installing what working on Uptake needs (hashed requirements)."
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

.PHONY: env dev browser engine
env: $(VENV)/project.stamp ## make .venv with the `uptake` command
dev: $(VENV)/dev.stamp ## env, with the tools to test and check
browser:
	@sh .ci/chromium
engine: dev
	@sh .ci/engine $(BIN)/python

# -- use ---------------------------------------------------------------------------------------------------------------
# exec: the signal of Ctrl-C reaches `uptake up` itself, which stops all it started.

.PHONY: up
up: env ## start scheduler and dashboard (PORT=8501), Ctrl-C stops both
	@exec $(BIN)/uptake up --port $(PORT)

# -- test --------------------------------------------------------------------------------------------------------------

.PHONY: test check fault containers bench
test: dev browser engine ## run every test
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: dev ## format, lint, types, docs, tests: what has to be green before a commit
	@$(BIN)/ruff format --check --quiet . || { echo "Run 'make format'."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m docs.generate --check
	@$(MAKE) --no-print-directory test

fault: dev browser engine ## run the 64 cases of docs/faults.md: kills, floods, attacks
	@$(BIN)/python -m pytest -n 3 --dist loadfile -p tests.faults.report -m "case or fault" \
		--fault-report artefacts/faults.json tests

containers: dev ## build and run the containers on this machine's Docker engine, and check them
	@docker info > /dev/null 2>&1 && docker compose version > /dev/null 2>&1 || \
		{ echo "make containers needs a Docker engine, and compose 2.24 or newer."; exit 1; }
	@$(BIN)/python -m pytest -m containers -o faulthandler_timeout=1500 tests/containers

bench: dev ## measure every hot path against its floor, in one table (ARGS="--frameworks 500 --json FILE")
	@$(BIN)/python -m bench $(ARGS)

# -- what Uptake is made of --------------------------------------------------------------------------------------------
# These tools live in an environment of their own: what they need is no part of Uptake.

.PHONY: audit licences sbom
AUDIT := .venv-audit
# Those under which Uptake (Apache-2.0) may be passed on together with what it needs.
LICENCES := Apache;BSD;MIT;PSF;LGPL;Mozilla
PACKAGES = $$(sed -n 's/^\([a-z0-9-]*\)[^=]*==.*/\1/p' requirements/app.txt)

$(AUDIT)/audit.stamp: $(VENV)/made.stamp requirements/audit.txt
	@$(BIN)/python -m venv --clear $(AUDIT)
	@$(AUDIT)/bin/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes \
		--only-binary :all: -r requirements/audit.txt
	@touch $@

audit: $(AUDIT)/audit.stamp ## ask for known vulnerabilities of what is installed (needs the internet)
	@$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements/app.txt

licences: env $(AUDIT)/audit.stamp ## list the licence of each package that Uptake needs; fails for one that does not fit
	@$(AUDIT)/bin/pip-licenses --python $(BIN)/python --from mixed --order license --partial-match \
		--allow-only '$(LICENCES)' --packages $(PACKAGES)

sbom: $(AUDIT)/audit.stamp ## write build/uptake.cdx.json: each package with version and hashes (CycloneDX)
	@mkdir -p build
	@$(AUDIT)/bin/python -W ignore -m cyclonedx_py requirements requirements/app.txt --pyproject pyproject.toml \
		--output-reproducible --output-file build/uptake.cdx.json
	@echo "Wrote build/uptake.cdx.json."

# -- maintain ----------------------------------------------------------------------------------------------------------

.PHONY: format docs screenshots lock clean
format: dev ## format the code and sort its imports
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format --quiet .

docs: dev ## write docs/settings.md, docs/metrics.md and docs/cli.md anew
	@$(BIN)/python -m docs.generate

# BEFORE=commit (or first) also lays each page's earlier picture next to the new one, in artefacts/before-and-after/.
screenshots: dev browser ## take docs/screenshots/ anew, from a store with only what comes with Uptake
	@$(BIN)/python -m docs.screenshots
	@test -z '$(BEFORE)' || $(BIN)/python -m docs.before_and_after $(filter-out first,$(BEFORE))

# uv writes hashes for every platform and no addresses; it is needed here and nowhere else.
UV := uv pip compile --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --quiet
lock: ## pin requirements/*.in again (needs uv; UPGRADE=--upgrade for newer versions)
	@command -v uv > /dev/null || { echo "make lock needs uv on PATH (pip install uv)."; exit 1; }
	$(UV) $(UPGRADE) requirements/app.in -o requirements/app.txt
	$(UV) $(UPGRADE) requirements/dev.in -o requirements/dev.txt
	$(UV) $(UPGRADE) requirements/clickhouse.in -o requirements/clickhouse.txt
	$(UV) $(UPGRADE) requirements/audit.in -o requirements/audit.txt

clean: ## remove the environment and caches (never the data)
	rm -rf $(VENV) $(AUDIT) .mypy_cache .ruff_cache .pytest_cache build *.egg-info artefacts
