# One command each; every target sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
APT := DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends
DEMO := fixtures/packages/noarch/sources-demo-2.1.0-h5600cae_0.conda
REPORT := cf_sbom/report/built

.PHONY: registries browser peers report-assets test lint types demo bench bench-channel recall goldens docs site clean

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or newer is needed; set PYTHON=..." >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { apt-get update -qq && apt-get install -y -qq python3-venv && rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[docs,test]'
	@$(MAKE) --no-print-directory registries browser peers
	@touch $@

# What the tests of `push` ask another program for; where it cannot be had, they are skipped and say so.
registries:
	@command -v docker-registry >/dev/null && command -v skopeo >/dev/null || { \
		echo "installing docker-registry and skopeo for the tests of push"; \
		{ $(APT) docker-registry skopeo || { apt-get update -qq && $(APT) docker-registry skopeo; }; } >/dev/null 2>&1 \
		|| echo "they cannot be installed here: the tests that need them are skipped" >&2; }

# Checkers and schemas that npm packages carry, beside the environment; where there is no npm, their tests are skipped.
NPM := @cyclonedx/cdxgen@12.8.4 @microsoft/jest-sarif@1.0.0-beta.0
peers:
	@test -d $(VENV)/peers/node_modules || { \
		echo "installing what tests of check ask from npm"; \
		npm install --silent --ignore-scripts --no-audit --no-fund --omit=optional --prefix $(VENV)/peers $(NPM) >/dev/null 2>&1 \
		|| echo "npm packages cannot be installed here: the tests that need them are skipped" >&2; }

# What the tests of `report` look at its page with; without it they are skipped and say so.
browser:
	@command -v chromium >/dev/null || { \
		echo "installing chromium for the tests of report"; \
		{ $(APT) chromium || { apt-get update -qq && $(APT) chromium; }; } >/dev/null 2>&1 \
		|| echo "it cannot be installed here: the tests that need it are skipped" >&2; }

# The script of the report's page, out of its source and the libraries that package-lock.json pins.
report-assets:
	@rm -rf build/report-assets && mkdir -p build/report-assets $(REPORT)
	@cp cf_sbom/report/source/* build/report-assets/
	@cd build/report-assets && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@out=$$(cd $(REPORT) && pwd) && cd build/report-assets && node build.mjs "$$out"

test: lint types
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

demo: $(STAMP)
	@mkdir -p demo
	@$(BIN)/cf-sbom show $(DEMO)
	@echo
	@$(BIN)/cf-sbom generate --output-dir demo $(DEMO)

bench: $(STAMP)
	$(BIN)/python -m benchmarks

bench-channel: $(STAMP)
	$(BIN)/python -m benchmarks.channel

recall: $(STAMP)
	$(BIN)/python -m benchmarks.recall

goldens: $(STAMP)
	$(BIN)/python -m pytest tests/test_golden.py --rewrite-goldens

docs: $(STAMP)
	$(BIN)/python -m docs.generate

# Warnings are errors; tests/test_site.py builds it with these words, too.
site: $(STAMP)
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env -b html docs build/site
	@echo build/site/index.html

clean:
	rm -rf $(VENV) demo build dist
