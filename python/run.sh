#!/usr/bin/env bash
# Builds the wheel, installs it into an empty environment and tests it there: python/run.sh [WHEEL]
# With a wheel, that one is tested. HARDCASE_PYTHON_EXTRAS=1 also installs the packages that results are handed to.
set -euo pipefail
wheel="${1:+$(realpath "$1")}"
cd "$(dirname "$0")"
work="${TMPDIR:-/tmp}/hardcase-python"
python="${PYTHON:-python3}"
mkdir -p "$work"
if [ ! -x "$work/tools/bin/maturin" ]; then
  "$python" -m venv "$work/tools"
  "$work/tools/bin/pip" install -q 'maturin>=1.9,<2'
fi
if [ -z "$wheel" ]; then
  rm -rf "$work/wheels"
  # A build for tests, with what the package around it was built from.
  "$work/tools/bin/maturin" build --quiet --locked --auditwheel skip --interpreter "$python" -o "$work/wheels"
  wheel=$(ls "$work"/wheels/*.whl)
fi
rm -rf "$work/empty"
"$python" -m venv "$work/empty"
"$work/empty/bin/pip" install -q "$wheel"
# Where the package lies as source, that would be imported instead.
cd tests
# With nothing but the wheel and what it names: the module and the command.
"$work/empty/bin/python" -c "import hardcase; print(hardcase.__version__, len(hardcase.transforms()), 'transforms')"
"$work/empty/bin/hardcase" --version
extras=()
if [ -n "${HARDCASE_PYTHON_EXTRAS:-}" ]; then
  extras=(supervision datasets mlflow-skinny fiftyone)
fi
"$work/empty/bin/pip" install -q pytest pytest-xdist pyarrow pandas polars duckdb scikit-learn robotframework mypy "${extras[@]}"
"$work/empty/bin/python" -m pytest -q -p no:cacheprovider .
# The stub file against what is there, and the package against its own types.
"$work/empty/bin/python" -m mypy.stubtest hardcase._hardcase
"$work/empty/bin/python" -m mypy --strict -p hardcase -p hardcase_pytest
