"""Keywords that run a Hardcase suite under Robot Framework; used by the .robot file beside it.

HARDCASE=/path/to/hardcase is the program when it is not on the PATH, HARDCASE_OPTIONS holds more options
for `hardcase test`.
"""

import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from robot.api import SkipExecution
from robot.libraries.BuiltIn import BuiltIn
from robot.utils import unescape


class @CLASS@:
    ROBOT_LIBRARY_SCOPE = "SUITE"
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, suite):
        self.ROBOT_LIBRARY_LISTENER = self
        self._suite = str((Path(__file__).resolve().parent / suite).resolve())
        self._selected = []
        self._verdicts = None

    def start_suite(self, data, result):
        self._selected = [unescape(test.name) for test in data.tests]

    def case_should_hold(self, case):
        """Fails with the reason when the case of the suite does not hold."""
        if self._verdicts is None:
            self._verdicts = self._run()
        found = self._verdicts.get(case)
        if found is None:
            raise SkipExecution("the suite does not have this case any more, write this file anew")
        if found["verdict"] == "skip":
            raise SkipExecution(found["why"])
        if found["verdict"] == "fail" and (found["known"] or {}).get("state") == "accepted":
            raise SkipExecution(f"known failure: {found['known']['why']}")
        if found["verdict"] != "pass":
            BuiltIn().set_test_message(found["why"])
            raise AssertionError(
                f"{found['why']}\nclaim: {found['claim']}\nchange: {found['change']}\n"
                f"open it with: hardcase {self._suite} --case {case}"
            )

    def _run(self):
        hardcase = os.environ.get("HARDCASE", "hardcase")
        command = [hardcase, "test", self._suite, *shlex.split(os.environ.get("HARDCASE_OPTIONS", ""))]
        listing = subprocess.run(
            [hardcase, "info", self._suite, "--json"], stdout=subprocess.PIPE, check=True, text=True
        )
        content = json.loads(listing.stdout)
        there = {case["id"] for case in content["cases"]} | {name for name, _ in content["broken"]}
        wanted = [case for case in self._selected if case in there]
        if wanted and set(wanted) != there:
            for case in wanted:
                command.append(f"--case={case}")
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder) / "result.json"
            run = subprocess.run(
                [*command, "--json", str(result)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            if not result.exists():
                raise RuntimeError(f"hardcase could not run: {run.stderr.strip()}")
            report = json.loads(result.read_text(encoding="utf-8"))
        return {case["id"]: case for suite in report["suites"] for case in suite["cases"]}
