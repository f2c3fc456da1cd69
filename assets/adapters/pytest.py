"""Runs the Hardcase suite @NAME@ under pytest: each case is a test, its tags are marks.

    pytest @FILE@                     all cases
    pytest @FILE@ -m fog              those with a tag
    HARDCASE=/path/to/hardcase        the program, when it is not on the PATH
    HARDCASE_OPTIONS="--model m.onnx" more options for `hardcase test`

The selected cases run in one go; the suite is read anew each time, so this file stays as it is.
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


def _cases():
    listing = subprocess.run(
        [HARDCASE, "info", str(SUITE), "--json"], stdout=subprocess.PIPE, check=True, text=True
    )
    content = json.loads(listing.stdout)
    readable = [(case["id"], case["case"]["tags"]) for case in content["cases"]]
    return sorted(readable + [(name, []) for name, _ in content["broken"]])


def _marks(tags):
    with warnings.catch_warnings():
        # Nobody registers the tags of a suite.
        warnings.simplefilter("ignore", pytest.PytestUnknownMarkWarning)
        return [getattr(pytest.mark, re.sub(r"\W", "_", tag)) for tag in tags if re.match(r"[^\W_]", tag)]


ALL = _cases()


@pytest.fixture(scope="module")
def verdicts(request):
    """The verdicts of the selected cases by name."""
    here = Path(__file__).resolve()
    wanted = [
        item.callspec.params["case"]
        for item in request.session.items
        if Path(item.fspath).resolve() == here and hasattr(item, "callspec")
    ]
    command = [HARDCASE, "test", str(SUITE), *shlex.split(os.environ.get("HARDCASE_OPTIONS", ""))]
    if len(wanted) < len(ALL):
        for case in wanted:
            command.append(f"--case={case}")
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        run = subprocess.run(
            [*command, "--json", str(result)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if not result.exists():
            pytest.fail(f"hardcase could not run: {run.stderr.strip()}", pytrace=False)
        report = json.loads(result.read_text(encoding="utf-8"))
    return {case["id"]: case for suite in report["suites"] for case in suite["cases"]}


@pytest.mark.parametrize("case", [pytest.param(name, id=name, marks=_marks(tags)) for name, tags in ALL])
def test_case(case, verdicts):
    found = verdicts.get(case)
    if found is None:
        pytest.skip("HARDCASE_OPTIONS leave this case out")
    if found["verdict"] == "skip":
        pytest.skip(found["why"])
    if found["verdict"] == "fail" and (found["known"] or {}).get("state") == "accepted":
        pytest.xfail(found["known"]["why"])
    if found["verdict"] != "pass":
        pytest.fail(
            f"{found['why']}\nclaim: {found['claim']}\nchange: {found['change']}\n"
            f"kept because: {found['note']}\nopen it with: hardcase {SUITE} --case {case}",
            pytrace=False,
        )
