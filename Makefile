# Verbs of the project; `make` alone lists them. Each makes the environments it needs.
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
# CLOUD_PORT has its default in tools/, which look for a running cloud where none is given.
export PYTHON PORT CLOUD_PORT ENV SAMPLE FILES DATASET EVENT
export SAM_CLI_TELEMETRY := 0

DEV := .venv/.ready
SAM := .venv-sam/.ready
CLOUD := .venv-cloud/.ready
FUZZ := .venv-fuzz/.ready
SCAN := .venv-scan/.ready
BENCH := .venv-bench/.ready
LOAD := .venv-load/.ready
# What comes from the npm registry: built into the page, and used by its tests.
LIBRARIES := ecs/api/page/libraries/.ready
TEST_LIBRARIES := tests/libraries/node_modules/.package-lock.json
# The tools use the same packages as the functions do.
# exec: a signal for make's child has to reach the program itself.
RUN := exec env PYTHONPATH=functions .venv/bin/python -m
# sam build looks for python3.13 on PATH; .venv has it whatever the machine calls its own.
WITH_SAM := PATH="$(CURDIR)/.venv/bin:$(CURDIR)/.venv-sam/bin:$$PATH"
TEMPLATES = $(shell grep -ls '^AWSTemplateFormatVersion' *.yaml */*.yaml */*/*.yaml)

##@ Run it here
.PHONY: run upload check mail invoke start-api
run: $(DEV) $(SAM) $(CLOUD) $(LIBRARIES) ## Start everything on this machine; Ctrl-C stops it (PORT, CLOUD_PORT, SAMPLE)
	@$(RUN) tools.run

upload: $(DEV) ## Put files and the CSV files of folders into the bucket and say what became of each (FILES, DATASET, ENV)
	@$(RUN) tools.upload

check: $(DEV) ## Say what would become of files and folders, with nothing written (FILES, DATASET, ENV)
	@$(RUN) tools.check

mail: $(DEV) ## Print the alerts sent so far in the local cloud, one JSON object a line
	@$(RUN) tools.mail

invoke: $(DEV) $(SAM) ## Run a function in Docker on one of events/*.json (EVENT=put)
	@$(RUN) tools.invoke

start-api: $(DEV) $(SAM) ## Serve the API by its function in Docker, beside make run (API_PORT=3000)
	@$(RUN) tools.start_api

##@ Keep it right
.PHONY: rebuild verify redrive
rebuild: $(DEV) ## Build the table from the bucket alone; can be stopped and started (ENV, FORCE)
	@$(RUN) tools.rebuild

verify: $(DEV) ## Compare the table with the bucket and print every difference (ENV)
	@$(RUN) tools.verify

redrive: $(DEV) ## Put back what ended in the dead-letter queue (ENV)
	@$(RUN) tools.redrive

##@ Check it
.PHONY: test test-browser test-postman test-faults test-docker lint format typecheck validate
test: $(DEV) $(SAM) $(CLOUD) ## Run every test that needs no Docker, no browser and no minutes (ARGS)
	$(RUN) pytest -m "not docker and not faults and not browser and not postman" $(ARGS)

test-browser: $(DEV) $(LIBRARIES) $(TEST_LIBRARIES) ## Run the tests of the page in a Chromium (ARGS)
	$(RUN) pytest -m browser $(ARGS)

test-postman: $(DEV) $(TEST_LIBRARIES) ## Run the Postman collection with newman, on the Node of .venv (ARGS)
	$(RUN) pytest -m postman $(ARGS)

test-faults: $(DEV) $(SAM) $(CLOUD) $(FUZZ) $(SCAN) ## Make every fault happen and see that nothing is lost (ARGS)
	$(RUN) pytest -m faults $(ARGS)

test-docker: $(DEV) $(SAM) $(CLOUD) ## Run the tests that need Docker (ARGS)
	$(RUN) pytest -m docker $(ARGS)

lint: $(DEV) validate ## Look for mistakes and untidiness in code and templates
	$(RUN) ruff check .
	$(RUN) ruff format --check .

format: $(DEV) ## Rewrite the code in the common format
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

typecheck: $(DEV) ## Check the types
	$(RUN) mypy

validate: $(DEV) $(SAM) ## Check the templates
	.venv-sam/bin/cfn-lint $(TEMPLATES)
	$(WITH_SAM) sam validate --lint --region eu-west-1 --template template.yaml

.PHONY: scan audit
scan: $(SCAN) ## Look for weaknesses in templates and Dockerfile (checkov)
	.venv-scan/bin/checkov --config-file .checkov.yaml --file $(TEMPLATES) ecs/Dockerfile

audit: $(DEV) $(SCAN) ## Look what is shipped up among known vulnerabilities (pip-audit; asks the package index)
	@$(RUN) tools.audit

URL ?= http://localhost:5000
USERS ?= 50
SECONDS ?= 60
HEADLESS ?= --headless --only-summary
.PHONY: load
load: $(LOAD) ## Let USERS analysts ask URL for SECONDS (HEADLESS= for a page at localhost:8089)
	.venv-load/bin/locust --locustfile tests/load/locustfile.py --host $(URL) $(HEADLESS) \
	  --web-host 127.0.0.1 --users $(USERS) --spawn-rate 10 --run-time $(SECONDS) $(ARGS)

##@ Deploy it (ENV=dev or ENV=prod)
.PHONY: bootstrap image push deploy destroy
bootstrap: $(DEV) ## Make the registry and the artifacts bucket, once for each ENV
	@$(RUN) tools.bootstrap

image: $(DEV) ## Build the API's image, tagged by commit (BUILD_OPTIONS)
	@$(RUN) tools.image

push: $(DEV) ## Put the commit's image into the registry
	@$(RUN) tools.push

deploy: $(DEV) $(SAM) ## Build and deploy with the commit's image (SET="Name=Value …", IMAGE=none, YES=1)
	@$(RUN) tools.deploy

destroy: $(DEV) ## Remove everything, data and images included, after asking
	@$(RUN) tools.destroy

##@ Measure it
.PHONY: bench
bench: $(DEV) $(SAM) $(BENCH) ## Measure speed beside how it is usually written, in under ten minutes (ONLY)
	@exec env PYTHONPATH=functions:ecs:. .venv-bench/bin/python -m bench

##@ Build it
.PHONY: build libraries postman datasets lock clean
build: $(DEV) $(SAM) datasets ## Build the functions as they are deployed (into .aws-sam)
	$(WITH_SAM) sam build

libraries: $(LIBRARIES) ## Put the page's libraries where `make run` serves them from

postman: $(DEV) ## Derive the Postman collection from the OpenAPI document
	@$(RUN) tools.postman

datasets: $(DEV) ## Check functions/datasets.toml and list what it says
	@$(RUN) tools.datasets

lock: $(DEV) ## Pin what requirements/*.in ask for (UPGRADE=1 takes the newest)
	@tools/lock $(if $(UPGRADE),--upgrade)

clean: ## Remove what was made, environments included
	rm -rf .venv .venv-bench .venv-sam .venv-cloud .venv-scan .venv-load .venv-fuzz .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf ecs/libraries/node_modules ecs/api/page/libraries tests/libraries/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

##@ Help
.PHONY: help
help: ## List the verbs
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(LIBRARIES): ecs/libraries/package-lock.json tools/libraries $(DEV)
	@tools/libraries

$(TEST_LIBRARIES): tests/libraries/package-lock.json $(DEV)
	@tools/npm ci --prefix tests/libraries --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The environments. The stamp is written last, so that an interrupted one is made again.
$(DEV): requirements/dev.txt
$(SAM): requirements/sam.txt
$(CLOUD): requirements/cloud.txt
$(SCAN): requirements/scan.txt
$(BENCH): requirements/bench.txt
$(LOAD): requirements/load.txt
$(FUZZ): requirements/fuzz.txt
$(DEV) $(SAM) $(CLOUD) $(FUZZ) $(SCAN) $(LOAD) $(BENCH):
	@tools/make-env $(@D) $<
