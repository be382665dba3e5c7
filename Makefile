# Works on a fresh Debian 12 or Ubuntu 24.04 with make, git and network; every target sets up what
# it needs, and what is there already is left as it is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup packages build package build-MigratorFunction dev test peers matrix soak demo examples bench format tidy clean

venv := $(CURDIR)/build/venv
python := $(venv)/bin/python
# configure PRESET [OPTIONS], compile PRESET: what CMake says is shown when it fails, ninja's progress
# on a terminal.
configure = cmake --preset $(1) >build/cmake-$(strip $(firstword $(1))).log 2>&1 || \
  { cat build/cmake-$(strip $(firstword $(1))).log; exit 1; }
compile = cmake --build --preset $(1) -- $$([[ -t 1 ]] || echo --quiet)
cpp_files := git ls-files -z '*.cc' '*.h'

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages:
	@tests/support/setup.sh packages

setup: packages ## packages of the distribution, and the test tools under build/
	@tests/support/setup.sh tools

build: packages ## build/bootstrap and build/dsql-migrate.zip, for this machine
	@$(call configure,release)
	@$(call compile,release)
	@cp -p "$$(find build/release -name bootstrap -type f -perm -u+x)" build/bootstrap
	@strip build/bootstrap
	@python3 packaging/make_zip.py build/bootstrap build/dsql-migrate.zip

package: packages ## for Lambda, the zip and template of each architecture; of one: make package only=arm64
	@tests/support/setup.sh package
	@python3 packaging/build.py $(or $(only),x86_64 arm64)
	@for arch in $(or $(only),x86_64 arm64); do \
	  sed "s|CodeUri: packaging$$|CodeUri: dsql-migrate-$$arch.zip|; s|Architectures: \[x86_64\]$$|Architectures: [$$arch]|" \
	    template.yaml >build/template-$$arch.yaml; done

# `sam build` calls it, and says nothing of the architecture: it is the one that template.yaml names.
build-MigratorFunction: only := x86_64
build-MigratorFunction: package
	@cp build/package-x86_64/content/* "$(ARTIFACTS_DIR)/"

dev: setup
	@$(call configure,dev -DPython3_EXECUTABLE=$(python))
	@$(call compile,dev)

test: dev build package ## every test: C++ by ctest, Python by pytest
	@tests/support/run_tests.sh dev

peers: setup build ## histories made by the real Atlas, Flyway and sequelize-cli, taken over
	@tests/support/setup.sh real-tools
	@$(call configure,dev -DPython3_EXECUTABLE=$(python))
	@$(call compile,dev --target atlas_pieces)
	@$(python) -m pytest -c tests/pytest.ini --rootdir=. tests/peers

matrix: setup build ## the kill matrix: a run killed, or cut off, at each of its messages
	@$(python) -m tests.kill --files core/32 --fewer kill-delivered

soak: matrix package ## what takes long: more of the matrix, an older root, ThreadSanitizer, every bench/soak/*.py
	@$(python) -m tests.kill --files core
	@$(python) -m tests.kill --files core/32 --kinds kill-delivered
	@$(python) -m tests.kill --files kinds
	@$(python) -m tests.kill --files alike
	@$(python) -m tests.kill --files settings
	@$(python) -m tests.kill --files rename
	@$(python) -m tests.kill --files long
	@$(python) -m tests.kill --files postgres
	@$(python) -m tests.kill --files bulk
	@$(python) -m tests.kill --files repeatable
	@$(python) -m tests.kill --files undo
	@$(python) -m tests.kill --files undo_postgres
	@$(python) -m tests.kill --files core --kinds cut-message kill-message
	@tests/support/setup.sh older-root
	@OLDER_ROOT=$(CURDIR)/build/older-root $(python) -m pytest -q -c tests/pytest.ini --rootdir=. tests/package/test_bare_root.py
	@$(call configure,tsan -DPython3_EXECUTABLE=$(python))
	@$(call compile,tsan)
	@ctest --preset tsan --tests-regex '^(unit|http)\.'
	@for script in bench/soak/[a-z]*.py; do \
	  echo "$$script" && $(python) -m "bench.soak.$$(basename "$$script" .py)"; done

demo: setup build ## a stack deployed, migrated, changed, refused and deleted, all on this machine
	@$(python) -m tests.support.demo

examples: setup build ## the README's CDK and Terraform examples, synthesized and validated
	@tests/support/setup.sh examples
	@$(python) -m tests.support.examples

bench: setup build ## the figures of the README; one section: make bench only=lexer|apply|jobs|peers|cold_start
	@tests/support/setup.sh package
	@python3 packaging/build.py x86_64
	@tests/support/setup.sh real-tools
	@$(call compile,release --target lexer_bench)
	@$(python) -m bench $(if $(only),--only $(only))

format: setup ## clang-format over the sources
	@$(cpp_files) | xargs -0 $(venv)/bin/clang-format -i

tidy: dev ## clang-tidy over the sources
	@$(python) tests/support/tidy.py build/dev

clean: ## remove what was built; the set-up tools stay
	@find build -mindepth 1 -maxdepth 1 ! -name venv ! -name sam-venv ! -name node_modules \
	  -exec rm -rf {} + 2>/dev/null || true
