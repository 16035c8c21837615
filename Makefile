# `make` alone prints what there is to do. Every target installs what it needs, once.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
SETUP := VENV=$(VENV) PYTHON=$(PYTHON) tools/setup.sh
# Workers of the test run; each has its own database.
JOBS ?= 2
# Words handed on to the command: make demo ARGS="--port 9000"
ARGS ?=

.PHONY: help
help: ## Print this list
	@echo "usage: make TARGET [NAME=value ...]"
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

##@ Use it

.PHONY: setup
setup: ## Install Everlearn into .venv (PYTHON=python3.12 chooses the interpreter)
	@$(SETUP)
	@echo "ready: $(BIN)/everlearn --help, make demo, make up, make test"

.PHONY: demo
demo: ## Run the loop over a year of real flights (ARGS="..." for options)
	@$(SETUP) demo
	@$(BIN)/everlearn demo flights $(ARGS)

.PHONY: up
up: ## Start the database, the API, the pages and a worker (ARGS="--port 9000")
	@$(SETUP)
	@$(BIN)/everlearn up $(ARGS)

# Benchmarks, one after the other; together they take more than an hour.
B ?= schema ingest singles answers metrics reading exports rollups archive watching soak flights

.PHONY: bench
bench: ## Measure this machine and compare with benchmarks/results (B="ingest soak" for some)
	@$(SETUP) dev
	@for name in $(B); do $(BIN)/python -m benchmarks.$$name $(ARGS) || exit 1; done

##@ Change it

.PHONY: test
test: lint ## Lint, then every test on an embedded Postgres, and a part on version 16
	@tools/setup.sh system
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS)
	@$(MAKE) --no-print-directory test-oldest OLDEST="$(SMOKE)"

# What differs between versions of PostgreSQL: policies, COPY, partitions, generated keys, triggers.
SMOKE := tests/core/test_policy.py tests/core/test_bulk.py tests/core/test_partitions.py \
	tests/modules/registry/test_tables.py tests/modules/predictions/test_clients.py \
	tests/modules/evolution/test_tables.py
OLDEST ?=

.PHONY: test-oldest
test-oldest: ## Every test on PostgreSQL 16, the oldest one supported (make test runs a part)
	@$(SETUP) dev
	EVERLEARN_TEST_PG=16 $(BIN)/pytest -q -n $(JOBS) --dist loadfile $(OLDEST)

.PHONY: test-fast
test-fast: ## The tests of one module: make test-fast M=drift
	@test -n "$(M)" || { echo "which module? make test-fast M=drift"; exit 2; }
	@$(SETUP) dev
	$(BIN)/pytest tests/modules/$(M) $(ARGS)

.PHONY: lint
lint: ## ruff, mypy, import contracts, spelling, own rules
	@$(SETUP) dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m tools.lint_repo
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/mypy

.PHONY: format
format: ## Format the code and fix what ruff can fix
	@$(SETUP) dev
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

.PHONY: module
module: ## Make a new module that is green at birth: make module NAME=seasons TIER=methods
	@test -n "$(NAME)" && test -n "$(TIER)" || { echo "make module NAME=seasons TIER=methods"; exit 2; }
	@$(SETUP) dev
	$(BIN)/python tools/new_module.py $(NAME) --tier $(TIER)

.PHONY: migration
migration: ## Write the migration for changed tables: make migration M="drift add alerts"
	@test -n "$(M)" || { echo 'say what changed: make migration M="drift add alerts"'; exit 2; }
	@$(SETUP) dev
	$(BIN)/python -m tools.new_migration "$(M)"

.PHONY: schema
schema: ## Write tests/schema.sql anew from the migrations
	@$(SETUP) dev
	$(BIN)/python tools/dump_schema.py

.PHONY: docs
docs: ## Write docs/reference anew from the code
	@$(SETUP) dev
	$(BIN)/python -m tools.gen_docs

.PHONY: docs-check
docs-check: ## Fail when docs/reference is not what the code says
	@$(SETUP) dev
	$(BIN)/python -m tools.gen_docs --check

.PHONY: ci
ci: test docs-check ## Everything that must pass before a merge

.PHONY: lock
lock: ## Renew requirements.lock within the bounds of pyproject.toml
	@$(SETUP) dev
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras \
		--group dev --no-emit-index-url --no-annotate --no-header pyproject.toml \
		-o requirements.lock

.PHONY: clean
clean: ## Remove .venv and every cache; databases are left alone
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
		dist build
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
