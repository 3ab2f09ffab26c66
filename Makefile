# What this checkout can do. `make` lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
DATA_DIR := $(or $(JIEBANG_DATA_DIR),var)
# The first Python that is new enough and can make an environment; `make run PYTHON=/path/to/python3.11` overrides it.
ABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	"$$python" -c '$(ABLE)' >/dev/null 2>&1 && { command -v "$$python"; break; }; done)

.PHONY: help setup run test check messages bench clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed $(VENV)/.prepared ## create .venv, install, fetch front-end files, prepare the bundled model

run: setup ## start everything and print the address (Ctrl-C stops it)
	@exec $(BIN)/jiebang serve

test: setup ## run the tests; those that drive a browser in a process of their own
	$(BIN)/python -m pytest -n 2 -m "not browser" -rfEs
	$(BIN)/python -m pytest -m browser -rfEs

check: setup ## run what CI runs besides the tests: style, types, import rules, templates
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint templates

messages: setup ## add texts without a Chinese translation to their .po file
	$(BIN)/python -m market.web.messages

bench: setup ## measure ourselves against peers, as ratios (minutes)
	@for file in bench/*.py; do echo "== $$file"; $(BIN)/python "$$file" --quick || exit 1; done

clean: ## remove what setup made; the data directory stays
	rm -rf $(VENV) node_modules market/web/static/vendor

$(VENV)/bin/python:
	@"$(PYTHON)" -c '$(ABLE)' 2>/dev/null || { echo "Jiebang needs Python 3.11 or newer with venv: \
	install it (Debian, Ubuntu: sudo apt-get install python3 python3-venv) or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

# torch first and by itself: its wheel is the largest, and a failure there should say so.
$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Also when the data directory is new or was emptied, or the vendored files are gone.
ifeq ($(and $(wildcard $(DATA_DIR)/models/*/prepared.json),$(wildcard market/web/static/vendor/.locked)),)
.PHONY: $(VENV)/.prepared
endif
$(VENV)/.prepared: $(VENV)/.installed package-lock.json matching/bundled.py
	$(BIN)/jiebang prepare
	@touch $@
