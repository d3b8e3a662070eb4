# make run       the portal on this machine (PORT=8000; EMPTY=1 on the first start: no demo)
# make faults    every failure test and its table, also into docs/operations.md; RESUME=1 goes on where it broke off
# make test      every check and test of a change; make test-all adds the long ones (BROWSER=0: no Chromium)
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
export PYTHON PORT BROWSER
# Where it is set, each of the many processes would compile every module anew: seconds a start.
unexport PYTHONDONTWRITEBYTECODE
py := .venv/bin/python

.PHONY: run test test-all faults bench bench-reading lock venv

run:
	@tools/prepare.sh run
	@exec $(py) manage.py serve --with-parent $(if $(EMPTY),--empty)

test:
	@tools/prepare.sh test
	@$(py) tools/check.py

test-all:
	@tools/prepare.sh test
	@$(py) tools/check.py --all --table docs/test-run.md

faults:
	@tools/prepare.sh test
	@$(py) -m pytest tests/faults -m "fault or fault_long" -p no:xdist -q -s --faults-table docs/operations.md $(if $(RESUME),--faults-resume)

bench:
	@BROWSER=0 tools/prepare.sh bench
	@for script in outbox due_scan; do $(py) bench/$$script.py || exit 1; done

bench-reading:
	@tools/prepare.sh test
	@$(py) bench/reading.py --table

venv:
	@tools/prepare.sh test

# Hashes and markers for every platform, and no address of any index.
# UPGRADE=1 takes newer versions.
lock: venv
	$(py) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock
	$(py) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.lock --extra dev pyproject.toml -o requirements-dev.lock
