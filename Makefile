# Every task of the project is a target here; `make` lists them. CI calls the same targets.

# The versions are locked for Python 3.11 and newer; 3.11 is the one everything is tried on.
PYTHON ?= $(shell python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo python3 \
	|| command -v python3.11 || echo python3)
BIN := .venv/bin
STAMP := .venv/.installed
LOCK_FLAGS := --universal --python-version 3.11 --generate-hashes --no-config \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet

# Node.js is the machine's, or else the one that comes as a package.
NODE := $(if $(shell command -v node),,.venv/clients/.installed)
WITH_NODE := PATH="$$PATH:$(CURDIR)/.venv/clients/bin"
TYPESCRIPT := clients/typescript

.DEFAULT_GOAL := help
.PHONY: help env lock test check format demo bench simulate adversary conformance openapi clients guides vectors typescript clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 13

env: $(STAMP) ## Make .venv from the lock file (skipped when up to date)

# pip refuses an editable install where hashes are required, so that is a second step, and offline.
$(STAMP): requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	touch $@

lock: ## Write requirements.lock and requirements-dev.lock again (UPGRADE=1 takes the newest releases)
	test -x .venv/lock/bin/uv || { $(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv; }
	.venv/lock/bin/uv pip compile $(LOCK_FLAGS) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock
	.venv/lock/bin/uv pip compile $(LOCK_FLAGS) $(if $(UPGRADE),--upgrade) --extra dev \
		--constraints requirements.lock pyproject.toml -o requirements-dev.lock
	.venv/lock/bin/uv pip compile $(LOCK_FLAGS) $(if $(UPGRADE),--upgrade) clients/tools.in -o clients/tools.lock

# Without the right to install a browser, the tests that need one are skipped and say so.
test: env $(TYPESCRIPT)/node_modules/.installed ## Run all tests; installs Debian's chromium where there is none
	command -v chromium > /dev/null || test "$$(id -u)" != 0 \
		|| { apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium > /dev/null; } \
		|| echo "chromium cannot be installed here: what needs a browser is skipped"
	$(WITH_NODE) $(BIN)/python -m pytest -n 2

check: env ## Lint, format, types, import contracts; openapi.yaml and vectors up to date
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m api.openapi --check
	$(BIN)/python -m tests.vectors.make --check
	$(BIN)/python -m clients.recording --check

format: env ## Put the sources into the project's format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

demo: env ## Run a programme of 30 supporters end to end, count it, and search what the server holds for plaintext
	$(BIN)/python -m demo

bench: env ## Measure against the bare baselines; one JSON object a line
	$(BIN)/python -m bench

simulate: env ## Play SEEDS=200 fresh schedules of everything that goes wrong, then the planted bugs
	$(BIN)/python -m simulation --seeds $(or $(SEEDS),200)

adversary: env ## Let a lying server attack CLIENT="command line", or the reference client
	$(BIN)/python -m adversary --client "$(CLIENT)"

conformance: env $(TYPESCRIPT)/dist/conformance.js ## Ask both implementations all vectors, and what passed in honest ceremonies
	$(WITH_NODE) $(BIN)/python -m conformance "python=$(BIN)/python -m conformance.reference" \
		"typescript=node $(TYPESCRIPT)/dist/conformance.js"

$(TYPESCRIPT)/dist/conformance.js: $(TYPESCRIPT)/node_modules/.installed $(wildcard $(TYPESCRIPT)/src/*.ts $(TYPESCRIPT)/src/*/*.ts) docs/protocol/conformance.json
	cd $(TYPESCRIPT) && $(WITH_NODE) npm run --silent build

openapi: env ## Write openapi.yaml
	$(BIN)/python -m api.openapi

clients: env .venv/clients/.installed ## Generate clients in four languages from openapi.yaml; two meet a real server
	$(BIN)/python -m clients .venv/clients/bin

guides: env ## Record the ceremonies anew into docs/ceremonies
	$(BIN)/python -m clients.recording

.venv/clients/.installed: clients/tools.lock $(STAMP)
	test -x .venv/clients/bin/python || $(PYTHON) -m venv .venv/clients
	.venv/clients/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

typescript: $(TYPESCRIPT)/node_modules/.installed ## Check and build the TypeScript client, and run all vectors through it
	cd $(TYPESCRIPT) && export $(WITH_NODE) && npm run --silent check && npm run --silent build && npm run --silent vectors -- ../../tests/vectors

$(TYPESCRIPT)/node_modules/.installed: $(TYPESCRIPT)/package-lock.json $(NODE)
	cd $(TYPESCRIPT) && $(WITH_NODE) npm ci --no-audit --no-fund --silent
	touch $@

vectors: env ## Write tests/vectors/*.json
	$(BIN)/python -m tests.vectors.make

clean: ## Remove .venv and every cache
	rm -rf build $(TYPESCRIPT)/dist $(TYPESCRIPT)/node_modules clients/rounds/typescript/node_modules
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
