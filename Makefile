# One command for each job. PYTHON may name another interpreter (3.11 or newer).
PYTHON ?= python3
BIN := .venv/bin
QUESTION := Does hybrid batch training improve multilingual retrieval and reduce language bias?

.PHONY: demo test check format setup train train-embedded bench samples catalogues clean

demo: .venv/report-ready  ## set up, and write a report on the demo library into report/
	$(BIN)/synthesis report "$(QUESTION)" --source demo --out report

test: .venv/dev-ready  ## set up, and pass the tests
	$(BIN)/pytest -n auto

check: .venv/dev-ready  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev-ready  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: .venv/dev-ready  ## set up for work on the code

train: .venv/dev-ready  ## fit the embedded judge and its calibrator again (needs ../shared/data)
	$(BIN)/retrieval-core train-judge --data ../shared/data/claims --out retrieval_core/models/judge-features-1

train-embedded: .venv/dev-ready  ## make the embedded encoder again, in stages that can be interrupted (needs ../shared/data; hours)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[teacher]'
	$(BIN)/retrieval-core train-embedded --data ../shared/data --work runs/embedded --out runs/encoder

bench: .venv/dev-ready  ## measure again what the README and the model cards state (needs ../shared/data)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[teacher]'
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

samples: .venv/report-ready  ## make the sample in reports/ again, with its run
	rm -rf reports/demo .samples
	SOURCE_DATE_EPOCH=1795262400 $(BIN)/synthesis report "$(QUESTION)" --source demo --home .samples
	rm .samples/runs/*/.lock
	mv .samples/runs/* reports/demo
	rm -rf .samples

catalogues: .venv/dev-ready  ## bring the catalogues of the form's words up to date with the code
	$(BIN)/python -m synthesis.catalogues

.venv/report-ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/dev-ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ .venv/report-ready

clean:
	rm -rf .venv report .mypy_cache .ruff_cache .hypothesis
