# Each target sets up an environment of its own, .venv/<name>, and again when pyproject.toml changes.
# PYTHON=...  the interpreter for new environments (make clean removes those that exist)
# ARGS=...    more arguments for demo, test, stress, drop-in, pictures, dist, mutation; others for bench:
#             make test ARGS="-k checkpoint", make drop-in ARGS="s3transfer --mode ours"

PYTHON ?= $(shell .ci/pythons venv ensurepip | head -n 1 | cut -f 3)

# The demo and the benchmarks have only what their users have.
installs-demo  := '.[control]'
installs-test  := . --group test
# Newer versions of hypothesis have no wheel for it; the tests of preemption do not need them.
installs-freethreaded := . 'hypothesis>=6.112,<6.113' 'pytest>=9.0' pytest-timeout pytest-xdist \
    jinja2 markdown
installs-check := . --group check
installs-docs := '.[anyio,control,dask,guards,joblib,notebook,opentelemetry,progress,prometheus]' \
    --group docs
installs-dist := . --group dist
installs-mutation := . --group mutation
installs-bench := '.[control]' --group bench
installs-analysis := . --group analysis
installs-programs := . --group programs
installs-pictures := . --group notebook

.PHONY: help dev demo test coverage check docs bench pictures stress analysis drop-in test-freethreaded dist mutation clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-19s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

dev: .venv/test/ready .venv/check/ready ## set up: what test and check need; git runs the checks before a commit
	.venv/check/bin/pre-commit install

demo: .venv/demo/ready ## see all of it in 20 seconds: examples/demo
	.venv/demo/bin/python examples/demo $(ARGS)

test: .venv/test/ready ## run the test suite
	.venv/test/bin/python -m pytest $(ARGS)

# The tests of what is measured, without those that trace by themselves. A tracer makes them slow: one
# that fails here only for that is no matter, `make test` judges them; what counts here is the floor.
coverage-of := $(addprefix tests/,core pausing stopping limits faults seeing thread)

coverage: .venv/test/ready ## say which lines and branches of the lower layers the tests do not come by
	@mkdir -p build
	-.venv/test/bin/python -m pytest --cov --cov-report= $(coverage-of) $(ARGS) \
	    --ignore=tests/core/test_submit_without_the_lock.py --ignore=tests/core/test_imports.py
	.venv/test/bin/python -m coverage report

# pyright would ask PyPI for a newer version each time; for --verifytypes it looks at the first python
# on PATH, whatever --pythonpath says.
check: export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1
check: export PATH := $(CURDIR)/.venv/check/bin:$(PATH)
check: .venv/check/ready ## lint, check the format and the types
	ruff check
	ruff format --check
	mypy src $(wildcard tests/typing)
	mypy --python-version 3.14 $(wildcard src/pausable/interpreters/*.py)
	pyright --verifytypes pausable --ignoreexternal --pythonversion 3.14

# All of it each time: what Sphinx has kept says nothing of the links to what has changed.
docs: .venv/docs/ready ## build the site of the documents in build/docs, strictly
	rm -rf build/docs
	.venv/docs/bin/python -m sphinx -c docs -d build/doctrees -E -W --keep-going -q . build/docs
	@echo "build/docs/index.html"

bench: .venv/bench/ready ## compare with the stdlib and other libraries, on all Pythons; write the page
	.venv/bench/bin/python -m benchmarks $(or $(ARGS),--write --pythons $(shell .ci/pythons | cut -f 3))

# Some are of pages in a browser: chromium must be there.
pictures: .venv/pictures/ready ## make the pictures of the documents anew, from real runs; ARGS="run top"
	.venv/pictures/bin/python -m pictures $(ARGS)

# They take longer than it takes the fault handler to believe that a test hangs.
stress: export PAUSABLE_STRESS = 1
stress: export PAUSABLE_SEED := $(or $(PAUSABLE_SEED),$(shell od -An -N4 -tx1 /dev/urandom | tr -d ' '))
stress: .venv/test/ready ## run the long tests, which `make test` leaves out
	@echo "PAUSABLE_SEED=$$PAUSABLE_SEED"
	.venv/test/bin/python -m pytest -m stress --numprocesses=0 -o faulthandler_timeout=0 $(ARGS)

analysis: export PAUSABLE_ANALYSE = babel django docutils jinja2 networkx pygments sphinx sqlalchemy sympy tornado
analysis: .venv/analysis/ready ## analyse all code of the stdlib and of ten large packages
	.venv/analysis/bin/python -m pytest -m stress --numprocesses=0 -o faulthandler_timeout=0 \
	    tests/preempt/test_stdlib_analysis.py $(ARGS)

drop-in: .venv/test/ready ## run the tests of real projects with the stdlib's pool and with ours
	.venv/test/bin/python -m drop_in $(ARGS)

programs: .venv/programs/ready ## run real programs under `pausable run`, paused by the command line
	.venv/programs/bin/python -m pytest --numprocesses=2 tests/launch/test_real_programs.py $(ARGS)

# A free-threaded CPython: the one that is given, or one that is built once, in some minutes, where
# the script for it is at hand.
FREETHREADED ?= $(CURDIR)/.venv/python3.13t/bin/python3.13t
get-freethreaded := ../shared/tools/get_313t.sh

# One test at a time: their threads are many, and busy.
test-freethreaded: ## test forms, deadlocks and stops on a free-threaded CPython, FREETHREADED=...
	@if [ ! -x "$(FREETHREADED)" ] && [ -e $(get-freethreaded) ]; then \
	    mkdir -p .venv && echo "building $(FREETHREADED), for some minutes" && \
	    bash $(get-freethreaded) "$(CURDIR)/.venv/python3.13t" >.venv/python3.13t.log 2>&1; \
	fi; \
	if [ -x "$(FREETHREADED)" ]; then \
	    $(MAKE) --no-print-directory .venv/freethreaded/ready PYTHON="$(FREETHREADED)" && \
	    PYTHON_GIL=0 .venv/freethreaded/bin/python -m pytest --numprocesses=0 -o faulthandler_timeout=0 \
	        $(or $(ARGS),$(addprefix tests/preempt/test_,engine.py forms.py deadlock.py stops.py)); \
	else \
	    echo "skipped: no free-threaded CPython; make test-freethreaded FREETHREADED=..."; \
	fi

dist: .venv/dist/ready ## build wheel and sdist, check them, and try both on each Python
	.venv/dist/bin/python -m release $(ARGS)

mutation: .venv/mutation/ready ## count how many small faults in the core the tests notice; takes hours
	.venv/mutation/bin/python -m mutation $(ARGS)

clean: ## remove the environments and all that was built
	rm -rf .venv .venv-ci build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip is upgraded because the one that comes with Python 3.11 to 3.13 does not know --group.
.venv/demo/ready .venv/test/ready .venv/check/ready .venv/docs/ready .venv/bench/ready .venv/analysis/ready .venv/programs/ready .venv/pictures/ready .venv/dist/ready .venv/mutation/ready .venv/freethreaded/ready: .venv/%/ready: pyproject.toml
	@test -x .venv/$*/bin/python || { \
	    python="$(PYTHON)"; \
	    test -n "$$python" || { echo "no CPython 3.11 or newer with venv and ensurepip found: make PYTHON=..." >&2; exit 1; }; \
	    echo "$$python -m venv .venv/$*"; \
	    "$$python" -m venv .venv/$*; }
	.venv/$*/bin/python -m pip install --quiet --upgrade pip
	.venv/$*/bin/python -m pip install --quiet --editable $(installs-$*)
	@touch $@
