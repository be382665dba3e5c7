# Works on a fresh Debian 12 or Ubuntu 24.04 with make, git and network; every target sets up what
# it needs, and what is there already is left as it is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup packages build dev test demo format tidy clean

venv := $(CURDIR)/build/venv
python := $(venv)/bin/python
cpp_files := git ls-files -z '*.cc' '*.h'

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages:
	@tests/support/setup.sh packages

setup: packages ## packages of the distribution, and the test tools under build/
	@tests/support/setup.sh tools

build: packages ## build/bootstrap and build/dsql-migrate.zip
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release -- --quiet
	@cp -p "$$(find build/release -name bootstrap -type f -perm -u+x)" build/bootstrap
	@strip build/bootstrap
	@python3 packaging/make_zip.py build/bootstrap build/dsql-migrate.zip

dev: setup
	@cmake --preset dev --log-level=WARNING -DPython3_EXECUTABLE=$(python)
	@cmake --build --preset dev -- --quiet

test: dev build ## every test: C++ by ctest, Python by pytest
	@tests/support/run_tests.sh dev

demo: setup build ## a stack deployed, migrated, changed, refused and deleted, all on this machine
	@$(python) -m tests.support.demo

format: setup ## clang-format over the sources
	@$(cpp_files) | xargs -0 $(venv)/bin/clang-format -i

tidy: dev ## clang-tidy over the sources
	@tests/support/tidy.sh build/dev

clean: ## remove what was built; the set-up tools stay
	@find build -mindepth 1 -maxdepth 1 ! -name venv ! -name sam-venv ! -name node_modules \
	  -exec rm -rf {} + 2>/dev/null || true
