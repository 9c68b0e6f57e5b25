# Everything starts here: `make` alone lists the targets. The first run sets up .venv and node_modules, later runs reuse them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Python 3.11 is what Assay is tested with, so it is preferred when several are installed.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
NODE_MINIMUM := 20

# One thread per process: votes are computed on one thread, and more would only fight for the cores.
export OMP_NUM_THREADS := 1
export PYTHONUNBUFFERED := 1

say = @printf '\n== %s\n' "$(1)"

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

# ---------------------------------------------------------------------------------------------------- the two commands

.PHONY: demo
demo: .venv/installed-demo ## Tell the whole story of a paid audit in the terminal, a few minutes
	@$(BIN)/assay demo

# Three workers on two cores: a third of the time, tests wait for blocks. They begin in the order of tests/conftest.py.
.PHONY: test
test: setup lint ## Check style, types and import directions, then run every test
	$(call say,Tests)
	@$(BIN)/pytest -q -n 3 --dist loadgroup --no-loadscope-reorder

# ------------------------------------------------------------------------------------------------------- single steps

.PHONY: setup
setup: .venv/installed-dev .venv/datasets/.fetched contracts/node_modules/.installed hardhat-free-devnet/node_modules/.installed ## Install what the tests need

.PHONY: lint
lint: .venv/installed-dev ## Check style, types and import directions
	$(call say,Style: ruff)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	$(call say,Types: mypy)
	@$(BIN)/mypy
	$(call say,Import directions: import-linter)
	@$(BIN)/lint-imports --no-logo

.PHONY: artifacts
artifacts: .venv/installed-dev contracts/node_modules/.installed ## Check that the committed contract artifacts match the Solidity sources
	$(call say,Contract artifacts against their sources: solc)
	@$(BIN)/python -m assay_chain.build --check

.PHONY: contracts
contracts: .venv/installed-dev contracts/node_modules/.installed ## Compile the contracts and rewrite the committed artifacts
	@$(BIN)/python -m assay_chain.build

.PHONY: gas
gas: setup ## Measure gas again and rewrite the committed table
	@$(BIN)/python -m tests.contracts.gas

.PHONY: bench
bench: setup ## Measure audits per minute, the oracle's overhead, fairness tables and the gateway (about 25 minutes)
	@$(BIN)/python benchmarks/audits.py
	@$(BIN)/python benchmarks/whitebox.py
	@$(BIN)/python -m benchmarks.fairness
	@$(BIN)/python benchmarks/gateway.py

.PHONY: clean
clean: ## Remove everything that make installed or the tools cached
	rm -rf .venv contracts/node_modules hardhat-free-devnet/node_modules dist build
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find chain oracles client tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# -------------------------------------------------------------------------------------------------------- installing

# install(extra): one resolver run. Only large downloads are shown; the whole log is kept.
define install
	@echo "Installing Assay and the packages of its extra '$(1)' into .venv; the first time this takes a few minutes"
	@$(BIN)/python -m pip install --progress-bar off --editable '.[$(1)]' 2>&1 | tee .venv/install.log \
		| sed -un -e 's|.*\(Downloading\) \([^ ]*/\)*\([^ /-]*-[^-]*\)-[^ ]* \(([0-9.]* [MG]B)\).*|  \1 \3 \4|p' -e 's/^Installing collected.*/  Unpacking, a minute or two/p' \
		|| { tail -n 20 .venv/install.log; \
			echo "Installing failed: see above (all of it: .venv/install.log). Mend that, then run the same command again." >&2; \
			exit 1; }
endef

.venv/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Assay needs Python 3.11 or newer$(if $(PYTHON),; $(PYTHON) is not,; none was found). On Debian: apt install python3.11 python3.11-venv" >&2; \
		exit 1; }
	@echo "Creating .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "$(PYTHON) cannot create virtual environments. On Debian: apt install $(notdir $(PYTHON))-venv" >&2; exit 1; }

.venv/installed-dev: pyproject.toml | .venv/bin/python
	$(call install,dev)
	@touch .venv/installed-demo $@

.venv/datasets/.fetched: benchmarks/datasets.py | .venv/installed-dev
	@echo "Fetching the public tables that the tests use (28 MB) into .venv/datasets"
	@$(BIN)/python -m benchmarks.datasets >/dev/null
	@touch $@

# The demo needs no test tools, no compiler and no Node.
.venv/installed-demo: pyproject.toml | .venv/bin/python
	$(call install,all)
	@touch $@

%/node_modules/.installed: %/package-lock.json
	@command -v npm >/dev/null || { echo "Assay's tests need Node $(NODE_MINIMUM) or newer with npm. On Debian: apt install nodejs npm" >&2; exit 1; }
	@node -e 'process.exit(Number(parseInt(process.versions.node) < $(NODE_MINIMUM)))' || { \
		echo "Assay's tests need Node $(NODE_MINIMUM) or newer; this is $$(node --version)." >&2; exit 1; }
	@echo "Installing the Node packages of $*/"
	@npm ci --prefix $* --no-audit --no-fund --loglevel=error
	@touch $@
