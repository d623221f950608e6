# make demo    a graph of the world's countries and cities, and questions to it
# make test    lint, types and all tests
# Both install what they need into .venv (Python 3.11 or later); a second run finds it there.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STEPS ?= 6500
TRAINING ?=
KILLS ?= 200
NEO4J_KILLS ?= 20

.PHONY: demo test lint format crash train clean
.DELETE_ON_ERROR:

demo: world.kg
	$(BIN)/askgraph ask --graph world.kg --explain < demo.txt || test $$? -eq 3 # some have no answer in this graph

test: lint
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# kills writers at random moments and looks at what they leave
crash: $(VENV)/.run
	$(BIN)/python benchmarks/crash.py --kills $(KILLS)
	$(BIN)/python benchmarks/crash_memory.py --kills $(KILLS)
	$(BIN)/python benchmarks/crash_neo4j.py --kills $(NEO4J_KILLS)

# the weights from scratch; the data that it needs, and how long it takes: docs/training.md
# with a GPU and 16 cores: make train TRAINING="--workers 12"
train: $(VENV)/.run
	$(BIN)/python training/pretrain.py --out runs/base --steps $(STEPS) $(TRAINING)

world.kg: $(VENV)/.run $(wildcard loaders/world*.py)
	rm -f $@ $@-*
	$(BIN)/askgraph demo $@

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "AskGraph needs Python 3.11 or later: make PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
	touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-test.txt
	touch $@

clean:
	rm -rf world.kg world.kg-* build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
