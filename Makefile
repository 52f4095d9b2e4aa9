# Everything a newcomer needs: `make demo` and `make test`. Both set up .venv first.

VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test lint types golden docs messages site bench bench-growth bench-logs bench-identify bench-report lock clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml scripts/setup.sh
	sh scripts/setup.sh $(VENV)
	touch $@

demo: setup
	@$(BIN)/comity check examples/lumen || test $$? -eq 1

test: lint types
	$(BIN)/pytest -n auto

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

# Rewrite the golden files of the tests; read the difference before you commit it.
golden: setup
	$(BIN)/pytest -q --golden tests/test_report.py

# Rewrite the generated pages: the reference, and the rule catalogue in docs/law.
docs: setup
	$(BIN)/python scripts/build_docs.py
	$(BIN)/python scripts/build_law.py

# Bring the catalogues of reports' words up to date, for translators.
messages: setup
	$(BIN)/python scripts/messages.py

# The rule catalogue as a site, in build/site.
site: setup
	$(BIN)/sphinx-build -q -W --keep-going -j auto -b html -c docs docs/law build/site

# Comity beside OPA, Cedar, casbin and SQL, then 20 million flows whose addresses are located: about ten minutes. Other
# engines are no dependency, not even of development. The page on performance keeps the figures.
bench: setup
	$(BIN)/pip install --quiet --no-build-isolation -e ".[peers]"
	$(BIN)/python bench/peers.py
	$(BIN)/python bench/bulk.py

# How time and memory grow with rows, rules, situations and recipients; with a hundred million rows: half an hour.
bench-growth: setup
	$(BIN)/python bench/growth.py

# Reading raw logs and judging them, beside what the engine alone needs to read them; and starting.
bench-logs: setup
	$(BIN)/python bench/logs.py
	$(BIN)/python bench/startup.py

# Presidio is no dependency, not even of development: it is installed beside for this one comparison. The page on
# detection keeps the figures.
bench-identify: setup
	$(BIN)/pip install --quiet --no-build-isolation -e ".[bench]"
	$(BIN)/python bench/identify.py

# How long a page of 5,000 findings takes to make, to open and to filter.
bench-report: setup
	$(BIN)/python bench/report.py

# Resolve the dependencies anew, for every Python and platform at once.
lock: setup
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --quiet \
		--custom-compile-command "make lock" --output-file requirements.lock

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
