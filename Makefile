# `make` lists the commands. Needs Python 3.11 to 3.14 and make, nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Where it is set, every task and server of Airflow compiles what it imports anew: seconds each.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# Another one is tried by naming it: make test AIRFLOW_VERSION=3.4.0b2
AIRFLOW_VERSION := 3.3.2
# The latest versions of this day: newer ones are not tested with this Airflow.
PINS_AS_OF := 2026-09-17
PYTHON ?=
CANDIDATES := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14)
# uv installs the packages in seconds where pip needs a minute. It does not read pip's configuration.
UV := uv==0.13.9
ifneq ($(PIP_INDEX_URL),)
  export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

.PHONY: help venv install env demo psql plots pictures test test-compose lint nightly bench bench-years docs migrate contract-check pins clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Each candidate is executed, because a name on the path may be a shim without a Python behind it. An environment of
# another Python, or of a moved checkout, is replaced. Any other is updated in place, because a demo may run from it.
venv: ## Create the environment .venv, or update it
	@for candidate in $(CANDIDATES); do \
	  if version=$$("$$candidate" -c "$$SUPPORTED_VERSION" 2>/dev/null); then \
	    stamp="$$version $(CURDIR) $$(cat requirements-dev.txt pyproject.toml | cksum) $(AIRFLOW_VERSION)"; \
	    case "$$(cat $(VENV)/installed 2>/dev/null)" in \
	      "$$stamp") exit;; \
	      "$$version $(CURDIR) "*) ;; \
	      *) rm -rf $(VENV);; \
	    esac; \
	    $(MAKE) install PYTHON="$$candidate"; echo "$$stamp" >$(VENV)/installed; exit; \
	  fi; \
	done; \
	echo "No Python 3.11 to 3.14 among: $(CANDIDATES). Install one, or name it with PYTHON=<path>." >&2; exit 1

export SUPPORTED_VERSION := import sys; print(*sys.version_info[:3]); sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))

install:
	@echo "Preparing $(VENV) with $(PYTHON): seconds with uv, a minute with pip."
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt || \
	  $(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@grep -qx "apache-airflow==$(AIRFLOW_VERSION)" requirements-dev.txt || \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python "apache-airflow==$(AIRFLOW_VERSION)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . || $(BIN)/python -m pip install --quiet --no-deps -e .

env: ## Create .env and settings.env for docker compose; existing values are not changed
	@$(or $(PYTHON),python3) deploy/env_file.py

demo: venv ## Start PostgreSQL, a simulated API and Airflow on this machine; Ctrl-C stops all of it
	@cd include && exec "$(CURDIR)/$(BIN)/python" -m demo

psql: venv ## Query the warehouse of the running demo
	@cd include && exec "$(CURDIR)/$(BIN)/python" -m demo.psql

plots: venv ## Draw the charts of the running demo: PNG and SVG in .demo/plots
	@cd include && exec "$(CURDIR)/$(BIN)/python" -m demo.plots

pictures: venv ## Take the pictures of docs/page.md from the running demo: needs Chromium
	@cd include && exec "$(CURDIR)/$(BIN)/python" -m demo.pictures

test: venv ## Run every check and every test, two at a time (PYTEST_ARGS runs a part, one after the other)
	@$(BIN)/python -m pytest $(or $(PYTEST_ARGS),-n 2 --dist loadgroup --no-loadscope-reorder)

test-compose: venv ## Start the deployment of docker-compose.yaml, and test it: needs a Docker engine, ten minutes
	@tests/compose/engine.sh $(BIN)/python -m pytest -x tests/compose $(PYTEST_ARGS)

lint: venv ## Check style, types, SQL and migrations only
	@$(BIN)/python -m pytest -q tests/lint $(PYTEST_ARGS)

nightly: venv ## Try hundreds of random schedules and orders of loading (half an hour)
	@HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest tests/warehouse/test_schedules.py tests/warehouse/test_order.py $(PYTEST_ARGS)

bench: venv ## Measure loads, the hourly pull, requests in flight, packages and questions (BENCH_ARGS adds options: --part hourly)
	@PYTHONPATH=include $(BIN)/python -m tests.bench $(BENCH_ARGS)

bench-years: venv ## Measure the questions of analysts over three years, 110 million rows: 45 GB of disk, an hour
	@PYTHONPATH=include $(BIN)/python -m tests.bench.years $(BENCH_ARGS)

docs: venv ## Regenerate what is generated in docs/ and dbt/ (a minute)
	@cd include && exec "$(CURDIR)/$(BIN)/python" -m documents

migrate: venv ## Migrate the warehouse of INDICAONLINE_WAREHOUSE_DSN to this release's schema
	@$(BIN)/indicaonline migrate

contract-check: venv ## Check the properties of a live account's API; writes nothing
	@$(BIN)/indicaonline contract-check

pins: venv ## Select new versions for requirements.txt, requirements-dev.txt and the tools of the tests
	@echo "apache-airflow==$(AIRFLOW_VERSION)" | $(COMPILE) --extra simulator --group dev -c - -o requirements-dev.txt
	@$(COMPILE) -c requirements-dev.txt -o requirements.txt
	@printf '%s\n' aiolimiter authlib et-xmlfile joserfc openpyxl vl-convert-python zstandard | $(BIN)/uv pip compile - --no-deps $(CHOOSE) -o deploy/requirements.txt
	@printf '%s\n' 'datacontract-cli[postgres]' dbt-core~=1.11.0 dbt-metricflow dbt-postgres duckdb duckdb-extension-postgres-scanner pandas polars sqlalchemy | $(BIN)/uv pip compile - $(CHOOSE) -o tests/tools/requirements.txt
	@wc -l requirements.txt requirements-dev.txt deploy/requirements.txt tests/tools/requirements.txt

COMPILE = $(BIN)/uv pip compile pyproject.toml $(CHOOSE)
CHOOSE = --universal --python-version 3.11 --exclude-newer $(PINS_AS_OF) --upgrade --quiet --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links

clean: ## Remove the environment, the demo's data and caches
	@if [ -d .demo ] && [ -x $(BIN)/python ]; then cd include && "$(CURDIR)/$(BIN)/python" -m demo.stop; fi
	rm -rf $(VENV) .demo build .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
