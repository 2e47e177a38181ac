# make demo: an environment, simulated data, a mosaic and its picture.   make test: the test suite.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help env demo report view test test-faults fuzz oracle test-browser test-cluster test-products calibrate bench bench-tiny lint format ci lock docs clean

help:
	@echo "make env    the environment alone, in $(VENV); with CLOUD=1 for members at s3:// URLs, too"
	@echo "make demo   a simulated association through the whole workflow, one to three minutes"
	@echo "make report one HTML page of pictures and tables of the demo, or with CONFIG=my.yaml of your run"
	@echo "make view   the mosaics in the browser, of the demo or with CONFIG=my.yaml"
	@echo "make test   lint and tests"
	@echo "make test-faults  bad input, killed runs, full disks, hostile names: about five minutes"
	@echo "make fuzz   damaged files for an hour or so: make fuzz CASES=100000"
	@echo "make oracle comparison with romancal, in an environment of its own"
	@echo "make test-cluster   runs on a throw-away Slurm, on Debian as root; make test-products: fifty products"
	@echo "make calibrate      what jobs of full frames ask Slurm for, and what they use"
	@echo "make bench  time and memory beside romancal on full frames: hours; make bench-tiny to see that it runs"
	@echo "make ci     what CI runs: make test and all that follows it"
	@echo "make lock   renew the locked package versions"
	@echo "make docs   renew the tables of README.md, config/README.md and workflow/docs/cluster.md"

env: $(VENV)/installed $(if $(CLOUD),$(VENV)/cloud-installed)

$(VENV)/installed: envs/requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11, 3.12 or 3.13 is needed: make env PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r envs/requirements.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/cloud-installed: $(VENV)/installed envs/cloud.txt
	$(PIP) install --require-hashes -r envs/cloud.txt
	touch $@

# Snakemake imports all plugins that it finds whenever it starts: only tests of S3 are to wait for that one.
$(VENV)/tests-installed: $(VENV)/installed envs/tests.txt envs/cloud.txt
	$(PIP) install --require-hashes -r envs/tests.txt
	$(PIP) install --require-hashes --no-deps --upgrade --target $(VENV)/plugins -r envs/cloud.txt
	touch $@

demo: env
	$(BIN)/snakemake --cores all
	@echo
	@echo "The mosaic:      results/demo_f158/demo_f158_i2d.asdf"
	@echo "Its picture:     results/demo_f158/demo_f158_i2d.png"

# Of the demo, or of your own run: make report CONFIG=my.yaml
RUN := --cores all $(if $(CONFIG),--configfile $(CONFIG))
RESULTS = $(shell $(BIN)/python -m wfimosaic.workflow.results_folder $(CONFIG))

report: env
	$(BIN)/snakemake report $(RUN)
	$(BIN)/snakemake report --report $(RESULTS)/report.html --report-stylesheet workflow/report/report.css $(RUN)
	@echo "The report:      $(RESULTS)/report.html"

view: env
	$(BIN)/snakemake hips $(RUN)
	$(BIN)/wfimosaic view $(RESULTS)

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/workflow tests/unit

# Mounting small disks needs root; without it those tests are skipped by name.
test-faults: $(VENV)/tests-installed
	$(BIN)/python -m pytest -n 2 tests/faults

CASES ?= 20000
fuzz: $(VENV)/tests-installed
	WFIMOSAIC_FUZZ=$(CASES) $(BIN)/python -m pytest -n 2 tests/faults/test_fuzz.py -k refused_or_read_right

# Debian's Chromium and npm's playwright-core; where they cannot be had the tests are skipped by name.
test-browser: $(VENV)/tests-installed
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; } >/dev/null || true
	cd tests/browser && npm ci --no-audit --no-fund --silent || true
	$(BIN)/python -m pytest tests/browser

# Slurm is stopped by the tests themselves, and here in case that they were killed. Its configuration goes with it:
# snakemake would look for its controller, for ten seconds each time.
SLURM := bash tests/cluster/slurm-local.sh
IN_SLURM = $(BIN)/python -m pytest $(1); status=$$?; $(SLURM) purge; exit $$status

test-cluster: $(VENV)/tests-installed
	$(call IN_SLURM,tests/cluster)

test-products: $(VENV)/tests-installed
	export PRODUCTS=50; $(call IN_SLURM,-s tests/cluster/test_products.py)

calibrate: $(VENV)/tests-installed
	$(call IN_SLURM,-s tests/cluster/full_frames.py)

lint: $(VENV)/tests-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check workflow
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/snakemake --lint

format: $(VENV)/tests-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt workflow

ci: test test-faults oracle test-browser bench-tiny test-cluster

oracle: $(VENV)/tests-installed $(VENV)-oracle/installed
	$(BIN)/python -m pytest tests/oracle

# On an idle machine. Of some cases only: make bench BENCH='--case "8 frames"'
bench: $(VENV)/tests-installed $(VENV)-oracle/installed
	$(BIN)/python tests/bench/bench.py $(BENCH)

bench-tiny: $(VENV)/tests-installed $(VENV)-oracle/installed
	$(BIN)/python tests/bench/bench.py --tiny --repeat 1

$(VENV)-oracle/installed: tests/oracle/requirements.txt
	$(PYTHON) -m venv $(VENV)-oracle
	$(VENV)-oracle/bin/pip install --quiet -r tests/oracle/requirements.txt
	touch $@

# Of every package there must be a wheel for every Python; connection-pool, which is nothing but Python, has none at all.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet pip-tools
	for name in requirements cloud tests; do \
	  $(VENV)-lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header \
	    --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	    --output-file envs/$$name.txt envs/$$name.in || exit 1; done
	for version in 3.11 3.12 3.13; do \
	  $(VENV)-lock/bin/pip install --quiet --dry-run --ignore-installed --no-deps --target $(VENV)-lock/none \
	    --python-version $$version --only-binary :all: --no-binary connection-pool --require-hashes \
	    -r envs/requirements.txt -r envs/cloud.txt || exit 1; done

docs: env
	{ sed '/^## general/,$$d' config/README.md; $(BIN)/wfimosaic options --markdown; } > config/README.new
	mv config/README.new config/README.md
	$(BIN)/python -m wfimosaic.workflow.sizing_table workflow/docs/cluster.md
	$(BIN)/python -m wfimosaic.workflow.rerun_table README.md

clean:
	rm -rf $(VENV) $(VENV)-lock $(VENV)-oracle .snakemake results/*
