"""Results for other tools, as far as they are installed."""

import numpy as np
import pytest

import hardcase as hc
from test_models import classifier


@pytest.fixture(scope="module")
def swept(lights):
    return hc.sweep(lights, classifier(), "brightness:0..1", steps=3, every=10)


@pytest.fixture(scope="module")
def detection():
    one = {"xyxy": [[8, 6, 32, 24]], "scores": [0.9], "labels": ["car"]}
    model = hc.Model(lambda batch: [one] * len(batch), task="detection", classes=["person", "car"], input=(48, 64))
    return model.predict(np.zeros((48, 64, 3), "uint8"))


def test_tables_go_to_pandas_polars_and_duckdb(swept):
    pandas, polars, duckdb = map(pytest.importorskip, ("pandas", "polars", "duckdb"))
    import pyarrow as pa

    assert len(polars.DataFrame(swept.table)) == len(pa.table(swept).to_pandas()) == len(swept)
    if hasattr(pandas.DataFrame, "from_arrow"):
        assert len(pandas.DataFrame.from_arrow(swept)) == len(swept)
    rows = pa.table(swept.table)
    told = duckdb.sql("select count(*) from rows where verdict = 'fail'").fetchall()
    assert told == [(swept.rates()[0]["failed"],)]


def test_arrow_shares_memory(swept):
    import pyarrow as pa

    first, second = pa.table(swept.table), pa.table(swept.table)
    address = lambda table: table.column("strength").chunk(0).buffers()[1].address  # noqa: E731
    assert address(first) == address(second)


def test_supervision(detection):
    pytest.importorskip("supervision")
    found = hc.to_supervision(detection, ["person", "car"])
    assert found.xyxy.tolist() == [[8, 6, 32, 24]] and found.class_id.tolist() == [1]
    model = hc.Model(lambda batch: [found] * len(batch), task="detection", classes=["person", "car"], input=(48, 64))
    assert model.predict(np.zeros((48, 64, 3), "uint8")) == detection


def test_fiftyone(detection):
    pytest.importorskip("fiftyone")
    label = hc.to_fiftyone(detection, 64, 48).detections[0]
    assert label.label == "car" and label.bounding_box == [0.125, 0.125, 0.375, 0.375]


def test_datasets(lights):
    pytest.importorskip("datasets")
    clip = hc.open(lights)
    channel = next(iter(clip.channels))
    rows = hc.to_datasets(clip, channel, every=20)
    assert rows[0]["time_ns"] == clip.times(channel)[0] and np.array(rows[0]["data"]).shape == clip.read(channel, 0).shape


def test_torch(lights):
    torch = pytest.importorskip("torch")
    clip = hc.open(lights)
    channel = next(iter(clip.channels))
    dataset = hc.torch_dataset(str(lights), channel, every=20, transform=hc.Stack("fog:0.3", seed=1))
    loader = torch.utils.data.DataLoader(dataset, batch_size=None, num_workers=2)
    images = list(loader)
    assert len(images) == len(range(0, len(clip.times(channel)), 20)) and images[0].dtype == torch.uint8
    model = hc.Model(lambda b: torch.tensor(b).float().mean(dim=(1, 2, 3)), task="regression", classes=["mean"], input=(8, 8))
    assert model.predict(np.full((8, 8, 3), 7, "uint8")).values == {"mean": 7}


def test_a_classifier_of_scikit_learn(lights):
    linear = pytest.importorskip("sklearn.linear_model")
    clip = hc.open(lights)
    channel = next(iter(clip.channels))
    images = [sample.data for sample in clip.samples(channel, every=5)]
    bright = [int(image.mean() > np.median([i.mean() for i in images])) for image in images]
    shown = []
    hc.Model(lambda b: (shown.extend(b.copy()), np.zeros((len(b), 2)))[1], task="classification", classes=["dark", "bright"], input=(8, 8)).predict(images)
    fitted = linear.LogisticRegression(max_iter=2000).fit(np.array(shown).reshape(len(shown), -1), bright)
    model = hc.Model(
        lambda b: fitted.predict_proba(b.reshape(len(b), -1)), task="classification", classes=["dark", "bright"], input=(8, 8)
    )
    answers = [prediction.labels[0] for prediction in model.predict(images)]
    assert answers == [["dark", "bright"][value] for value in fitted.predict(np.array(shown).reshape(len(shown), -1))]
    assert hc.sweep(lights, model, "brightness:0..0.5", steps=2, every=10).rates()[0]["judged"] > 0


def test_mlflow(swept, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri(f"file://{tmp_path}/runs")
    mlflow.set_experiment("sweeps")
    with mlflow.start_run() as run:
        hc.log_mlflow(swept)
    done = mlflow.get_run(run.info.run_id)
    assert done.data.metrics["violation_rate"] == swept.rates()[0]["rate"]
    assert done.data.tags["hardcase.model"] == "brightness"
    assert [file.path for file in mlflow.artifacts.list_artifacts(run_id=run.info.run_id)] == ["hardcase.parquet"]


def test_a_package_that_is_missing_is_a_sentence(detection, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(hc.Error, match="pip install supervision"):
        hc.to_supervision(detection)


def test_robot(lights, tmp_path):
    robot = pytest.importorskip("robot")
    suite = lights / "suites" / "lights"
    report = hc.test(suite)
    name = next(case["id"] for case in report.cases if case["verdict"] == "pass")
    (tmp_path / "t.robot").write_text(
        f"*** Settings ***\nLibrary    hardcase.robot.Hardcase    {suite}\n\n*** Test Cases ***\n"
        f"Passes\n    Case Should Pass    {name}\nUnknown\n    Case Should Pass    nothing\n"
    )
    assert robot.run(str(tmp_path / "t.robot"), outputdir=str(tmp_path), stdout=(tmp_path / "o").open("w")) == 1
