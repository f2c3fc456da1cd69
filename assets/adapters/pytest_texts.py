"""Runs the behavioral suite @NAME@ under pytest: each test of the suite is a test, its capability and type are marks.

    HARDCASE_OPTIONS="--model sentiment.onnx" pytest @FILE@
    pytest @FILE@ -m Negation         the tests of a capability
    HARDCASE=/path/to/hardcase        the program, when it is not on the PATH

HARDCASE_OPTIONS are options of `hardcase text run`: models, predictions, a limit for the tests that state none. Paths in it are
seen from the folder in which pytest is started. The suite runs once; it is read anew each time, so this file stays as it is.
"""

import json
import os
import re
import shlex
import subprocess
import tempfile
import warnings
from pathlib import Path

import pytest

SUITE = (Path(__file__).resolve().parent / @SUITE@).resolve()
HARDCASE = os.environ.get("HARDCASE", "hardcase")


def _tests():
    listing = subprocess.run(
        [HARDCASE, "text", "suite", "list", str(SUITE), "--json"], stdout=subprocess.PIPE, check=True, text=True
    )
    return [(test["name"], [test["capability"], test["type"]]) for test in json.loads(listing.stdout)["tests"]]


def _marks(words):
    with warnings.catch_warnings():
        # Nobody registers the capabilities of a suite.
        warnings.simplefilter("ignore", pytest.PytestUnknownMarkWarning)
        return [getattr(pytest.mark, re.sub(r"\W", "_", word)) for word in words if re.match(r"[^\W_]", word)]


@pytest.fixture(scope="module")
def outcomes():
    """The outcome of each test by its name."""
    options = shlex.split(os.environ.get("HARDCASE_OPTIONS", ""))
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        run = subprocess.run(
            [HARDCASE, "text", "run", str(SUITE), *options, "--json", str(result)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if not result.exists():
            pytest.fail(f"hardcase could not run: {run.stderr.strip()}", pytrace=False)
        report = json.loads(result.read_text(encoding="utf-8"))
    return {test["name"]: test for test in report["tests"]}


def _told(test, result):
    lines = [
        f"{result['model']}: {result['failure_rate']:.1%} of {result['counted']} cases fail, "
        f"at most {test['max_failure_rate']:.1%} may",
        f"expected: {test['expectation']}",
    ]
    for failure in result["failures"]:
        lines.append(" -> ".join(f"{one['text']} [{one['prediction']}]" for one in failure["examples"]))
    return "\n".join(lines)


@pytest.mark.parametrize("name", [pytest.param(name, id=name, marks=_marks(words)) for name, words in _tests()])
def test_behavior(name, outcomes):
    found = outcomes[name]
    failed = [result for result in found["results"] if result["verdict"] == "fail"]
    if failed:
        pytest.fail("\n".join(_told(found, result) for result in failed), pytrace=False)
    if all(result["verdict"] == "pass" for result in found["results"]):
        return
    # What was not judged, or has no limit, is no pass.
    first = next(result for result in found["results"] if result["verdict"] != "pass")
    pytest.skip(first.get("why") or f"{first['model']}: {first['verdict']}, add max_failure_rate or --limit")
