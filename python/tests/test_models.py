"""Models: files and callables."""

import threading
import time

import numpy as np
import pytest

import hardcase as hc

CLASSES = ["dark", "bright"]


def brightness(batch):
    """A classifier by the mean: probabilities of dark and bright."""
    mean = batch.reshape(len(batch), -1).mean(axis=1) / 255
    return np.stack([1 - mean, mean], axis=1)


def classifier(function=brightness, **options):
    return hc.Model(function, task="classification", classes=CLASSES, input=(32, 32), **options)


def test_a_file_predicts_one_or_many(model, crop):
    one = model.predict(crop)
    assert one.task == "classification" and one.labels[0] in model.labels and one.scores[0] > 0.3
    many = model.predict([crop, crop])
    assert many == [one, one]
    assert one.to_dict()["top"][0]["class"] == one.labels[0]
    assert not model.is_callable and model.medium == "image"


def test_a_callable_gets_bytes_in_batches():
    shapes = []

    def function(batch):
        shapes.append((batch.dtype, batch.shape))
        return brightness(batch)

    model = classifier(function, batch=4)
    images = [np.full((20, 30, 3), value, "uint8") for value in (0, 51, 255, 102, 204, 255)]
    answers = model.predict(images)
    assert [answer.labels[0] for answer in answers] == ["dark", "dark", "bright", "dark", "bright", "bright"]
    assert answers[1].scores[0] == pytest.approx(0.8)
    assert shapes == [(np.dtype("uint8"), (4, 32, 32, 3)), (np.dtype("uint8"), (2, 32, 32, 3))]
    assert model.is_callable and model.task == "classification"


def test_a_callable_is_called_by_one_thread():
    threads = set()

    def function(batch):
        threads.add(threading.get_ident())
        return brightness(batch)

    model = classifier(function)
    image = np.zeros((8, 8, 3), "uint8")
    workers = [threading.Thread(target=lambda: model.predict(image)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(threads) == 1 and threading.get_ident() not in threads


def test_detections_are_dicts():
    def function(batch):
        assert batch.shape[1:] == (48, 64, 3)
        none = {"xyxy": np.zeros((0, 4)), "scores": [], "labels": []}
        some = {"xyxy": [[8, 6, 32, 24], [40, 12, 60, 36]], "scores": [0.6, 0.9], "labels": ["car", 1]}
        return [some if image.max() else none for image in batch]

    model = hc.Model(function, task="detection", classes=["car", "person"], input=(48, 64))
    found, nothing = model.predict([np.full((96, 128, 3), 9, "uint8"), np.zeros((96, 128, 3), "uint8")])
    assert found.labels == ["person", "car"]
    assert found.boxes.tolist() == [[80, 24, 120, 72], [16, 12, 64, 48]]
    assert nothing.boxes.shape == (0, 4)


def test_other_tasks():
    image = np.full((16, 16, 3), 100, "uint8")
    steer = hc.Model(lambda b: b.mean(axis=(1, 2, 3)) / 100, task="regression", classes=["steering"], input=(8, 8))
    assert steer.predict(image).values == {"steering": pytest.approx(1.0)}
    embed = hc.Model(lambda b: np.ones((len(b), 5)), task="embedding", input=(8, 8))
    assert embed.predict(image).vector.tolist() == [1] * 5
    road = hc.Model(lambda b: (b[..., 0] > 50) * 1, task="segmentation", classes=["sky", "road"], input=(8, 8))
    segments = road.predict(image)
    assert segments.labels == ["road"] and segments.masks[0].shape == (16, 16) and segments.masks[0].all()


def raises(batch):
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (raises, "the callable raised ZeroDivisionError: division by zero"),
        (lambda batch: brightness(batch) * np.nan, "2 values that are not finite"),
        (lambda batch: brightness(batch)[:, :1], "1 numbers per image, it has 2 classes"),
        (lambda batch: brightness(batch)[0], r"shape \[2\] for a batch of 1, a classification is \[n, classes\]"),
        (lambda batch: None, "no array of numbers|shape"),
        (lambda batch: "bright", "no array of numbers"),
        (lambda batch: {}, "empty dict"),
        (lambda batch: {"out": np.ones((7, 2))}, "for a batch of 1, the first dimension must be 1"),
    ],
)
def test_a_callable_that_fails_is_one_sentence(function, sentence):
    with pytest.raises(hc.Error, match=sentence) as caught:
        classifier(function).predict(np.zeros((8, 8, 3), "uint8"))
    assert "\n" not in str(caught.value)


def test_the_exception_of_a_callable_is_the_cause():
    with pytest.raises(hc.Error) as caught:
        classifier(raises).predict(np.zeros((8, 8, 3), "uint8"))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ([], "0 entries for a batch of 1"),
        ([{"xyxy": [[1, 2, 3]], "scores": [1], "labels": [0]}], r"shape \[1, 3\], expected \[n, 4\]"),
        ([{"xyxy": [[1, 2, 3, 4]], "scores": [1]}], "labels missing"),
        ([{"xyxy": [[1, 2, 3, 4]], "scores": [1], "labels": ["cat"]}], "the class 'cat', which is none of car"),
        ([{"xyxy": [[1, 2, 3, 4]], "scores": [1], "labels": [4]}], "the class 4"),
        ([{"xyxy": [[1, 2, 3, 4]], "scores": [1, 1], "labels": [0]}], "1 boxes, 2 scores and 1 labels"),
        ([3], "a detection is a dict"),
    ],
)
def test_wrong_detections_are_one_sentence(out, sentence):
    model = hc.Model(lambda batch: out, task="detection", classes=["car"], input=(32, 32))
    with pytest.raises(hc.Error, match=sentence):
        model.predict(np.zeros((8, 8, 3), "uint8"))


def test_an_input_that_fails_does_not_fail_its_batch():
    def function(batch):
        if (batch == 13).any():
            raise ValueError("unlucky")
        return brightness(batch)

    model = classifier(function)
    with pytest.raises(hc.Error, match="unlucky"):
        model.predict([np.full((8, 8, 3), value, "uint8") for value in (0, 13)])
    assert model.predict(np.zeros((8, 8, 3), "uint8")).labels[0] == "dark"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: hc.Model("nowhere.onnx"), "nowhere.onnx"),
        (lambda: hc.Model(brightness), "a callable needs task="),
        (lambda: hc.Model(brightness, task="detection"), "needs classes="),
        (lambda: hc.Model(brightness, backend="onnxruntime", task="embedding"), "takes no backend"),
        (lambda: hc.Model(3), "expected the path"),
        (lambda: hc.Model("m.onnx", task="detection"), "describe a callable"),
        (lambda: hc.Model("m.onnx", card="m.toml"), "is called"),
        (lambda: hc.Model("m.onnx", "abacus"), "abacus"),
    ],
)
def test_models_that_cannot_be_made_are_refused(make, sentence):
    with pytest.raises(hc.Error, match=sentence):
        make()


def test_the_identity_of_a_callable_is_its_name_and_version():
    named = [classifier(name="mean", version=version).sha256 for version in ("1", "1", "2")]
    assert named[0] == named[1] != named[2]
    assert classifier().sha256 != classifier().sha256


def test_the_gil_is_free_while_a_model_runs(model, crop):
    ticks = []
    stop = threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    begun = time.perf_counter()
    model.predict([crop] * 200)
    took = time.perf_counter() - begun
    stop.set()
    thread.join()
    during = [at for at in ticks if begun < at < begun + took]
    assert len(during) > 10 or took < 0.05
