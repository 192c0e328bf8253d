# make lab     sets up .venv, opens JupyterLab on the Explorer    make lab ARGS='--no-browser'
# make test    sets up .venv and a Chromium, runs every check     make test ARGS='-m "not browser"'
# make quick TEST=tests/bell                                      just these tests, to the first that fails
# make test-all                                                   also what takes minutes: builds, real networks
# make dist    makes sdist and wheel in dist/, and tests these two files
# make pins    pins anew what Binder installs
# make docs    the documentation as HTML, in docs/_build
# make findings    trains what the pages say was found, and writes it into them (a quarter of an hour; resumes)
# make lint, make bench, make screenshots, make clean
#
# PYTHON chooses the interpreter (3.11 or newer), VENV the environment's folder.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

BIN := $(VENV)/bin
BIOME := $(VENV)/biome/node_modules/.bin/biome
PIP := $(BIN)/python -m pip --disable-pip-version-check install
TORCH_CPU := https://download.pytorch.org/whl/cpu

# Without its bytecode cache, `import torch` takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: lab test test-all quick lint dist pins docs findings bench screenshots clean

lab: $(VENV)/.lab
	$(BIN)/python -m jupyterlab notebooks/explorer.ipynb $(ARGS)

# Each worker takes one file after the other, in order: the browser's come first, as they take longest.
# pytest comes last, so that its closing line is the last one on the screen.
test: lint
	$(BIN)/python tools/chromium.py
	$(BIN)/python -m pytest --numprocesses=auto --no-loadscope-reorder $(ARGS)

test-all: override ARGS += --long
test-all: test
	$(BIN)/python -m pytest -q --collect-only --record tests > /dev/null

quick: $(VENV)/.test
	$(BIN)/python -m pytest -x -q --no-header -p no:xdist $(TEST) $(ARGS)

lint: $(VENV)/.test
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	@test -x $(BIOME) || npm install --silent --no-audit --no-fund --fetch-retries 0 \
	  --prefix $(VENV)/biome @biomejs/biome@2.6.8 || echo "npm brings no biome: scripts are not linted"
	test ! -x $(BIOME) || $(BIOME) lint --error-on-warnings ncviz

# The tests install just these two files, each in a fresh environment.
dist: $(VENV)/.test
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	NCVIZ_DIST=dist $(BIN)/python -m pytest --long tests/house/test_dist.py $(ARGS)

pins: $(VENV)/.test
	$(BIN)/python tools/binder.py

docs: $(VENV)/.docs
	$(BIN)/python tools/documentation.py $(ARGS)

findings: $(VENV)/.test
	$(BIN)/python tools/findings.py $(ARGS)

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/speed.py $(ARGS)
	$(BIN)/python benchmarks/frames.py
	PYTHONPATH=tools $(BIN)/python benchmarks/behaviors.py
	$(BIN)/python benchmarks/sweeps.py
	$(BIN)/python benchmarks/mechanism.py
	$(BIN)/python tools/chromium.py
	PYTHONPATH=tools $(BIN)/python benchmarks/latency.py
	PYTHONPATH=tools $(BIN)/python benchmarks/dashboard.py

screenshots: $(VENV)/.test
	$(BIN)/python tools/chromium.py
	$(BIN)/python tools/screenshots.py $(ARGS)

clean:
	rm -rf $(VENV) build dist docs/_build test-results .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp is written last, so only where everything before it went well.
$(VENV)/.lab: pyproject.toml constraints.txt
	@test -x $(BIN)/pip || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "ncviz needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
ifeq ($(shell uname -s),Linux)
# Elsewhere on Linux, torch is a CUDA build of several GB. Without the settings of this machine's pip:
# they could send this one request to another index, which offers that build.
	@echo "Installing torch from $(TORCH_CPU)"
	@PIP_CONFIG_FILE=/dev/null PIP_EXTRA_INDEX_URL= PIP_FIND_LINKS= \
	  $(PIP) --quiet --timeout 10 --retries 0 --index-url $(TORCH_CPU) torch 2>/dev/null \
	  || { echo "No answer; installing torch from pip's usual index"; \
	       $(PIP) --constraint constraints.txt torch; }
endif
	$(PIP) --editable .
	touch $@

$(VENV)/.test: $(VENV)/.lab
	$(PIP) --editable '.[test]'
	touch $@

$(VENV)/.docs: $(VENV)/.lab
	$(PIP) --editable '.[docs]'
	touch $@

$(VENV)/.bench: $(VENV)/.lab
	$(PIP) --editable '.[bench,voila]'
	touch $@
