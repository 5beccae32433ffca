# `make` lists the targets. Settings go behind the target: make study CORPUS=~/aclImdb_v1.tar.gz PROFILE=quick
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SETUP  := $(VENV)/.set-up

help:            ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

set-up: $(SETUP) ## create .venv and install what requirements.lock pins

$(SETUP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "expected Python 3.11 or newer, got $$($(PYTHON) --version 2>&1); name one with PYTHON=..., as in: make study PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "expected Python with venv, but it is missing; on Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 2; }
	@echo "Setting up .venv (once; some minutes, about 3 GB) ..."
	@rm -f $(SETUP)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(SETUP)

# What `make study` and its kin pass on: CORPUS=path PROFILE=quick SPACE=wide, and ARGS="--trials 40" for the rest.
OPTIONS = $(if $(CORPUS),--corpus "$(CORPUS)") $(if $(PROFILE),--profile $(PROFILE)) $(if $(SPACE),--space "$(SPACE)") $(ARGS)

study: $(SETUP)  ## search, train, compare: ends with runs/report.html
	@$(BIN)/study run $(OPTIONS)

report: $(SETUP) ## build runs/report.html anew from the database
	@$(BIN)/study report $(ARGS)

dashboard: $(SETUP) ## serve the Optuna dashboard on this machine, also while a study runs
	@$(BIN)/study dashboard $(ARGS)

check: $(SETUP)  ## lint and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

test: $(SETUP)   ## the tests, without the long ones
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-all: $(SETUP) ## all tests, the long ones too
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

bench: $(SETUP)  ## cost against stock Keras; QUICK=1 takes minutes, KEEP=1 writes docs/benchmarks.md
	@$(BIN)/python tests/benchmarks/bench.py $(if $(CORPUS),--corpus "$(CORPUS)") $(if $(QUICK),--quick) $(if $(KEEP),--keep) $(ARGS)

paper: $(SETUP)  ## fill docs/imdb/README.md from docs/imdb/study.db; CHECK=1 fails where they differ
	@$(BIN)/python docs/imdb/paper.py $(if $(CHECK),--check) $(ARGS)

docs: $(SETUP)   ## build the pages of docs/ as a site in site/; a link that leads nowhere fails
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

clean:           ## delete .venv and caches, never runs/
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info build site

.PHONY: help set-up study report dashboard check test test-all bench paper docs clean
