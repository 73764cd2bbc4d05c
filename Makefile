# Everything a person or a machine runs here. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
READY := .venv/.ready
# Ansible finds a collection by its folders' names; this link leads from them back to the checkout.
LINK := collections/ansible_collections/hybridcloud/mobility
GATES := lint types docs-lint unit contract sanity molecule site

# Ansible refuses to run under a locale without UTF-8.
export LC_ALL := C.UTF-8
export PATH := $(BIN):$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/collections

.PHONY: help setup demo test $(GATES) integration bench lab-up lab-down build constraints clean

help: ## List the targets
	@echo "hybridcloud.mobility: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## Make the Python environment in .venv (the other targets do it when needed)

$(READY): requirements.txt requirements-dev.txt constraints.txt tests/lab/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.11")'
	@echo "==> Installing the Python environment in .venv (about a minute the first time)"
	@mkdir -p $(dir $(LINK)) && ln -sfn ../../.. $(LINK)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@

demo: $(READY) ## Prepare the sample site on the embedded lab (SCENARIO=... of HCX or Cloud Director: see README)
	@echo "==> Demo: site-prep on the embedded lab"
	@python tests/demo/run.py $(if $(SCENARIO),--scenario $(SCENARIO))

test: $(READY) ## Run all gates, from fast to slow
	@python tests/tools/gates.py lint types docs-lint unit contract sanity+molecule site

lint: $(READY) ## Check style: ruff, yamllint and ansible-lint (production profile)
	@echo "==> ruff"
	@ruff check .
	@ruff format --check .
	@echo "==> ansible-lint"
	@ansible-lint --offline

types: $(READY) ## Check types: mypy, strict
	@echo "==> mypy"
	@mypy

docs-lint: $(READY) ## Check the changelog and the documentation of the plugins
	@echo "==> antsibull-changelog lint"
	@antsibull-changelog lint
	@echo "==> antsibull-docs lint-collection-docs"
	@antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self --skip-rstcheck .

unit: $(READY) ## Run the unit tests
	@echo "==> Unit tests"
	@python -m pytest -q -n 2 --dist loadfile --durations=25 tests/unit

contract: $(READY) ## Run the tests of clients and modules against the embedded lab
	@echo "==> Contract and integration tests"
	@python -m pytest -q -n 2 --dist loadfile --durations=40 tests/contract tests/integration

sanity: $(READY) ## Run ansible-test sanity on a copy of the tracked files
	@echo "==> ansible-test sanity (makes its environments the first time: about a minute)"
	@python tests/tools/sanity.py

molecule: $(READY) ## Run the molecule scenarios of the roles
	@echo "==> molecule"
	@molecule test --all --report

site: $(READY) ## Run site-prep on a lab of its own: check, real, again, after a drift
	@echo "==> site-prep on a lab of its own"
	@python tests/demo/run.py --lab site --base-port 0 --stop

bench: $(READY) ## Measure our modules beside the peer's, 15 minutes (BENCH=--quick: 2; results: docs/benchmarks.md)
	@echo "==> Benchmark"
	@PYTHONPATH=tests:collections python -m bench $(BENCH)

lab-up: $(READY) ## Start the embedded lab on its default ports
	@python -m lab up

lab-down: $(READY) ## Stop the embedded lab
	@python -m lab down

build: $(READY) ## Build the collection's archive in build/
	@echo "==> Building the collection"
	@python tests/tools/export.py .cache/build
	@ansible-galaxy collection build --force --output-path build .cache/build

constraints: ## Pin the newest versions that fit together in constraints.txt
	@echo "==> Resolving the newest versions in an empty environment"
	@rm -rf .cache/constraints && $(PYTHON) -m venv .cache/constraints
	@.cache/constraints/bin/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@sed -n '/^#/p' constraints.txt > .cache/constraints.txt
	@.cache/constraints/bin/python -m pip freeze --exclude-editable >> .cache/constraints.txt
	@mv .cache/constraints.txt constraints.txt

clean: ## Remove environments, caches and build results
	rm -rf .venv .cache .ansible build tests/output
