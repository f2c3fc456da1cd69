"""The plugin of pytest."""

import shutil
import xml.etree.ElementTree as ElementTree

import pytest

import hardcase as hc


@pytest.fixture
def suite(pytester, model, crop):
    """A suite with a case that passes, one that fails, a known failure and a skip."""
    folder = pytester.path / "suites" / "mixed"
    hc.keep(folder, crop, "brightness:0.02", "same_class", model=model, name="holds", tags=["light", "night 1"])
    hc.keep(folder, crop, "fog:1", "class_is", model=model, class_name="no such class", name="breaks", tags=["fog"])
    known = hc.keep(folder, crop, "fog:0.9", "class_is", model=model, class_name="no such class", name="known", tags=["fog"])
    with open(known, "a", encoding="utf-8") as file:
        file.write('\n[known_failure]\nreason = "TICKET-7"\n')
    return folder


def run(pytester, *args):
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers", "-W", "error", *args)


def test_cases_are_items_with_their_reasons(pytester, suite):
    result = run(pytester, "-v", suite)
    result.assert_outcomes(passed=1, failed=1, xfailed=1)
    result.stdout.fnmatch_lines(["*holds PASSED*", "*fail: *", f"*open it with: hardcase *{suite.name} --case breaks*"])


def test_tags_are_markers(pytester, suite):
    run(pytester, "-m", "light", suite).assert_outcomes(passed=1, deselected=2)
    run(pytester, "-m", "night_1", suite).assert_outcomes(passed=1, deselected=2)
    run(pytester, "-m", "fog", suite).assert_outcomes(failed=1, xfailed=1, deselected=1)


def test_one_process_judges_all(pytester, suite, monkeypatch):
    log = pytester.path / "calls.txt"
    program = pytester.path / "hardcase.sh"
    import sys

    program.write_text(f'#!/bin/sh\necho call >> {log}\nexec {sys.executable} -m hardcase "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("HARDCASE", str(program))
    run(pytester, suite).assert_outcomes(passed=1, failed=1, xfailed=1)
    assert log.read_text() == "call\n"


def test_xdist_divides_the_cases(pytester, suite):
    pytest.importorskip("xdist")
    run(pytester, "-n", "2", suite).assert_outcomes(passed=1, failed=1, xfailed=1)


def test_junit_has_tags_and_verdicts(pytester, suite):
    run(pytester, f"--junitxml={pytester.path / 'junit.xml'}", suite)
    cases = ElementTree.parse(pytester.path / "junit.xml").iter("testcase")
    properties = {case.get("name"): {(p.get("name"), p.get("value")) for p in case.iter("property")} for case in cases}
    assert {("tag", "light"), ("tag", "night 1"), ("verdict", "pass")} <= properties["holds"]


def test_another_model_and_a_missing_one(pytester, suite, lights):
    model = lights / "models" / "traffic_light_state.onnx"
    run(pytester, f"--hardcase-model={model}", suite).assert_outcomes(passed=1, failed=1, xfailed=1)
    result = run(pytester, "--hardcase-model=nowhere.onnx", "-k", "holds", suite)
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["*nowhere.onnx*"])


def test_a_damaged_case_is_an_error_of_its_own(pytester, suite):
    (suite / "cases" / "broken.toml").write_text("tags = [")
    run(pytester, suite).assert_outcomes(passed=1, failed=2, xfailed=1)


def test_suites_can_be_left_alone(pytester, suite):
    pytester.makepyfile("def test_own(): pass")
    run(pytester, "--no-hardcase").assert_outcomes(passed=1)
    shutil.rmtree(suite)
    run(pytester).assert_outcomes(passed=1)
