# Targets of the project; `make` lists them. Each creates the environments it needs.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?=
PORT ?= 5000
ENV ?= local
SAMPLE ?= events/temperatura_1.csv
FILES ?=
DATASET ?=
EVENT ?= put
# CLOUD_PORT has no default here: without it the tools look up the running cloud.
export PYTHON PORT CLOUD_PORT ENV SAMPLE FILES DATASET EVENT
export SAM_CLI_TELEMETRY := 0

DEV := .venv/.ready
SAM := .venv-sam/.ready
CLOUD := .venv-cloud/.ready
FUZZ := .venv-fuzz/.ready
PARITY := .venv-parity/.ready
SCAN := .venv-scan/.ready
BENCH := .venv-bench/.ready
LOAD := .venv-load/.ready
# Packages from the npm registry, of the page and of its tests.
LIBRARIES := functions/page/libraries/.ready
TEST_LIBRARIES := tests/libraries/node_modules/.package-lock.json
# exec: signals to make's child must reach the program itself.
RUN := exec env PYTHONPATH=functions .venv/bin/python -m
# sam build needs python3.13 on PATH, which .venv has.
WITH_SAM := PATH="$(CURDIR)/.venv/bin:$(CURDIR)/.venv-sam/bin:$$PATH"
TEMPLATES = $(shell grep -ls '^AWSTemplateFormatVersion' *.yaml */*.yaml */*/*.yaml)

##@ Run locally
.PHONY: run upload check mail invoke start-api
run: $(DEV) $(SAM) $(CLOUD) $(LIBRARIES) ## Start everything on this machine; Ctrl-C stops it (PORT, CLOUD_PORT, SAMPLE)
	@$(RUN) tools.run

upload: $(DEV) ## Upload files and folders and print their receipts (FILES, DATASET, ENV)
	@$(RUN) tools.upload

check: $(DEV) ## Print the receipts that files and folders would get, without uploading (FILES, DATASET, ENV)
	@$(RUN) tools.check

mail: $(DEV) ## Print the alerts sent in the local cloud, one JSON object per line
	@$(RUN) tools.mail

invoke: $(DEV) $(SAM) ## Run a function in Docker on one of events/*.json (EVENT=put)
	@$(RUN) tools.invoke

start-api: $(DEV) $(SAM) ## Serve the API by its function in Docker, while make run runs (API_PORT=3000)
	@$(RUN) tools.start_api

##@ Maintain
.PHONY: rebuild verify redrive
rebuild: $(DEV) ## Rebuild the table from the bucket; can be interrupted and restarted (ENV, FORCE)
	@$(RUN) tools.rebuild

verify: $(DEV) ## Compare the table with the bucket and print every difference (ENV)
	@$(RUN) tools.verify

redrive: $(DEV) ## Move messages of the dead-letter queue back (ENV)
	@$(RUN) tools.redrive

##@ Test and check
.PHONY: test test-parity test-browser test-postman test-faults test-docker lint format typecheck validate
test: $(DEV) $(SAM) $(CLOUD) ## Run the fast tests, without Docker and browser (ARGS)
	$(RUN) pytest -m "not docker and not faults and not browser and not postman" $(ARGS)

test-parity: $(DEV) $(PARITY) ## Compare the quality tests with those of ioos_qc (ARGS)
	$(RUN) pytest tests/parity $(ARGS)

test-browser: $(DEV) $(LIBRARIES) $(TEST_LIBRARIES) ## Run the tests of the page in Chromium (ARGS)
	$(RUN) pytest -m browser $(ARGS)

test-postman: $(DEV) $(TEST_LIBRARIES) ## Run the Postman collection with newman (ARGS)
	$(RUN) pytest -m postman $(ARGS)

test-faults: $(DEV) $(SAM) $(CLOUD) $(FUZZ) ## Run the tests of faults and recovery, which take minutes (ARGS)
	$(RUN) pytest -m faults $(ARGS)

test-docker: $(DEV) $(SAM) $(CLOUD) ## Run the tests that need Docker (ARGS)
	$(RUN) pytest -m docker $(ARGS)

lint: $(DEV) validate ## Lint code and templates (ruff, cfn-lint)
	$(RUN) ruff check .
	$(RUN) ruff format --check .

format: $(DEV) ## Format the code
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

typecheck: $(DEV) ## Check the types (mypy)
	$(RUN) mypy

validate: $(DEV) $(SAM) ## Check the templates
	.venv-sam/bin/cfn-lint $(TEMPLATES)
	$(WITH_SAM) sam validate --lint --region eu-west-1 --template template.yaml

.PHONY: scan audit
scan: $(SCAN) ## Check templates and Dockerfile for security problems (checkov)
	.venv-scan/bin/checkov --config-file .checkov.yaml --file $(TEMPLATES) ecs/Dockerfile

audit: $(SCAN) ## Check shipped packages for known vulnerabilities (pip-audit; needs the internet)
	@tools/audit

URL ?= http://localhost:5000
USERS ?= 50
SECONDS ?= 60
HEADLESS ?= --headless --only-summary
.PHONY: load
load: $(LOAD) ## Load-test URL with USERS users for SECONDS (HEADLESS= for a page at localhost:8089)
	.venv-load/bin/locust --locustfile tests/load/locustfile.py --host $(URL) $(HEADLESS) \
	  --web-host 127.0.0.1 --users $(USERS) --spawn-rate 10 --run-time $(SECONDS) $(ARGS)

##@ Deploy (ENV=dev or ENV=prod)
.PHONY: bootstrap image push deploy destroy
bootstrap: $(DEV) ## Create the image registry and the artifacts bucket, once for each ENV
	@$(RUN) tools.bootstrap

image: $(DEV) ## Build the API's image, tagged by commit (BUILD_OPTIONS)
	@$(RUN) tools.image

push: $(DEV) ## Push the commit's image to the registry
	@$(RUN) tools.push

deploy: $(DEV) $(SAM) $(LIBRARIES) ## Build and deploy with the commit's image (SET="Name=Value …", IMAGE=none, YES=1)
	@$(RUN) tools.deploy

destroy: $(DEV) ## Remove everything, including data and images, after a confirmation
	@$(RUN) tools.destroy

##@ Measure
.PHONY: bench
bench: $(DEV) $(SAM) $(BENCH) ## Compare the speed with common implementations, in under ten minutes (ONLY)
	@exec env PYTHONPATH=functions:ecs:. .venv-bench/bin/python -m bench

##@ Build
.PHONY: build libraries postman tables quality datasets lock clean
build: $(DEV) $(SAM) $(LIBRARIES) datasets ## Build the functions into .aws-sam
	$(WITH_SAM) sam build

libraries: $(LIBRARIES) ## Install the page's JavaScript libraries

tables: $(DEV) ## Generate the tables of docs/ from the code
	@$(RUN) tools.tables

quality: $(DEV) ## Measure what the quality tests catch, for docs/quality.md
	@$(RUN) tools.quality

postman: $(DEV) ## Generate the Postman collection from the OpenAPI document
	@$(RUN) tools.postman

datasets: $(DEV) ## Check functions/datasets.toml and list the datasets
	@$(RUN) tools.datasets

lock: $(DEV) ## Pin the requirements (UPGRADE=1 for the newest versions)
	@tools/lock $(if $(UPGRADE),--upgrade)

clean: ## Remove all build results and environments
	rm -rf .venv .venv-bench .venv-sam .venv-cloud .venv-scan .venv-load .venv-fuzz .venv-parity .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf ecs/libraries/node_modules functions/page/libraries tests/libraries/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

##@ Help
.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(LIBRARIES): ecs/libraries/package-lock.json tools/libraries $(DEV)
	@tools/libraries

$(TEST_LIBRARIES): tests/libraries/package-lock.json $(DEV)
	@tools/npm ci --prefix tests/libraries --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The environments. .ready is written last, so that an interrupted one is created again.
$(DEV): requirements/dev.txt
$(SAM): requirements/sam.txt
$(CLOUD): requirements/cloud.txt
$(SCAN): requirements/scan.txt
$(BENCH): requirements/bench.txt
$(LOAD): requirements/load.txt
$(FUZZ): requirements/fuzz.txt
$(PARITY): requirements/parity.txt
$(DEV) $(SAM) $(CLOUD) $(FUZZ) $(PARITY) $(SCAN) $(LOAD) $(BENCH):
	@tools/make-env $(@D) $<
