SHELL := bash
# Two commands: `make report` builds everything and the 2015 report, `make test` shows that it is true.
PYTHON ?= python3
YEARS ?= 2015
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Only the plugins that are named: loading what else is installed takes each process seconds. Three at a time on two
# cores, since many tests wait for a process, each with one thread for linear algebra.
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q --disable-plugin-autoload -n 3 -p xdist.plugin
NBVAL := $(PYTEST) -p tests.nbval_guard -p nbval.plugin --nbval --nbval-current-env --nbval-cell-timeout 1800 --nbval-kernel-startup-timeout 600 -p no:cacheprovider --dist loadfile notebooks

.PHONY: help report test quick browser lint unit nbval portable notebooks lab lock clean

help: ## list the commands
	@grep -E '^[a-zA-Z0-9_-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

report: $(READY) ## build what is needed and reports/2015 (YEARS="2014 2015 2016" for more)
	$(BIN)/taobao-research report $(YEARS)

test: browser lint unit nbval ## everything: ruff, pytest with doctests, nbval on the committed notebooks

# Two at a time, since none of these tests waits for a process.
quick: lint ## in a minute: ruff, doctests, and the tests without a process, a browser or a notebook
	$(PYTEST) -n 2 -p _hypothesis_pytestplugin --dist worksteal -m "not browser and not process and not slow"

# Installed only where a machine of tests lets us (CI=true, as root).
browser: $(READY) ## look for the browser in which the pages are tested
	@$(BIN)/python -c 'from taobao_research.reports.paper import find_browser as find; find()' 2>/dev/null || \
	if [ "$$CI" = true ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	else echo "No Chromium or Chrome is installed: the tests that need a browser will be skipped."; fi

lint: $(READY) ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

unit: $(READY) ## pytest: every test, with the doctests
	@$(BIN)/python -m compileall -q taobao_research # once, and not again in each copy that a test makes
	$(PYTEST) -p _hypothesis_pytestplugin --dist worksteal

nbval: $(READY) ## nbval: execute the committed notebooks and compare what they show
	$(NBVAL)

portable: $(READY) ## the notebooks on emulated machines, each compared with the committed ones (many minutes)
	$(BIN)/python -m tests.portable

notebooks: $(READY) ## execute the committed notebooks again, in place
	$(BIN)/taobao-research notebooks

lab: $(READY) ## open JupyterLab where a reader starts
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/start.ipynb

lock: ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra test --universal --fork-strategy fewest --generate-hashes --python-version 3.11 \
	  --no-header --no-emit-index-url --no-emit-find-links --quiet --upgrade --output-file requirements.lock

clean: ## remove the environment and all reports
	rm -rf $(VENV) reports

# The environment: exactly the locked packages, then the project itself, editable. uv is used where it is found. Of what
# pip says, a line for each package that arrives, and errors.
ARRIVING := awk '/^ *(Downloading|Using cached|Processing) [^ ]*\.(whl|gz|zip)( |$$)/ { \
    sub(/^ *(Downloading|Using cached|Processing) ([^ ]*\/)?/, ""); sub(/ \(from .*/, ""); printf "[%3d] %s\n", ++n, $$0; fflush(); next } \
  /^Installing collected/ { print "Installing all " n; fflush(); next } \
  !/^ *(WARNING: Location|Looking in|Collecting|Requirement already|Ignoring|Attempting|Found existing|Uninstalling|Successfully) / && !/\.metadata( |$$)/ { print; fflush() }'

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3"; exit 2; }
	@echo "Installing about 150 packages (250 MB to download) into $(VENV); this takes one to four minutes."
	@set -o pipefail; if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --clear --python $(PYTHON) $(VENV) && \
	  uv pip install --python $(BIN)/python --require-hashes --requirement requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	else \
	  $(PYTHON) -m venv --clear $(VENV) && \
	  $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes \
	    --requirement requirements.lock 2>&1 | $(ARRIVING) && \
	  $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .; \
	fi
	@echo "Compiling them, so that every later command starts quickly."
	@$(BIN)/python -m compileall -q $(VENV)/lib >/dev/null 2>&1 || true
	@touch $(READY)
