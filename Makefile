# `make demo` and `make test` need Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ORIGINALS := $(VENV)/.originals
DEMO := build/demo
JOBS ?= 2
FUZZ_TIME ?= 1h
FUZZ_SEED ?= $(shell date +%Y%m%d)
TEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile
CODE := specgraph backends cli tests bench examples docs

export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: help demo test test-all nightly lint bench docs clean

help:
	@echo "make demo      build the seed models, prove parity, train one of them"
	@echo "make test      the tests of a change"
	@echo "make test-all  all tests, slow ones included"
	@echo "make nightly   random specs for an hour (FUZZ_TIME=10m), of the day's seed"
	@echo "make lint      ruff and mypy"
	@echo "make bench     what is fast, measured against peers in the same run"
	@echo "make docs      write the generated pages of docs/ anew"

$(READY): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("specgraph needs Python 3.11 or newer: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[all,dev]"
	@$(BIN)/python -m compileall -q specgraph backends cli
	@touch $@

$(ORIGINALS): $(READY) tests/zoo/originals/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[zoo]"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps -r tests/zoo/originals/requirements.txt
	@touch $@

demo: $(READY)
	$(BIN)/specgraph build specs/seed --backend all --out $(DEMO)
	$(BIN)/specgraph parity specs/seed --backends torch,keras,tensorflow
	$(BIN)/python examples/digits.py --out $(DEMO)

test: $(READY)
	$(TEST) -m "not slow"

test-all: $(ORIGINALS)
	$(TEST)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)

nightly: $(READY)
	$(BIN)/specgraph fuzz --backends torch,keras --time $(FUZZ_TIME) --seed $(FUZZ_SEED)

bench: $(READY)
	$(BIN)/python -m bench

docs: $(READY)
	$(BIN)/python -m docs.generate

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
