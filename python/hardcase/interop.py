"""Results for other tools. Each is imported when its function is called, and none of them is needed by anything else."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Iterator

from ._hardcase import Clip, Error, Prediction


def needed(module: str, package: str) -> Any:
    """A module, or a sentence about the package that has it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as err:
        raise Error(f"the package {package} is not installed, run pip install {package}") from err


def to_supervision(prediction: Prediction, classes: list[str] | None = None) -> Any:
    """A detection as supervision.Detections: xyxy, confidence, class_id, and class_name in data.

    Classes are numbered as in `classes`, usually Model.labels; without it in alphabetical order.
    """
    import numpy

    supervision = needed("supervision", "supervision")
    if prediction.task != "detection":
        raise Error(f"supervision shows detections, this is a {prediction.task}")
    names = classes if classes is not None else sorted(set(prediction.labels))
    unknown = sorted(set(prediction.labels) - set(names))
    if unknown:
        raise Error(f"the classes have no {', '.join(unknown)}")
    return supervision.Detections(
        xyxy=prediction.boxes,
        confidence=prediction.scores,
        class_id=numpy.array([names.index(label) for label in prediction.labels], dtype=int),
        data={"class_name": numpy.array(prediction.labels, dtype=str)},
    )


def to_fiftyone(prediction: Prediction, width: int, height: int) -> Any:
    """A prediction as fiftyone.Detections, Classification or Regression, for an image of this size in pixels."""
    fiftyone = needed("fiftyone", "fiftyone")
    if prediction.task == "detection":
        rows = zip(prediction.boxes.tolist(), prediction.labels, prediction.scores.tolist())
        return fiftyone.Detections(
            detections=[
                fiftyone.Detection(
                    label=label,
                    confidence=score,
                    # Left, top, width and height as fractions of the image.
                    bounding_box=[x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height],
                )
                for (x0, y0, x1, y1), label, score in rows
            ]
        )
    if prediction.task == "classification":
        return fiftyone.Classification(label=prediction.labels[0], confidence=float(prediction.scores[0]))
    if prediction.task == "regression" and len(prediction.values) == 1:
        return fiftyone.Regression(value=next(iter(prediction.values.values())))
    raise Error(f"FiftyOne has no label for this {prediction.task}")


def to_datasets(clip: Clip, channel: str, every: int = 1) -> Any:
    """The samples of a channel as a Hugging Face dataset with the columns data, time_ns, index and tags; read once, into Arrow."""
    datasets = needed("datasets", "datasets")

    def rows() -> Iterator[dict[str, Any]]:
        for sample in clip.samples(channel, every=every):
            yield {"data": sample.data, "time_ns": sample.time_ns, "index": sample.index, "tags": list(sample.tags)}

    return datasets.Dataset.from_list(list(rows()))


def torch_dataset(path: str, channel: str, *, clip: str | None = None, every: int = 1, transform: Any = None) -> Any:
    """A torch IterableDataset of tensors of a channel; workers of a DataLoader divide the samples among them.

    `transform` is a Stack or any function of the array. Cameras give uint8[height, width, 3].
    """
    torch = needed("torch", "torch")
    from ._hardcase import open as open_clip

    class Samples(torch.utils.data.IterableDataset):  # type: ignore[misc,name-defined]
        def __iter__(self) -> Iterator[Any]:
            worker = torch.utils.data.get_worker_info()
            number, count = (worker.id, worker.num_workers) if worker else (0, 1)
            for sample in open_clip(path, clip).samples(channel, start=number * every, every=count * every):
                data = transform(sample.data) if transform is not None else sample.data
                yield torch.from_numpy(data) if hasattr(data, "dtype") else data

    return Samples()


def rates_of(result: Any) -> dict[str, float]:
    """Numbers of a result by name: rates of a sweep, metrics of an evaluation, counts of a report."""
    if hasattr(result, "rates"):
        total = result.rates()[0]
        return {f"violation_{name}": float(total[name]) for name in ("rate", "low", "high", "failed", "judged")}
    found: dict[str, float] = {}

    def collect(prefix: str, value: Any) -> None:
        if isinstance(value, bool):
            return
        if isinstance(value, (int, float)):
            found[prefix] = float(value)
        elif isinstance(value, dict):
            for name, inner in value.items():
                collect(f"{prefix}/{name}" if prefix else str(name), inner)

    collect("", result.metrics if hasattr(result, "metrics") else result.counts)
    return found


def curves_of(result: Any) -> Iterator[tuple[str, int, float]]:
    """Points of a sweep's curves: name, a thousand times the value as the step, and the rate."""
    if hasattr(result, "rates"):
        for curve in result.summary["models"][0]["curves"]:
            for point in curve["points"]:
                yield f"rate/{curve['axis']}", round(1000 * point["value"]), float(point["violations"]["rate"])


def log_mlflow(result: Any, file: str = "hardcase.parquet") -> None:
    """Log a Sweep, Evaluation or Report to the active run of MLflow: numbers as metrics, curves by step, rows as a Parquet file."""
    import tempfile

    mlflow = needed("mlflow", "mlflow")
    mlflow.log_metrics(rates_of(result))
    for name, step, rate in curves_of(result):
        mlflow.log_metric(name, rate, step=step)
    if hasattr(result, "to_parquet"):
        model = result.summary["models"][0]
        mlflow.set_tags({"hardcase.model": model["name"], "hardcase.model_sha256": model["sha256"]})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, file)
            result.to_parquet(path)
            mlflow.log_artifact(str(path))


def log_wandb(result: Any, name: str = "hardcase") -> None:
    """Log a Sweep, Evaluation or Report to the active run of Weights & Biases: numbers, and the rows of a sweep as a table."""
    wandb = needed("wandb", "wandb")
    logged: dict[str, Any] = {f"{name}/{key}": value for key, value in rates_of(result).items()}
    if hasattr(result, "table"):
        table = result.table
        columns = list(table.columns)
        data = [list(row.values()) for row in table.to_dicts()]
        logged[f"{name}/rows"] = wandb.Table(columns=columns, data=data)
    wandb.log(logged)
