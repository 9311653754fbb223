# make run   the page on http://127.0.0.1:7860        make test   every test
# make check format, lint, types and tests            make bench  every benchmark, as ratios

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev

.PHONY: run test check lint format types sweep bench screenshots clean

run: $(RUN)
	$(BIN)/python app.py

test: $(DEV)
	@$(BIN)/python -m tests.chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

check: lint types test

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Gradio writes a .pyi file beside a component's file; mypy would read it in place of ours.
types: $(DEV)
	rm -f explorer/ui/*.pyi
	$(BIN)/mypy

sweep: $(DEV)
	$(BIN)/python -m pytest -m sweep

bench: $(DEV)
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

screenshots: $(DEV)
	$(BIN)/python assets/take_screenshots.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

$(RUN): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Python 3.11 to 3.13 is needed; name one, for example: make run PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt requirements-oracle.txt $(RUN)
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-oracle.txt
	@touch $@
