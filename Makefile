# Two commands on a fresh machine: `make run` and `make test`. Python 3.11 or later is all they need.
PYTHON ?= python3
BIN := .venv/bin
.PHONY: env run test lint types check bench kafka kafka-stop postgres postgres-stop lock clean

run: env
	@$(BIN)/minyi run

# Everything that needs no outside service, two files at a time (much of it waits for processes); pytest's summary names what was
# left out and why.
test: env
	$(BIN)/python -m pytest -n 2 --dist loadfile

env: .venv/.installed

.venv/.installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "minyi needs Python 3.11 or later; try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 2; }
	@echo "Setting up .venv (once; a few minutes on a slow network) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r requirements-dev.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: env
	@$(BIN)/minyi check

bench: env
	@$(BIN)/minyi bench

# A real Apache Kafka broker on loopback (needs Java 17 and Maven); `make kafka-stop` ends it.
kafka:
	@scripts/kafka.sh start

kafka-stop:
	@scripts/kafka.sh stop

# A private PostgreSQL server on loopback (needs Debian's postgresql).
postgres:
	@scripts/postgres.sh start

postgres-stop:
	@scripts/postgres.sh stop

# Pin again after a change of pyproject.toml. No index lines, so the files serve behind any mirror.
COMPILE = $(BIN)/pip-compile --quiet --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --strip-extras --generate-hashes --allow-unsafe
lock:
	$(COMPILE) --extra dev -o requirements-dev.lock pyproject.toml
	$(COMPILE) -c requirements-dev.lock -o requirements.lock pyproject.toml

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
