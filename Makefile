# Genkan's commands. `make` lists them; all of them work on a machine with Python (3.11 to 3.14) and make alone.

PYTHON ?= $(shell sh .ci/find-python)
# Whoever names a Python gets a virtual environment of that one, even if there is one of another already.
THIS_PYTHON := $(if $(filter file,$(origin PYTHON)),,--this-python)
IN := .venv/bin
# Not $(MAKE) in a recipe: make -n would run all that stands with it.
ALONE := $(MAKE) --no-print-directory
# Runs a command with the tests' variables, PostgreSQL and Valkey.
IN_TESTS := $(IN)/python -m tests.environment
# One file for every Python and system, with environment markers, and with the hashes of all of a release's files.
PIN := .genkan/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
# Each a program in bench/ that prints a table
BENCHES := http bad_day operations ingest search summary export
PRODUCTION := SANDBOX=false SAML_IDP_METADATA=https://idp.example.com/metadata

# $(1): arguments for pytest. mypy and the tests take two cores best side by side.
define CHECKS_AND_TESTS
$(ALONE) lint & checks=$$!; \
$(IN)/python -m pytest -n auto --maxprocesses 4 $(1); tests=$$?; \
wait $$checks || { echo "A check has failed: see above, or make lint" >&2; exit 1; }; \
exit $$tests
endef

.PHONY: help demo check test lint bench containers messages iam screenshots lighthouse lock install-sandbox install-dev
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

demo: install-sandbox ## everything on this machine: portal, workers, sandbox AWS and identity provider (PORT=8000, DATA=.genkan)
	@exec $(IN)/python -m sandbox.demo $(if $(PORT),--port $(PORT)) $(if $(DATA),--data "$(DATA)")

check: install-dev ## what to run before a commit: all checks, and the tests that take seconds
	@$(call CHECKS_AND_TESTS,-m "not (browser or crash or demo)")

test: install-dev ## all checks and all tests, side by side
	@$(call CHECKS_AND_TESTS)

lint: install-dev ## style, types, migrations, settings, templates, container files
	$(IN)/ruff check .
	$(IN)/ruff format --check .
	$(IN_TESTS) sh -c "$(IN)/mypy . && $(IN)/python manage.py makemigrations --check --dry-run && \
	  $(PRODUCTION) $(IN)/python manage.py check --deploy --fail-level WARNING"
	$(IN)/cfn-lint infra/cloudformation/*.yaml infra/client-connect-handler/template.yaml
	@if [ -f Dockerfile ]; then echo "hadolint Dockerfile"; $(IN)/hadolint Dockerfile; fi
	@if [ -f docker-compose.yml ]; then $(IN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml; fi
	$(IN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(IN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

bench: install-dev ## what must be fast, each against something known (BENCH=http: only that one; bench/README.md)
	@for name in $(or $(BENCH),$(BENCHES)); do echo "== $$name"; $(IN_TESTS) $(IN)/python -m bench.$$name || exit 1; done

containers: ## build the image and start docker-compose.yml on a Docker engine of its own, as root (infra/engine)
	@$(PYTHON) infra/engine/check.py

messages: install-dev ## read the texts to translate from the sources into locale/ja (needs GNU gettext)
	$(IN_TESTS) $(IN)/python manage.py makemessages -l ja --no-obsolete --no-wrap --add-location file \
	  -i .venv -i .genkan -i sandbox -i tests -i bench

iam: install-dev ## write the IAM policies of infra/cloudformation/portal-roles.yaml as JSON into infra/iam
	$(IN)/python infra/iam/write.py

screenshots: install-dev ## take the pictures in docs/images anew, from a demo of their own (needs Chromium, Japanese fonts)
	$(IN)/python -m tests.browser.screenshots

lighthouse: install-dev ## scores of every page, in an hour on an idle machine (needs Chromium, Node.js; ARGS="--only / --form mobile")
	@$(IN_TESTS) $(IN)/python -m tests.browser.lighthouse $(ARGS)

lock: ## pin what pyproject.toml asks for, with hashes, in requirements*.txt (UPGRADE=1: the newest versions that fit)
	$(PYTHON) -m venv .genkan/lock
	.genkan/lock/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
	$(PIN) --output-file requirements.txt pyproject.toml
	$(PIN) --extra sandbox --output-file requirements-sandbox.txt pyproject.toml
	$(PIN) --group emulator --constraint requirements-sandbox.txt --output-file requirements-emulator.txt
	$(PIN) --extra sandbox --extra dev --output-file requirements-dev.txt pyproject.toml

install-sandbox install-dev: install-%:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Python 3.11〜3.14が見つかりません。DebianやUbuntuでは：apt-get install python3 python3-venv" >&2; \
	  echo "There is no Python 3.11 to 3.14 here. On Debian and Ubuntu: apt-get install python3 python3-venv" >&2; \
	  echo "make PYTHON=/path/to/python …" >&2; \
	  exit 1; fi
	@$(PYTHON) sandbox/demo/install.py $(THIS_PYTHON) requirements-$*.txt
