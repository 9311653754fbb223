# make run   the page on http://127.0.0.1:7860        make test   every test
# make check format, lint, types and tests            make bench  every benchmark, as ratios

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
MODULES := node_modules/.installed
NPM := PATH="$(abspath $(BIN)):$$PATH" $(BIN)/npm

.PHONY: run test check lint format types lock sweep bench screenshots clean

run: $(RUN)
	$(BIN)/python app.py

test: $(DEV)
	@$(BIN)/python -m tests.chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

check: lint types test

lint: $(DEV) $(MODULES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(NPM) run --silent lint

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(DEV) $(MODULES)
	$(BIN)/mypy
	$(NPM) run --silent types

# What requirements.txt and requirements-dev.txt need in turn, for every Python and system; what is locked stays as it is,
# but with `make lock UPGRADE=--upgrade`.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)
lock: $(DEV)
	$(LOCK) requirements-dev.txt --output-file requirements-dev.lock
	$(LOCK) requirements.txt --constraint requirements-dev.lock --output-file requirements.lock

sweep: $(DEV)
	$(BIN)/python -m pytest -m sweep

bench: $(DEV)
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

screenshots: $(DEV)
	$(BIN)/python assets/take_screenshots.py

clean:
	rm -rf $(VENV) node_modules .pytest_cache .mypy_cache .ruff_cache

$(RUN): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Python 3.11 to 3.13 is needed; name one, for example: make run PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(DEV): requirements-dev.lock requirements-oracle.txt $(RUN)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-oracle.txt
	@touch $@

# eslint and tsc, by the Node and npm that requirements-dev.txt brings.
$(MODULES): package.json package-lock.json $(DEV)
	$(NPM) ci --silent
	@touch $@
