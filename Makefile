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
export PYTHON
export SAM_CLI_TELEMETRY := 0

UV := .venv-uv/.ready
# The command line's packages are a part of the development packages in the same environment.
COMMANDS := .venv/.commands
DEV := .venv/.ready
NODE := .venv-node/.ready
SAM := .venv-sam/.ready
CLOUD := .venv-cloud/.ready
FUZZ := .venv-fuzz/.ready
PARITY := .venv-parity/.ready
CLIENTS := .venv-clients/.ready
SCAN := .venv-scan/.ready
BENCH := .venv-bench/.ready
LOAD := .venv-load/.ready
# Packages from the npm registry, of the page and of its tests.
LIBRARIES := functions/page/libraries/.ready
TEST_LIBRARIES := tests/libraries/node_modules/.package-lock.json
# exec: signals to make's child must reach the program itself.
RUN := exec env PYTHONPATH=functions .venv/bin/python -m
# exec: as above.
CLI := exec ./aquasense
ON_PORT = $(if $(CLOUD_PORT),--cloud-port $(CLOUD_PORT))
ON = --env $(ENV) $(ON_PORT)
OF_DATASET = $(if $(DATASET),--dataset $(DATASET))
# sam build needs python3.13 on PATH, which .venv has.
WITH_SAM := PATH="$(CURDIR)/.venv/bin:$(CURDIR)/.venv-sam/bin:$$PATH"
TEMPLATES = $(shell grep -ls '^AWSTemplateFormatVersion' *.yaml */*.yaml */*/*.yaml)

##@ Run locally
.PHONY: run upload check mail invoke start-api
run: ## Start everything on this machine; Ctrl-C stops it (PORT, CLOUD_PORT, SAMPLE)
	@$(CLI) run --port $(PORT) $(ON_PORT) --sample "$(or $(SAMPLE),none)"

upload: ## Upload files and folders and print their receipts (FILES, DATASET, ENV)
	@$(CLI) upload $(OF_DATASET) $(ON) $(FILES)

check: ## Print the receipts that files and folders would get, without uploading (FILES, DATASET, ENV)
	@$(CLI) check $(OF_DATASET) $(ON) $(FILES)

mail: ## Print the alerts sent in the local cloud, one JSON object per line
	@$(CLI) mail $(ON)

invoke: ## Run a function in Docker on one of events/*.json (EVENT=put)
	@$(CLI) invoke $(ON_PORT) $(EVENT)

start-api: ## Serve the API by its function in Docker, while make run runs (API_PORT=3000)
	@$(CLI) start-api $(ON_PORT) $(if $(API_PORT),--port $(API_PORT))

##@ Maintain
.PHONY: rebuild verify redrive
rebuild: ## Make the table agree with the bucket; can be interrupted and restarted (ENV, YES)
	@$(CLI) rebuild $(ON) $(if $(YES),--yes)

verify: ## Compare the table with the bucket and print every difference (ENV)
	@$(CLI) verify $(ON)

redrive: ## Move messages of the dead-letter queue back (ENV)
	@$(CLI) redrive $(ON)

##@ Test and check
.PHONY: unit test test-parity test-clients test-browser test-postman test-faults test-docker lint format typecheck validate
# One worker for each core; ARGS="-n 0" runs everything in one process.
PARALLEL := -n auto --dist loadscope --no-loadscope-reorder
# Tests with an emulated cloud wait for a third of their time: one more worker than cores.
WAITING = $(PARALLEL) -n $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
unit: $(DEV) $(LIBRARIES) ## Run the unit and compatibility tests with fewer random examples (ARGS)
	$(RUN) pytest $(PARALLEL) --hypothesis-profile quick tests/unit tests/compatibility $(ARGS)

test: $(DEV) $(SAM) $(CLOUD) $(LIBRARIES) ## Run the fast tests, without Docker and browser (ARGS)
	$(RUN) pytest $(WAITING) -m "not docker and not faults and not browser and not postman" $(ARGS)

test-parity: $(DEV) $(PARITY) ## Compare quality tests and trend with kept packages (ARGS)
	$(RUN) pytest tests/parity $(ARGS)

test-clients: $(DEV) $(CLOUD) $(CLIENTS) ## Ask the API with erddapy, and check its NetCDF files (ARGS)
	$(RUN) pytest tests/clients $(ARGS)

test-browser: $(DEV) $(CLOUD) $(LIBRARIES) $(TEST_LIBRARIES) ## Run the tests of the page in Chromium (ARGS)
	$(RUN) pytest -n auto --dist worksteal -m browser $(ARGS)

test-postman: $(DEV) $(CLOUD) $(LIBRARIES) $(TEST_LIBRARIES) ## Run the Postman collection with newman (ARGS)
	$(RUN) pytest -m postman $(ARGS)

test-faults: $(DEV) $(SAM) $(CLOUD) $(FUZZ) $(LIBRARIES) ## Run the tests of faults and recovery, which take minutes (ARGS)
	$(RUN) pytest $(WAITING) -m faults $(ARGS)

test-docker: $(DEV) $(SAM) $(CLOUD) $(LIBRARIES) ## Run the tests that need Docker (ARGS)
	$(RUN) pytest -m docker $(ARGS)

lint: $(DEV) validate ## Lint code, templates and workflows (ruff, cfn-lint, zizmor)
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	.venv-sam/bin/zizmor --offline --quiet .github/workflows

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
bootstrap: ## Create the image registry and the artifacts bucket, once for each ENV
	@$(CLI) bootstrap --env $(ENV)

image: ## Build the API's image, tagged by commit (BUILD_OPTIONS)
	@$(CLI) image $(foreach option,$(BUILD_OPTIONS),--build-option=$(option))

push: ## Push the commit's image to the registry
	@$(CLI) push --env $(ENV)

deploy: $(LIBRARIES) ## Build and deploy with the commit's image (SET="Name=Value …", IMAGE=none, YES=1, DRY_RUN=1)
	@set --; for pair in $(SET); do set -- "$$@" --set "$$pair"; done; \
	  $(CLI) deploy --env $(ENV) $(if $(IMAGE),--image $(IMAGE)) \
	  $(if $(CPU_ARCHITECTURE),--architecture $(CPU_ARCHITECTURE)) $(if $(YES),--yes) \
	  $(if $(DIGEST),--digest $(DIGEST)) $(if $(DRY_RUN),--dry-run) "$$@"

destroy: ## Remove everything, including data and images, after a confirmation
	@$(CLI) destroy --env $(ENV) $(if $(YES),--confirm $(YES))

##@ Measure
.PHONY: bench
bench: $(DEV) $(SAM) $(BENCH) $(LIBRARIES) ## Compare the speed with common implementations, in under ten minutes (ONLY)
	@exec env PYTHONPATH=functions:ecs:. .venv-bench/bin/python -m bench

##@ Build
.PHONY: build libraries notices postman screenshots tables quality datasets lock clean
build: $(DEV) $(SAM) $(LIBRARIES) datasets ## Build the functions into .aws-sam
	$(WITH_SAM) sam build

libraries: $(LIBRARIES) ## Install the page's JavaScript libraries

notices: $(DEV) $(LIBRARIES) ## Collect the licences of the shipped packages, and check that they are compatible
	@$(RUN) tools.notices

tables: $(DEV) ## Generate docs/cli.md and the tables of docs/ from the code
	@$(RUN) tools.tables

quality: $(DEV) ## Measure what the quality tests catch, for docs/quality.md
	@$(RUN) tools.quality

screenshots: $(DEV) $(CLOUD) $(LIBRARIES) ## Take the README's screenshots in Chromium
	@$(RUN) tests.browser.screenshots

postman: $(DEV) ## Generate the Postman collection from the OpenAPI document
	@$(RUN) tools.postman

datasets: ## Check functions/datasets.toml and list the datasets
	@$(CLI) datasets

lock: $(UV) ## Pin the requirements (UPGRADE=1 for the newest versions)
	@tools/lock $(if $(UPGRADE),--upgrade)

clean: ## Remove all build results and environments
	rm -rf .venv .venv-uv .venv-node .venv-bench .venv-sam .venv-cloud .venv-scan .venv-load .venv-fuzz .venv-parity .venv-clients .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf ecs/libraries/node_modules functions/page/libraries tests/libraries/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

##@ Help
.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What `aquasense run` needs.
.PHONY: run-environments
run-environments: $(COMMANDS) $(SAM) $(CLOUD) $(LIBRARIES)

$(LIBRARIES): ecs/libraries/package-lock.json tools/libraries $(NODE)
	@tools/libraries

$(TEST_LIBRARIES): tests/libraries/package-lock.json $(NODE)
	@tools/node npm ci --prefix tests/libraries --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The environments. The marker is written last, so that an interrupted one is created again.
$(UV): requirements/uv.txt
	@tools/make-env $(@D) $< $(@F)

$(COMMANDS): requirements/cli.txt $(UV)
$(DEV): requirements/dev.txt $(UV) | $(COMMANDS)
$(NODE): ecs/libraries/requirements.txt $(UV)
$(SAM): requirements/sam.txt $(UV)
$(CLOUD): requirements/cloud.txt $(UV)
$(SCAN): requirements/scan.txt $(UV)
$(BENCH): requirements/bench.txt $(UV)
$(LOAD): requirements/load.txt $(UV)
$(FUZZ): requirements/fuzz.txt $(UV)
$(PARITY): requirements/parity.txt $(UV)
$(CLIENTS): requirements/clients.txt $(UV)
$(COMMANDS) $(DEV) $(NODE) $(SAM) $(CLOUD) $(FUZZ) $(PARITY) $(CLIENTS) $(SCAN) $(LOAD) $(BENCH):
	@tools/make-env $(@D) $< $(@F)
