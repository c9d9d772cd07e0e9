# make demo   set everything up, run the main job on real images, open the application
# make test   set everything up and run every check
PY := .venv/bin/python
export QT_LOGGING_RULES ?= qt.qpa.*=false
# The tests start hundreds of processes: each would compile the program anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test check lint types contracts tests weights bench soak screenshots setup clean

demo: setup weights
	$(PY) -m app demo demo

test: check weights tests

check: lint types contracts

lint: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: setup
	$(PY) -m mypy

contracts: setup
	.venv/bin/lint-imports

weights: setup
	$(PY) -m app weights

tests: setup
	@.ci/system-libraries tests
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n auto --dist worksteal

bench: setup weights .venv-peers/.ready
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest benchmarks/bench_*.py --benchmark-only --benchmark-columns=min,median,rounds
	QT_QPA_PLATFORM=offscreen $(PY) benchmarks/bench_painting.py
	QT_QPA_PLATFORM=offscreen $(PY) benchmarks/bench_reading.py
	QT_QPA_PLATFORM=offscreen $(PY) benchmarks/bench_start.py
	$(PY) benchmarks/compare_metrics.py
	$(PY) benchmarks/compare_command.py

# The packages that the benchmarks compare with, apart from the program's own environment.
.venv-peers/.ready: benchmarks/peers/requirements.txt | setup
	$(PY) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers/requirements.txt
	touch $@

soak: setup weights
	QT_QPA_PLATFORM=offscreen BLINDREAD_SOAK=1 $(PY) -m pytest -m soak

screenshots: setup weights
	$(PY) resources/docs/screenshots.py

setup:
	@.ci/system-libraries
	@.ci/setup

clean:
	rm -rf .venv .venv-peers build dist demo .pytest_cache .mypy_cache .ruff_cache
