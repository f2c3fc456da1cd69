"""Keywords that run a behavioral suite under Robot Framework; used by the .robot file beside it.

HARDCASE_OPTIONS holds options of `hardcase text run`, such as --model sentiment.onnx; HARDCASE=/path/to/hardcase is the program
when it is not on the PATH.
"""

import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from robot.api import SkipExecution


class @CLASS@:
    ROBOT_LIBRARY_SCOPE = "SUITE"

    def __init__(self, suite):
        self._suite = str((Path(__file__).resolve().parent / suite).resolve())
        self._outcomes = None

    def test_should_pass(self, name):
        """Fails with the failing sentences when a test of the suite is above its limit."""
        if self._outcomes is None:
            self._outcomes = self._run()
        found = self._outcomes.get(name)
        if found is None:
            raise SkipExecution("the suite does not have this test any more, write this file anew")
        for result in found["results"]:
            if result["verdict"] == "fail":
                lines = [
                    f"{result['model']}: {result['failure_rate']:.1%} of {result['counted']} cases fail, "
                    f"at most {found['max_failure_rate']:.1%} may; expected: {found['expectation']}"
                ]
                for failure in result["failures"]:
                    lines.append(" -> ".join(f"{one['text']} [{one['prediction']}]" for one in failure["examples"]))
                raise AssertionError("\n".join(lines))
        for result in found["results"]:
            if result["verdict"] != "pass":
                # What was not judged, or has no limit, is no pass.
                why = result.get("why") or f"{result['verdict']}, add max_failure_rate or --limit"
                raise SkipExecution(f"{result['model']}: {why}")

    def _run(self):
        hardcase = os.environ.get("HARDCASE", "hardcase")
        options = shlex.split(os.environ.get("HARDCASE_OPTIONS", ""))
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder) / "result.json"
            run = subprocess.run(
                [hardcase, "text", "run", self._suite, *options, "--json", str(result)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            if not result.exists():
                raise RuntimeError(f"hardcase could not run: {run.stderr.strip()}")
            report = json.loads(result.read_text(encoding="utf-8"))
        return {test["name"]: test for test in report["tests"]}
