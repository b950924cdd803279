# Two commands matter: `make demo` and `make test`. Each installs what it needs first.
# PYTHON=... names an interpreter; RINGFENCE_DATA, RINGFENCE_PORT and DEMO_PORT move the demo.
export RINGFENCE_DATA ?= $(CURDIR)/.ringfence

.PHONY: demo demo-reset web types test test-long bench lint lock schema audit clean

demo: ## everything on this machine: database, server, demo partner, scripted model
	@tools/bootstrap runtime
	@tools/bootstrap web
	@exec .venv/bin/ringfence demo

demo-reset: ## the same, from an empty data directory
	@tools/bootstrap runtime
	@tools/bootstrap web
	@exec .venv/bin/ringfence demo --reset

web: ## the widget, built into src/ringfence/features/embed/static
	@tools/bootstrap web

types: ## the API's shapes in TypeScript and Python, from its description
	@tools/bootstrap dev
	@tools/web types
	@exec .venv/bin/python -m tools.sdk

test: ## everything that CI runs
	@tools/bootstrap dev
	@tools/bootstrap web
	@exec .venv/bin/python tools/check.py --tests

test-long: ## the tests that take minutes: kills, races, a second Postgres
	@tools/bootstrap dev
	@exec .venv/bin/python -m tools.long

lint: ## the checks of `make test` without its tests
	@tools/bootstrap dev
	@tools/bootstrap web
	@exec .venv/bin/python tools/check.py

bench: ## figures against the floor, in interleaved rounds
	@tools/bootstrap dev
	@tools/bootstrap bench
	@exec .venv/bin/python -m bench

lock: ## the newest versions that fit, pinned by hash, for Python 3.11 and later (needs uv)
	@tools/lock

schema: ## the dump of all migrations, which a test holds against the database
	@tools/bootstrap dev
	@exec .venv/bin/python -m tools.schema

audit: ## known vulnerabilities in what is pinned
	@tools/bootstrap dev
	@exec .venv/bin/python -m pip_audit --strict --require-hashes --disable-pip --requirement requirements/dev.txt

clean: ## removes environments and caches; the demo's data stays
	rm -rf .venv .venv-bench .venv-node .web.lock .web.log web/node_modules tests/agui/clients/node_modules src/ringfence/features/embed/static .ruff_cache .hypothesis .import_linter_cache .schemathesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
