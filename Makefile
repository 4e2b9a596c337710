# `make run` and `make test` need Python >= 3.11 and make, nothing else. Commands of one's own: `.venv/bin/python manage.py help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links

# Where an environment forbids compiled files, each of some hundred processes would compile the house anew: a third of
# the time that it takes to start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run serve test test-browser test-faults faults check lint types documents lock image

setup: $(READY)

# Everything is laid anew when a lock file changed; the mark is the last thing written, so a broken-off set-up is done again.
$(READY): requirements/boot.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/boot.txt
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

run: setup
	@exec $(BIN)/python manage.py demo $(ARGS)

serve: setup
	@exec $(BIN)/python manage.py serve

test: setup
	@$(BIN)/python -m pytest $(ARGS)

test-browser: setup
	@$(BIN)/python -m pytest tests/browser -m browser -n 0 $(ARGS)

# The long form of two tests: 200 workers killed at random moments, and hundreds of random histories of a market.
test-faults: setup
	@KILLS=200 HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest tests/races/test_kills.py tests/stateful $(ARGS)

# FAULTS faults by a seeded saboteur, an hour for 200, written down in docs/faults.md; SEED repeats a run.
faults: setup
	@$(BIN)/python -m tests.faults

check: lint types

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy backstop accounts auctions manage.py

# docs/openapi.json, docs/errors.md, which operation is refused with what, and the client's types, made from the code.
documents: setup
	@$(BIN)/python -m tests.documents.written

# As root on Debian, with buildah and mmdebstrap; no registry is asked. With one: docker build --file docker/Dockerfile .
image:
	docker/image

lock: setup
	$(LOCK) requirements/boot.in -o requirements/boot.txt
	$(LOCK) requirements/base.in -o requirements/base.txt
	$(LOCK) requirements/embedded.in --constraints requirements/base.txt -o requirements/embedded.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt
