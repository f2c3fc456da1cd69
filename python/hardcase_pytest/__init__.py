"""A plugin of pytest: a folder with `suite.toml` is collected, and each of its cases is a test.

It stands beside the package `hardcase` and imports nothing of it, so that it costs nothing where no suite is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest needs it there


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hardcase", "suites of Hardcase")
    group.addoption("--hardcase-model", metavar="FILE", help="the model to test; that of each suite if absent")
    group.addoption("--hardcase-backend", metavar="BACKEND", help="the backend that runs it")
    group.addoption("--hardcase-today", metavar="YYYY-MM-DD", help="date against which known failures expire")
    group.addoption("--no-hardcase", action="store_true", help="do not collect suites of Hardcase")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hardcase: a case of a suite of Hardcase")


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    if file_path.name == "suite.toml" and not parent.config.getoption("--no-hardcase"):
        if (file_path.parent / "cases").is_dir():
            suite: pytest.Collector = Suite.from_parent(parent, path=file_path)
            return suite
    return None


def marker(tag: str) -> str:
    """The name of a tag as a marker: what -m can select."""
    name = re.sub(r"\W", "_", tag)
    return f"_{name}" if name[:1].isdigit() else name


class Suite(pytest.File):
    """A suite; its cases are judged by one process, at first need."""

    verdicts: dict[str, dict[str, Any]] | None = None

    def collect(self) -> Iterator[pytest.Item]:
        for file in sorted((self.path.parent / "cases").glob("*.toml")):
            case: Case = Case.from_parent(self, name=file.stem)
            case.add_marker("hardcase")
            try:
                tags = tomllib.loads(file.read_text("utf-8")).get("tags", [])
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
                # The run says what is wrong with it.
                tags = []
            for tag in tags:
                name = marker(tag)
                # A marker that is not registered is a warning, and an error with --strict-markers.
                self.config.addinivalue_line("markers", f"{name}: the tag {tag!r} of suites of Hardcase")
                case.add_marker(name)
                case.user_properties.append(("tag", tag))
            yield case

    def verdict(self, name: str) -> dict[str, Any]:
        """The result of a case, from one run of all selected cases."""
        if self.verdicts is None:
            items = [item for item in self.session.items if isinstance(item, Case) and item.parent is self]
            self.verdicts = run(self.path.parent, [item.name for item in items], self.config)
        if name not in self.verdicts:
            raise NotRun(f"the run of {self.path.parent} has no case {name!r}")
        return self.verdicts[name]


def run(folder: Path, cases: list[str], config: pytest.Config) -> dict[str, dict[str, Any]]:
    """Results by case of one process."""
    with tempfile.TemporaryDirectory(prefix="hardcase-") as temporary:
        report = os.path.join(temporary, "report.json")
        program = os.environ.get("HARDCASE")
        command = [program] if program else [sys.executable, "-m", "hardcase"]
        command += ["test", str(folder), f"--json={report}", *[f"--case={case}" for case in cases]]
        for option in ("model", "backend", "today"):
            value = config.getoption(f"--hardcase-{option}")
            command += [f"--{option}={value}"] if value else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not os.path.exists(report):
            lines = done.stderr.strip().splitlines()
            raise NotRun(lines[-1] if lines else f"hardcase ended with exit code {done.returncode}")
        document = json.loads(Path(report).read_text("utf-8"))
    return {case["id"]: case for suite in document["suites"] for case in suite["cases"]}


class NotRun(Exception):
    """A suite that could not be run."""


class Failed(Exception):
    """A case that failed, or that could not be judged for an error."""

    def __init__(self, case: dict[str, Any]) -> None:
        super().__init__(case["why"])
        self.case = case


class Case(pytest.Item):
    """A case of a suite."""

    def runtest(self) -> None:
        suite = self.parent
        assert isinstance(suite, Suite)
        case = suite.verdict(self.name)
        self.user_properties.append(("verdict", case["verdict"]))
        known = case.get("known") or {}
        if case["verdict"] == "skip":
            pytest.skip(case["why"] or "nothing was judged")
        if case["verdict"] in ("fail", "error"):
            if known.get("state") == "accepted":
                pytest.xfail(known["why"] or "known failure")
            if not case.get("critical", True) and case["verdict"] == "fail":
                pytest.xfail(f"not critical: {case['why']}")
            raise Failed(case)
        if known.get("state") == "fixed":
            # A known failure that passes shows up, and fails nothing.
            self.add_marker(pytest.mark.xfail(reason=known["why"], strict=False))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Failed):
            case = excinfo.value.case
            lines = [f"{case['verdict']}: {case['why']}", f"change: {case['change']}", f"claim: {case['claim']}"]
            lines += [f"{when}: {case[when]}" for when in ("before", "expected", "after") if case.get(when)]
            lines.append(f"open it with: hardcase {self.path.parent} --case {self.name}")
            return "\n".join(lines)
        if isinstance(excinfo.value, NotRun):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path.parent / "cases" / f"{self.name}.toml", None, self.name
