"""Judging, sweeping, searching, evaluating, testing, mining."""

import filecmp
import json
import shutil

import numpy as np
import pyarrow as pa
import pytest

import hardcase as hc
from test_models import CLASSES, brightness, classifier, raises


def test_a_check_has_a_verdict_with_its_reason(model, crop):
    verdict = hc.check(model, crop, hc.Stack("brightness:0.05", seed=1))
    assert verdict.passed and verdict and verdict.why == "" and verdict.before.labels[0] == verdict.after.labels[0]
    assert verdict.changed.shape == crop.shape
    dark = np.full((16, 16, 3), 100, "uint8")
    flipped = hc.check(classifier(), dark, "brightness:60", "same_class")
    assert flipped.failed and flipped.why and flipped.expected.labels[0] == "dark"
    assert repr(flipped).startswith("<hardcase.Verdict fail")


def test_an_expression_is_a_claim():
    steer = hc.Model(lambda b: b.mean(axis=(1, 2, 3)) / 100, task="regression", classes=["steering"], input=(8, 8))
    image = np.full((16, 16, 3), 100, "uint8")
    assert hc.check(steer, image, "brightness:0.5", "after.steering < 5").passed
    assert hc.check(steer, image, "brightness:0.5", "after.steering <= before.steering").failed
    with pytest.raises(hc.Error, match="same_clas"):
        hc.check(steer, image, "fog:0.1", "same_clas")
    with pytest.raises(hc.Error, match="is no number"):
        hc.check(steer, image, "fog:0.1", "close_values", within="much")


def test_a_skip_is_no_truth_value():
    steer = hc.Model(lambda b: b.mean(axis=(1, 2, 3)), task="regression", classes=["steering"], input=(8, 8))
    verdict = hc.check(steer, np.zeros((16, 16, 3), "uint8"), "rotate:20")
    assert verdict.skipped and not verdict.passed and not verdict.failed
    with pytest.raises(hc.Error, match="nothing was judged"):
        bool(verdict)


def test_the_tipping_point_and_the_smallest_stack():
    model, image = classifier(), np.full((16, 16, 3), 120, "uint8")
    tip = hc.tip(model, image, "brightness:5")
    assert tip is not None and 7 <= tip <= 9
    assert hc.check(model, image, f"brightness:{tip}").failed
    assert hc.tip(model, np.zeros((16, 16, 3), "uint8"), "brightness:-5") is None
    small = hc.minimize(model, image, "fog:0.01,brightness:60")
    assert small.transforms == ["brightness"] and hc.check(model, image, small).failed
    assert hc.shrink is hc.minimize
    with pytest.raises(hc.Error, match="nothing to minimize"):
        hc.minimize(model, image, "brightness:1")


def test_a_sweep_writes_the_bytes_of_the_command_line(lights, tmp_path, run_cli):
    file = lights / "models" / "traffic_light_state.onnx"
    swept = hc.sweep(lights, hc.Model(file), "fog:0..1,rotate:-10|10", steps=3, every=5, seeds=(1, 2))
    ours, theirs = tmp_path / "ours.parquet", tmp_path / "theirs.parquet"
    swept.to_parquet(ours)
    args = ["--stack", "fog:0..1,rotate:-10|10", "--levels", "3", "--stride", "5", "--seeds", "1,2", "-o", theirs]
    done = run_cli("sweep", lights, "--model", file, *args)
    assert done.returncode == 0, done.stderr
    assert filecmp.cmp(ours, theirs, shallow=False)
    table = pa.table(swept)
    assert table.num_rows == len(swept) and table.column_names == swept.table.columns
    assert table.column("strength").to_pylist() == swept.table["strength"].tolist()
    total = swept.rates()[0]
    assert total["failed"] == table.column("verdict").to_pylist().count("fail")
    assert [point["value"] for point in swept.rates("fog")] == [0, 0.5, 1]
    worst = swept.worst(3)
    assert len(worst) == 3 and worst[0]["verdict"] == "fail" and worst[0]["strength"] <= worst[2]["strength"]


def test_a_callable_is_swept(lights):
    swept = hc.sweep(lights, classifier(), "brightness:0..1", steps=3, every=4, jobs=2)
    assert len(swept) > 0 and set(swept.table["model"]) == {"brightness"} and swept.problems == []
    again = hc.sweep(lights, classifier(batch=1), "brightness:0..1", steps=3, every=4, jobs=1)
    assert pa.table(swept).equals(pa.table(again))


def test_a_callable_that_always_raises_ends_a_sweep_at_once(lights):
    with pytest.raises(hc.Error, match="the callable raised ZeroDivisionError"):
        hc.sweep(lights, classifier(raises), "fog:0..1")


def test_a_callable_that_raises_now_and_then_is_a_problem_of_its_frames(lights):
    calls = []

    def function(batch):
        calls.append(len(batch))
        if len(calls) == 2:
            raise ValueError("second call")
        return brightness(batch)

    swept = hc.sweep(lights, classifier(function, batch=1), "fog:0|1", every=10, jobs=1)
    assert len(swept.problems) == 1 and "second call" in swept.problems[0]


