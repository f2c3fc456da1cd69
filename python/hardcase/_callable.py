"""Callables as models: their cards, and what they return as named arrays."""

from __future__ import annotations

import json
import uuid
from typing import Any, Callable

from ._hardcase import Error

# Decoders that read the outputs of callables, by task.
DECODERS = {
    "classification": "classes",
    "detection": "boxes",
    "regression": "values",
    "segmentation": "segments",
    "embedding": "vector",
}
# Shapes of an output for a batch of n, by task; a detection is a dict for each image.
SHAPES = {
    "classification": "[n, classes]",
    "regression": "[n, values]",
    "segmentation": "[n, height, width] or [n, classes, height, width]",
    "embedding": "[n, numbers]",
}
RANKS = {"classification": (2,), "regression": (2,), "segmentation": (3, 4), "embedding": (2,)}


def prepare(
    function: Callable[[Any], Any],
    card: dict[str, Any] | None,
    task: str | None,
    classes: list[str] | None,
    size: tuple[int, int],
    name: str | None,
    version: str | None,
    threshold: float,
) -> tuple[Callable[[Any], Any], str, str]:
    """The callable as it is called, its card as JSON, and its identity."""
    if card is None:
        if task not in DECODERS:
            known = ", ".join(DECODERS)
            raise Error(f"a callable needs task=, one of {known}, got {task!r}")
        if not classes and task != "embedding":
            raise Error("a callable needs classes=[...], the names of its classes or values in their order")
        height, width = size
        card = {
            "name": name or getattr(function, "__name__", "callable").strip("<>"),
            "decoder": DECODERS[task],
            "threshold": threshold,
            "input": {"name": "image", "width": width, "height": height, "layout": "NHWC"},
            "labels": classes or [],
        }
    elif not isinstance(card, dict):
        raise Error("the card of a callable is a dict with the keys of a model card")
    by_decoder = {decoder: task for task, decoder in DECODERS.items()}
    kind = by_decoder.get(card.get("decoder", ""), "")
    labels = list(card.get("labels", []))

    def called(batch: Any) -> list[tuple[str, Any]]:
        return named(function(batch), len(batch), kind, labels)

    # Without a name and a version no two callables are the same, and nothing of theirs is kept.
    whose = f"{name}\n{version}" if name and version else uuid.uuid4().hex
    return called, json.dumps(card), f"callable\n{whose}\n{json.dumps(card, sort_keys=True)}"


def array(value: Any, dtype: str = "float32") -> Any:
    """Anything like an array as a contiguous numpy array; tensors of a GPU are copied."""
    import numpy

    for step in ("detach", "cpu", "numpy"):
        if hasattr(value, step):
            value = getattr(value, step)()
    try:
        return numpy.ascontiguousarray(value, dtype=dtype)
    except (TypeError, ValueError) as err:
        raise Error(f"the callable returned a {type(value).__name__} that is no array of numbers: {err}") from err


def named(out: Any, count: int, task: str, labels: list[str]) -> list[tuple[str, Any]]:
    """What a callable returned, as names and arrays whose first dimension is the batch."""
    if task == "detection":
        if isinstance(out, dict) and is_detection(out) and count == 1:
            out = [out]
        if not isinstance(out, dict):
            return detections(out, count, labels)
    if isinstance(out, dict):
        outputs = [(str(name), array(value)) for name, value in out.items()]
        if not outputs:
            raise Error("the callable returned an empty dict, expected arrays by output name")
        return outputs
    value = array(out)
    if task == "regression" and value.shape == (count,) and len(labels) == 1:
        value = value.reshape(count, 1)
    if task in RANKS and (value.ndim not in RANKS[task] or value.shape[0] != count):
        raise Error(
            f"the callable returned an array of the shape {list(value.shape)} for a batch of {count}, "
            f"a {task} is {SHAPES[task]}"
        )
    if task in ("classification", "regression") and value.shape[1] != len(labels):
        raise Error(f"the callable returned {value.shape[1]} numbers per image, it has {len(labels)} classes or values")
    return [("output", value)]


def is_detection(one: Any) -> bool:
    return isinstance(one, dict) and ("xyxy" in one or "boxes" in one)


def detections(out: Any, count: int, labels: list[str]) -> list[tuple[str, Any]]:
    """Detections of each image as arrays of one length; rows that fill them up have the class -1, which is none."""
    import numpy

    if not isinstance(out, (list, tuple)) or len(out) != count:
        what = f"{len(out)} entries" if hasattr(out, "__len__") else f"a {type(out).__name__}"
        raise Error(f"the callable returned {what} for a batch of {count}, a detection is one dict for each image")
    each = [detection(one, labels) for one in out]
    most = max([1, *(len(scores) for _, scores, _ in each)])
    boxes = numpy.zeros((count, most, 4), "float32")
    scores = numpy.zeros((count, most), "float32")
    classes = numpy.full((count, most), -1, "float32")
    for at, (own_boxes, own_scores, own_classes) in enumerate(each):
        boxes[at, : len(own_boxes)] = own_boxes
        scores[at, : len(own_boxes)] = own_scores
        classes[at, : len(own_boxes)] = own_classes
    return [("boxes", boxes), ("scores", scores), ("labels", classes)]


def detection(one: Any, labels: list[str]) -> tuple[Any, Any, Any]:
    """Boxes [n, 4], scores [n] and class numbers [n] of a dict, or of supervision's Detections."""
    if hasattr(one, "xyxy") and hasattr(one, "confidence") and hasattr(one, "class_id"):
        one = {"xyxy": one.xyxy, "scores": one.confidence, "labels": one.class_id}
    if not is_detection(one):
        raise Error(f"a detection is a dict with xyxy, scores and labels, got a {type(one).__name__}")
    boxes = array(one.get("xyxy", one.get("boxes")))
    if boxes.size == 0:
        boxes = boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise Error(f"xyxy of a detection has the shape {list(boxes.shape)}, expected [n, 4]: left, top, right, bottom")
    missing = [key for key in ("scores", "labels") if one.get(key) is None]
    if missing:
        raise Error(f"a detection is a dict with xyxy, scores and labels, {' and '.join(missing)} missing")
    scores = array(one["scores"]).reshape(-1)
    numbers = array([number(label, labels) for label in plain(one["labels"])])
    if not len(boxes) == len(scores) == len(numbers):
        raise Error(f"a detection has {len(boxes)} boxes, {len(scores)} scores and {len(numbers)} labels")
    return boxes, scores, numbers


def plain(values: Any) -> list[Any]:
    """Labels as a list: names, or numbers."""
    if isinstance(values, (list, tuple)):
        return list(values)
    if hasattr(values, "dtype") and getattr(values.dtype, "kind", "") in "UOS":
        return [str(value) for value in values]
    return list(array(values).reshape(-1).tolist())


def number(label: Any, labels: list[str]) -> int:
    """Position of a class among those of the model."""
    if isinstance(label, str):
        if label not in labels:
            raise Error(f"the callable returned the class {label!r}, which is none of {', '.join(labels)}")
        return labels.index(label)
    if not (0 <= label < len(labels)) or label != int(label):
        raise Error(f"the callable returned the class {label}, it has the classes 0 to {len(labels) - 1}")
    return int(label)
