# Primetime. `make help` lists every target.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PY := .venv/bin/python
SERVE ?= 1
export SERVE PYTHONDONTWRITEBYTECODE = 1

.PHONY: help setup demo test check format lint types imports unit nightly package deploy up stop status clean-data audit redrive policies lock bench faults stress states backtest

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## the virtual environments that everything needs; does nothing when they are there
	@sh infra/setup.sh

demo: setup ## the main job on real sales, then the pages until Ctrl-C; SERVE=0 ends after the table
	@$(PY) -m demo

test: ## sets up what it needs and runs every check and every test, the browser ones included
	@sh infra/setup.sh --with-browser
	@$(MAKE) --no-print-directory check
	@$(PY) -m pytest tests -m "engine or browser" -p no:randomly

bench: setup ## what the money part costs and how fast it is, beside its peers; writes build/bench.json
	@$(PY) -m tests.bench

stress: setup ## many bookers in processes of their own on the same hosts; writes build/stress.json
	@$(PY) -m tests.stress

states: setup ## every state of a deal x move x role, then random parties; writes build/states.json
	@$(PY) -m tests.states

backtest: setup ## what the estimator captures on waves of public figures: make backtest WAVES="file..."
	@$(PY) -m tests.backtest $(WAVES)

faults: setup ## every money workflow with a fault at each outside call; writes build/faults.json
	@$(PY) -m tests.faults

check: setup lint types imports unit ## fast: format, lint, types, import rules, unit and property tests

format: setup ## rewrite the sources in the house format
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix --quiet .

lint: setup ## format and lint rules
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m ruff check --quiet .

types: setup ## mypy, strict
	@$(PY) -m mypy

imports: setup ## who may import whom
	@.venv/bin/lint-imports

unit: setup ## every test that needs no running stack
	@$(PY) -m pytest tests -m "not engine and not browser" --numprocesses 2 --dist loadfile

nightly: setup ## property tests with many more examples, and every fault at every call
	@PRIMETIME_HYPOTHESIS=nightly $(PY) -m pytest tests/property tests/faults

package: setup ## build/package/: the zip and the template that are deployed
	@$(PY) -m infra.package

deploy: setup ## to AWS: STAGE=staging (infra/stages/staging.json); shows the changes and makes them
	@test -n "$(STAGE)" || { echo "Say which stage: make deploy STAGE=staging" >&2; exit 2; }
	@$(PY) -m infra.deploy "$(STAGE)"

up: setup ## the local stack, deployed and running, without the demo
	@$(PY) -m infra.local up

stop: setup ## stop the local stack; its data stays
	@$(PY) -m infra.local down

status: setup ## what of the local stack runs
	@$(PY) -m infra.local status

clean-data: setup ## stop the local stack and forget all of its data
	@$(PY) -m infra.local clean

audit: setup ## the invariants of the ledger over the local store, a line for each
	@$(PY) -m demo.audit

redrive: setup ## bring dead letters back: QUEUE=work, on this machine or STAGE=staging
	@$(PY) -m infra.redrive "$(QUEUE)" $(STAGE)

policies: setup ## write .chalice/ from the table in infra/policies.py
	@$(PY) -m infra.policies

lock: setup ## pin requirements*.txt anew from requirements*.in (needs uv)
	@for name in requirements requirements-dev requirements-engine; do \
		UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
			--python-version 3.11 $$name.in --output-file $$name.txt || exit 1; done
