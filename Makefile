# One chore, one command. Everything here needs Python 3.11+ (with venv) and make, nothing else.
# Set-up speaks on stderr and recipes are silent: stdout holds only the program's own output.

ifeq ($(filter oneshell,$(.FEATURES)),)
$(error GNU make 3.82 or newer is needed; on macOS: brew install make, then use gmake)
endif

UV_VERSION := 0.13.9
PYTHON ?=
ARGS ?=
SECONDS ?= 60

# Containers set it to stay small. Here an interpreter that starts, and hundreds do in the tests,
# would compile every library anew: two thirds of the time until it works.
unexport PYTHONDONTWRITEBYTECODE

installed := .venv/.installed

# What `make check` runs, in order; all of them run, so that one failure does not hide another.
checks := "ruff check" "ruff format --check" "pyrefly check" "lint-imports"

.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -ec
.SILENT:
.DELETE_ON_ERROR:
.PHONY: help setup web demo test browse check translations bench screenshots docs stress chaos fuzz oracle thorough

help:
	cat <<'TEXT'
	make setup    install everything into .venv, from the lock (the other targets do it for you)
	make web      build the console's browser part (demo and test do it for you)
	make demo     show conversations being routed; ARGS="--conversations 200 --exit" ends by itself
	make test     run the tests; ARGS="-k sdk" and the like go to pytest
	make thorough  the tests that make test leaves out: rare ways, and one more of a kind
	make browse   only those tests that look at the console in a real browser
	make check    linter (docstrings too), formatter, types, import contracts
	make translations  collect what the console says into its catalogues; what is not translated fails
	make bench    measure speed and size beside a bare server and other engines; ARGS=--json ends with one JSON object
	make screenshots  every page of the console into docs/screenshots, light and dark, wide and narrow
	make docs     write the reference from the code's tables and build the site into build/site, strictly
	make stress   two servers on one PostgreSQL, eight agents, 50,000 conversations
	make chaos    faults, kills and restarts for a while; ARGS="--seconds 40 --json"
	make oracle   ten times the random policy sets against the slow evaluator
	make fuzz     look for inputs that break a promise; SECONDS=60 for each target

	PYTHON=/path/to/python3.12 chooses the interpreter for a new .venv.
	TEXT

setup: $(installed)

$(installed): uv.lock pyproject.toml
	exec >&2
	if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
	    python=
	    for candidate in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do
	        if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
	            python=$$candidate
	            break
	        fi
	    done
	    if [ -z "$$python" ]; then
	        echo "Python 3.11 or newer is needed$(if $(PYTHON), and $(PYTHON) is not that)."
	        echo "On Debian and Ubuntu: apt install python3 python3-venv; or: make setup PYTHON=/path/to/python3"
	        exit 1
	    fi
	    if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then
	        package=$$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
	        echo "$$python cannot make virtual environments. On Debian and Ubuntu: apt install $$package"
	        exit 1
	    fi
	    "$$python" -m venv --clear .venv
	fi
	# --disable-pip-version-check: its notice is about a pip that is used for this one line.
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
	    "uv==$(UV_VERSION)"
	UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv \
	    .venv/bin/uv sync --frozen --quiet --python .venv/bin/python
	touch $@

# Built when something of it is newer; without Node.js or the registry everything but pages works.
built := src/orchestrator/doors/console/static/.built

# For what goes on without it: the console then says what is missing.
define web_or_word
$(MAKE) --no-print-directory web || echo "The console's browser part could not be built: its pages come without looks." >&2
endef

web: $(built)

$(built): $(installed) web/package-lock.json web/build.py web/build.mjs $(shell find web/src -type f)
	.venv/bin/python web/build.py >&2
	touch $@

demo: setup
	$(web_or_word)
	.venv/bin/orchestrator demo $(ARGS)

# A file stays with one worker, so that what its tests share, a server or a browser, starts once.
# The order of folders stays too: many small files at the end leave no worker without work.
# Tests wait for sockets a quarter of their time, so there is one worker more than processors.
# Without Chromium the tests in tests/browser are skipped, and say which command installs it.
test: setup
	$(web_or_word)
	processors=$$(getconf _NPROCESSORS_ONLN)
	export PYTEST_XDIST_AUTO_NUM_WORKERS="$${PYTEST_XDIST_AUTO_NUM_WORKERS:-$$((processors + 1))}"
	.venv/bin/pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

browse: setup web
	.venv/bin/pytest tests/browser -m "" $(ARGS)

# What would make `make test` too long for two cores; before a release, and after changes nearby.
thorough: setup
	$(web_or_word)
	.venv/bin/pytest -n auto --dist loadfile -m thorough $(ARGS)

check: setup
	failed=
	for step in $(checks); do
	    echo "-- $$step"
	    .venv/bin/$$step || failed="$$failed, $$step"
	done
	if [ -n "$$failed" ]; then
	    echo "failed: $${failed#, }"
	    exit 1
	fi

# Run it after every change of words, and after a merge; CONTRIBUTING.md says what translators do.
translations: setup
	PYTHONPATH=tests .venv/bin/python -m translating

# The engines to compare with are a group of their own; what else is installed stays.
bench: setup
	UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv \
	    .venv/bin/uv sync --frozen --quiet --inexact --group engines --python .venv/bin/python >&2
	PYTHONPATH=tests .venv/bin/python -m bench $(ARGS)

screenshots: setup web
	PYTHONPATH=tests .venv/bin/python -m screenshots $(ARGS)

# Its tools are a group of their own; what else is installed stays. Links and anchors are checked.
# Where a change is judged, a stale page is an error instead of being written anew.
docs: setup
	UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv \
	    .venv/bin/uv sync --frozen --quiet --inexact --group docs --python .venv/bin/python >&2
	PYTHONPATH=tests .venv/bin/python -m handbook $(if $(CI),--check)
	.venv/bin/zensical build --strict --clean

stress: setup
	PYTHONPATH=tests .venv/bin/python -m stress $(ARGS)

chaos: setup
	PYTHONPATH=tests .venv/bin/python -m chaos $(ARGS)

oracle: setup
	ORACLE_TIMES=10 .venv/bin/pytest -n auto --timeout=1800 \
	    $$(grep -rl amount.TIMES tests/unit) $(ARGS)

# What is found grows in .fuzz between runs; an input that breaks a promise is kept there too.
# Where atheris has no wheel, the search goes on without its guidance.
fuzz: setup
	exec >&2
	UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv \
	    .venv/bin/uv sync --frozen --quiet --group fuzz --python .venv/bin/python
	PYTHONPATH=tests .venv/bin/python -m fuzz.seeking .fuzz $(SECONDS) $(ARGS)
