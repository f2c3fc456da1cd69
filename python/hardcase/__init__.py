"""Find out where a machine-learned model fails on recorded drives, and turn each failure into a test.

Arrays come in and go out as numpy arrays: images are uint8[height, width, 3] with red first, point clouds float32[n, 4] with x, y, z
in meters and the intensity, texts str. Tables of results are handed to pyarrow, polars, pandas and DuckDB without a copy. A problem
is a `hardcase.Error`, whose text is the sentence that the command line says.

    import hardcase as hc

    clip = hc.open("drive.mcap")
    model = hc.Model("detector.onnx")
    for sample in clip.samples("/camera", every=10):
        verdict = hc.check(model, sample.data, hc.Stack("fog:0.4", seed=7))
        if verdict.failed:
            hc.keep("suites/fog", sample.data, "fog:0.4", model=model, why=verdict.why)
"""

import sys as _sys

from . import _hardcase
from ._hardcase import (
    Clip,
    Error,
    Model,
    Prediction,
    Sample,
    Samples,
    Stack,
    Table,
    TransformInfo,
    Verdict,
    __version__,
    check,
    keep,
    minimize,
    open,
    read_parquet,
    tip,
    transforms,
)
from ._work import (
    Evaluation,
    Findings,
    Finished,
    Found,
    Report,
    Sweep,
    command,
    evaluate,
    mine,
    search,
    sweep,
    test,
)
from .interop import (
    log_mlflow,
    log_wandb,
    to_datasets,
    to_fiftyone,
    to_supervision,
    torch_dataset,
)

shrink = minimize

# Isolated models and cases of suites run in processes of this program, which is an interpreter here.
_hardcase.set_program(_sys.executable or "python3", ["-m", "hardcase"])

__all__ = [
    "Clip",
    "Error",
    "Evaluation",
    "Findings",
    "Finished",
    "Found",
    "Model",
    "Prediction",
    "Report",
    "Sample",
    "Samples",
    "Stack",
    "Sweep",
    "Table",
    "TransformInfo",
    "Verdict",
    "__version__",
    "check",
    "command",
    "evaluate",
    "keep",
    "log_mlflow",
    "log_wandb",
    "mine",
    "minimize",
    "open",
    "read_parquet",
    "search",
    "shrink",
    "sweep",
    "test",
    "tip",
    "to_datasets",
    "to_fiftyone",
    "to_supervision",
    "torch_dataset",
    "transforms",
]
