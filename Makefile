# What a person types. Everything runs from .venv, which `setup` makes from uv.lock.

.DEFAULT_GOAL := help
.PHONY: help setup cut-clips serve worker test check bench compiled
SHELL := /bin/sh

# A film's name reaches the program through the environment, where no shell reads its quotes and spaces; `value` keeps make
# from reading its dollars.
override MASTER := $(value MASTER)
export MASTER

python := .venv/bin/python
# By file: tests of one file may share a server, and those of some files do. In the order of tests/conftest.py, which names
# these files: the longest first. One process more than CI has cores, since some wait for films that play; another number is
# given as in `make test PROCESSES=4`.
PROCESSES := 3
pytest := $(python) -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

help:  ## list what can be made
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

setup: .venv/.synced  ## install everything into .venv, from uv.lock

cut-clips: .venv/.synced  ## cut clips: MASTER=film.mov, or all films in media/masters, or a demo film
	@$(python) -m flows.serve cut-clips

serve: .venv/.synced  ## keep Prefect's server and a worker up until Ctrl-C
	@$(python) -m flows.serve

worker: .venv/.synced  ## make clips and chunks for the server of another machine, until Ctrl-C
	@$(python) -m flows.serve worker

test: compiled  ## run all tests
	$(pytest)

check: compiled  ## run formatter, linters, type checker and all tests, as CI does
	$(python) -m ruff format --check
	$(python) -m ruff check
	$(python) -m mypy
	.venv/bin/lint-imports
	$(pytest) --durations=60 --durations-min=5

bench: .venv/.synced  ## measure against plain ffmpeg and others
	$(python) -m bench

# Tests start hundreds of processes. Where Python may not write down what it compiles, as in many containers, each would compile
# anew what has changed since `setup`.
compiled: .venv/.synced
	@$(python) -m compileall -q pipeline flows bench

.venv/.synced: uv.lock pyproject.toml
	@.ci/setup
	@touch $@