def test_arguments_that_make_no_sense_are_sentences(lights, model):
    with pytest.raises(hc.Error, match="smoke"):
        hc.sweep(lights, model, "smoke:0..1")
    with pytest.raises(hc.Error, match="got a Stack"):
        hc.sweep(lights, model, hc.Stack("fog:0.4"))
    with pytest.raises(hc.Error, match="invalid value 'x'"):
        hc.sweep(lights, model, "fog", jobs="x")
    with pytest.raises(hc.Error, match="a callable shows none"):
        hc.search(lights, classifier())
    own = classifier()
    with pytest.raises(hc.Error, match="no preprocessing to vary"):
        hc.command("evaluate", lights, "--preprocessing", f"--model={own.path}")
    with pytest.raises(hc.Error, match="nowhere"):
        hc.evaluate("nowhere", model)
    with pytest.raises(hc.Error, match="nowhere"):
        hc.test("nowhere")


def test_a_search_finds_failures(lights):
    found = hc.search(lights, lights / "models" / "traffic_light_state.onnx", tries=30, every=10)
    assert found.summary["guided"]["tries"] == 30
    for failure in found.failures:
        assert isinstance(failure["stack"], hc.Stack) and failure["why"]


def test_an_evaluation_has_metrics_and_items(lights, tmp_path):
    project = tmp_path / "project"
    shutil.copytree(lights, project)
    clip = hc.open(project)
    channel = next(iter(clip.channels))
    names = sorted(path.name for path in (project / "clips" / "crops").iterdir())[:6]
    images, labels = [], []
    for number, name in enumerate(names):
        height, width, _ = clip.read(channel, number).shape
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        box = [0, 0, width / 2, height / 2]
        labels.append({"id": number, "image_id": number, "category_id": 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0})
    truth = {"images": images, "annotations": labels, "categories": [{"id": 1, "name": "light"}]}
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    results = [{**{key: one[key] for key in ("image_id", "category_id", "bbox")}, "score": 0.9} for one in labels[:3]]
    (tmp_path / "results.json").write_text(json.dumps(results))
    coco = hc.evaluate(tmp_path / "truth.json", tmp_path / "results.json")
    assert coco.metrics["pictures"] == 6 and 0.4 < coco.metrics["coco"]["classes"][0]["ap"] < 0.6

    hc.command("labels", "import", project, tmp_path / "truth.json")

    def corner(batch):
        return [{"xyxy": [[0, 0, 16, 16]], "scores": [0.9], "labels": ["light"]}] * len(batch)

    model = hc.Model(corner, task="detection", classes=["light"], input=(32, 32))
    evaluation = hc.evaluate(project, model, by="class")
    assert len(evaluation.list('outcome == "correct"')) == 6 and evaluation.list('outcome == "missed"') == []
    assert len(evaluation.items) == 6
    with pytest.raises(hc.Error, match="cannot list by"):
        evaluation.list("outcom ==")


def test_a_suite_is_run_with_its_model_and_with_a_callable(lights, tmp_path, model):
    report = hc.test(lights / "suites" / "lights")
    assert sum(report.counts.values()) == len(report.cases) > 0
    assert report.ok == (report.code == 0)
    report.junit(tmp_path / "junit.xml")
    report.html(tmp_path / "html")
    assert (tmp_path / "junit.xml").read_text().startswith("<?xml") and any((tmp_path / "html").iterdir())
    first = report.cases[0]["id"]
    assert [case["id"] for case in hc.test(lights / "suites" / "lights", cases=first).cases] == [first]
    constant = hc.Model(lambda b: np.eye(len(model.labels))[np.zeros(len(b), int)], task="classification", classes=model.labels, input=(32, 32))
    ours = hc.test(lights / "suites" / "lights", constant)
    assert len(ours.cases) == len(report.cases) and ours.document["model"]["name"] == "<lambda>".strip("<>")


def test_cases_are_kept_and_run(tmp_path, model, crop):
    suite = tmp_path / "suites" / "new"
    path = hc.keep(suite, crop, "fog:0.3", "same_class", model=model, why="seen in a notebook", tags=["fog", "night 1"])
    hc.keep(suite, crop, hc.Stack("rotate:5", seed=3), model=model, name="turned")
    report = hc.test(suite)
    assert {case["id"] for case in report.cases} == {"turned", str(path).rsplit("/", 1)[-1].removesuffix(".toml")}
    assert hc.command("suite", "verify", suite).code == 0
    with pytest.raises(hc.Error, match='has a case "turned" already'):
        hc.keep(suite, crop, "rotate:5", model=model, name="turned")


def test_mining_is_a_table(lights, tmp_path):
    findings = hc.mine(lights.parent / "tempe")
    assert len(findings) == pa.table(findings).num_rows
    assert all("finder" in row for row in findings.to_dicts())


def test_a_subcommand_hands_its_text_back(capfd):
    told = hc.command("transform", "list")
    assert told.code == 0 and "fog" in told.output and told.remarks == ""
    assert hc.command("info", "nowhere.mcap", check=False).code == 3
    with pytest.raises(hc.Error, match="nowhere.mcap"):
        hc.command("info", "nowhere.mcap")
    with pytest.raises(hc.Error, match="name a subcommand"):
        hc.command()
    assert capfd.readouterr() == ("", "")
