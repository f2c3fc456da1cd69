"""A library of Robot Framework: suites as keywords.

    *** Settings ***
    Library    hardcase.robot.Hardcase    suites/roads

    *** Test Cases ***
    Fog on the highway
        Case Should Pass    fog-0.4-1a2b3c4d
"""

from __future__ import annotations

from typing import Any

from ._work import Report, test


class Hardcase:
    """Keywords that judge cases of a suite; all its cases are judged by one run, at first need."""

    ROBOT_LIBRARY_SCOPE = "GLOBAL"

    def __init__(self, suite: str, model: str | None = None) -> None:
        self._suite = suite
        self._model = model
        self._report: Report | None = None

    def run_suite(self) -> Report:
        """Judge all cases of the suite and return the report."""
        if self._report is None:
            self._report = test(self._suite, self._model)
        return self._report

    def suite_should_pass(self) -> None:
        """Fail with the failed cases unless the suite passes by the rules of `hardcase test`."""
        report = self.run_suite()
        if not report.ok:
            failed = [case for case in report.cases if case["verdict"] in ("fail", "error")]
            raise AssertionError("\n".join(f"{case['id']}: {case['why']}" for case in failed) or report.text)

    def case_verdict(self, name: str) -> str:
        """Return pass, fail, skip or error."""
        return str(self._case(name)["verdict"])

    def case_should_pass(self, name: str) -> None:
        """Fail with the reason unless the case passes; a skip counts as a failure, a known failure does not."""
        case = self._case(name)
        accepted = (case.get("known") or {}).get("state") == "accepted"
        if case["verdict"] != "pass" and not accepted:
            raise AssertionError(f"{case['verdict']}: {case['why']}")

    def _case(self, name: str) -> dict[str, Any]:
        for case in self.run_suite().cases:
            if case["id"] == name:
                return case
        raise AssertionError(f"the suite {self._suite} has no case {name!r}")
