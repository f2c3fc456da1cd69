"""The part of the package that is written in Rust. Import everything from `hardcase`."""

import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypedDict, final, overload

import numpy as np
import numpy.typing as npt

__all__ = [
    "Clip",
    "Error",
    "Model",
    "Prediction",
    "Sample",
    "Samples",
    "Stack",
    "Table",
    "TransformInfo",
    "Verdict",
    "__version__",
    "call",
    "check",
    "keep",
    "main",
    "minimize",
    "open",
    "read_parquet",
    "set_program",
    "tip",
    "transforms",
]

__version__: str

_Input = npt.NDArray[np.uint8] | npt.NDArray[np.float32] | str

class Error(Exception):
    """A problem in one sentence: what, where, and what to do about it."""

class _Channel(TypedDict):
    kind: str
    encoding: str
    samples: int
    problem: str | None

class _Param(TypedDict):
    id: str
    title: str
    unit: str
    min: float
    max: float
    neutral: float
    initial: float

@final
class Clip:
    """A recording, open but not in memory."""

    @property
    def name(self) -> str:
        """Name of the recording."""
    @property
    def format(self) -> str:
        """Id of the reader: "mcap"."""
    @property
    def channels(self) -> dict[str, _Channel]:
        """Channels by name, cameras first."""
    @property
    def range(self) -> tuple[int, int]:
        """First nanosecond, and the first one after the recording."""
    @property
    def warnings(self) -> list[str]:
        """Parts that could not be read, one sentence each."""
    def times(self, channel: str) -> npt.NDArray[np.int64]:
        """int64[n]: times of the samples of a channel, nanoseconds since 1970."""
    def read(self, channel: str, index: int) -> Any:
        """One sample: uint8[height, width, 3] of a camera, float32[n, 4] of a lidar (x, y, z in meters and the intensity), float of
        a signal, str of a log, dicts of boxes and positions, float32[n, 3] of a path."""
    def signal(self, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Times int64[n] in nanoseconds and values float64[n] of a signal."""
    def samples(self, channel: str, start: int = 0, stop: int | None = None, every: int = 1) -> Samples:
        """Iterate over the samples of a channel from index start to before stop, every n-th; one is decoded at a time."""

@final
class Samples:
    """Iterator over the samples of a channel."""

    def __iter__(self) -> Iterator[Sample]: ...
    def __next__(self) -> Sample: ...
    def __length_hint__(self) -> int: ...

@final
class Sample:
    """One sample of a channel with its time."""

    @property
    def data(self) -> Any:
        """The sample as Clip.read returns it."""
    @property
    def time_ns(self) -> int:
        """Nanoseconds since 1970."""
    @property
    def index(self) -> int:
        """Index in the channel."""
    @property
    def channel(self) -> str:
        """Name of the channel."""
    @property
    def tags(self) -> list[str]:
        """Tags at this moment, for recordings of projects."""

@final
class Stack:
    """Transforms in order with one random seed, as Stack("fog:0.4,rotate:5", seed=7).

    The same stack and the same input give the same bytes on every machine. Stacks can be compared and pickled.
    """

    def __new__(cls, stack: str, seed: int = 0) -> Stack: ...
    @classmethod
    def from_json(cls, text: str) -> Stack:
        """The stack that to_json wrote, with its region and parts."""
    def to_json(self) -> str:
        """The stack as JSON, the form of it in suites and projects."""
    @property
    def seed(self) -> int:
        """The random seed."""
    @property
    def transforms(self) -> list[str]:
        """Ids of the active transforms in order."""
    def with_seed(self, seed: int) -> Stack:
        """The same transforms with another seed, as for another epoch."""
    def __call__(self, x: Any = None, *, boxes: Any = None, image: Any = None, bboxes: Any = None) -> Any:
        """The transformed input, a new array of the same shape: uint8[height, width, 3], float32[n, 3 or 4] or str.

        stack(x, boxes=b) also returns the boxes float32[n, 4] (left, top, right, bottom in pixels), moved like the image; rows of
        boxes that have left it are left out, and further columns stay with their rows. stack(image=x, bboxes=b) returns a dict as
        albumentations does. The array is read where it lies and must be contiguous.
        """
    def __reduce__(self) -> tuple[Any, tuple[str]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class TransformInfo:
    """A transform as it is listed."""

    @property
    def id(self) -> str:
        """Id in stacks: "fog"."""
    @property
    def title(self) -> str:
        """Name on screen."""
    @property
    def summary(self) -> str:
        """One sentence."""
    @property
    def group(self) -> str:
        """Group in menus."""
    @property
    def medium(self) -> str:
        """"image", "points", "signals" or "text"."""
    @property
    def seeded(self) -> bool:
        """True if the seed has an effect."""
    @property
    def params(self) -> list[_Param]:
        """Parameters; the first is the severity."""
    @property
    def promises(self) -> dict[str, str]:
        """By task of a model the promise about its prediction: "same", "moved", or "nothing"."""
    def to_dict(self) -> dict[str, Any]:
        """The attributes as a dict."""

@final
class Prediction:
    """A prediction of a model for one input."""

    @property
    def task(self) -> str:
        """"classification", "detection", "regression", "segmentation" or "embedding"."""
    @property
    def summary(self) -> str:
        """One line for people."""
    @property
    def boxes(self) -> npt.NDArray[np.float32]:
        """float32[n, 4]: left, top, right, bottom of the objects in pixels, highest score first."""
    @property
    def scores(self) -> npt.NDArray[np.float32]:
        """float32[n]: scores of the objects, or of the classes, highest first."""
    @property
    def labels(self) -> list[str]:
        """Classes in the order of scores; of a segmentation those that are there."""
    @property
    def values(self) -> dict[str, float]:
        """Values by name, for regression."""
    @property
    def masks(self) -> list[npt.NDArray[np.bool_]]:
        """bool[height, width] for each class of a segmentation, or for each object with a mask, in the order of labels."""
    @property
    def vector(self) -> npt.NDArray[np.float32]:
        """float32[d], for embeddings."""
    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, as the command line writes it into JSON."""
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: None  # type: ignore[assignment]

@final
class Model:
    """A model that runs: an ONNX file, or a Python callable. It may be used from several threads.

    Model("m.onnx", backend="onnxruntime:threads=2") reads the card beside the file; `card` is the path of another *.card.toml.

    Model(fn, task="detection", classes=["car", "person"], input=(416, 416)) calls fn(batch) with uint8[n, height, width, 3] on one
    thread of its own, with up to `batch` images that wait at that moment. With `card`, a dict with the keys of a model card, it gets
    what the card says as float32. It returns
    - for "detection" a list of n dicts with xyxy[m, 4] in pixels of its input, scores[m] and labels[m] (numbers or names);
    - for "classification" an array [n, classes] of probabilities or logits;
    - for "regression" an array [n, values], for one value also [n];
    - for "segmentation" an array [n, height, width] of class numbers or [n, classes, height, width] of scores;
    - for "embedding" an array [n, numbers];
    - or a dict of arrays by output name, which the decoder of the card reads.
    `input` is (height, width), 416 by 416 if absent. `name` and `version` together identify it; without them no two callables count as the same model.
    """

    def __new__(
        cls,
        model: str | os.PathLike[str] | Callable[[Any], Any],
        backend: str | None = None,
        card: str | os.PathLike[str] | dict[str, Any] | None = None,
        *,
        threads: int = 1,
        task: Literal["classification", "detection", "regression", "segmentation", "embedding"] | None = None,
        classes: Sequence[str] | None = None,
        input: tuple[int, int] = ...,
        batch: int = 8,
        name: str | None = None,
        version: str | None = None,
        threshold: float = 0.4,
    ) -> Model: ...
    @property
    def name(self) -> str:
        """Name from the card."""
    @property
    def path(self) -> pathlib.Path:
        """Path of the file, or the name under which a callable is registered."""
    @property
    def backend(self) -> str:
        """Name of the backend with its settings."""
    @property
    def is_callable(self) -> bool:
        """True for a callable."""
    @property
    def card_file(self) -> pathlib.Path | None:
        """Path of the card that was given, or None."""
    @property
    def task(self) -> str:
        """"classification", "detection", "regression", "segmentation" or "embedding"."""
    @property
    def medium(self) -> str:
        """"image", "points", "signals" or "text"."""
    @property
    def labels(self) -> list[str]:
        """Names of the classes or values, in the order of the outputs."""
    @property
    def sha256(self) -> str:
        """Checksum of the file; of a callable that of its name, version and card."""
    @property
    def card(self) -> dict[str, Any]:
        """The card as plain values."""
    @overload
    def predict(self, x: list[Any]) -> list[Prediction]: ...
    @overload
    def predict(self, x: Any) -> Any:
        """Predictions for a list of inputs or a batch uint8[n, height, width, 3] in its order; for one input one prediction."""

@final
class Verdict:
    """A judged claim about one input and its transformation. As a truth value it raises for a skip."""

    @property
    def passed(self) -> bool:
        """True if the claim holds."""
    @property
    def failed(self) -> bool:
        """True if it does not hold; a skip is neither."""
    @property
    def skipped(self) -> bool:
        """True if nothing could be judged: the transforms promise nothing, or the claim does not fit."""
    @property
    def verdict(self) -> str:
        """"pass", "fail" or "skip"."""
    @property
    def why(self) -> str:
        """The reason of a failure or a skip, "" for a pass."""
    @property
    def margin(self) -> float | None:
        """Value minus bound in the unit of the claim; None for claims that measure none."""
    @property
    def confidence(self) -> float | None:
        """Confidence of the model in the expected prediction, 0 to 1."""
    @property
    def before(self) -> Prediction:
        """Prediction for the original."""
    @property
    def after(self) -> Prediction:
        """Prediction for the transformed input."""
    @property
    def expected(self) -> Prediction | None:
        """Prediction that the transforms promise, or None."""
    @property
    def changed(self) -> Any:
        """The transformed input: uint8[height, width, 3], float32[n, 4] or str."""
    def __bool__(self) -> bool: ...

@final
class Table:
    """A table in Arrow's memory layout; pyarrow.table(t), polars.DataFrame(t) and DuckDB take it without a copy."""

    @property
    def columns(self) -> list[str]:
        """Names of the columns in order."""
    def __getitem__(self, name: str, /) -> Any:
        """A column: float64[n] with NaN for nothing, int64[n], or a list of str."""
    def to_dicts(self) -> list[dict[str, Any]]:
        """All rows as dicts, for few."""
    def rows(self, positions: Sequence[int]) -> list[dict[str, Any]]:
        """The rows at these positions as dicts."""
    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Arrow's PyCapsule interface."""
    def __len__(self) -> int: ...

def open(path: str | os.PathLike[str], clip: str | None = None) -> Clip:
    """Open a recording, or one of a project: the only one, or the one called `clip`. All samples are indexed."""

def transforms(medium: str = "image") -> list[TransformInfo]:
    """The transforms of a medium: "image", "points", "signals" or "text"."""

def check(
    model: Model, x: _Input, stack: Stack | str, claim: str | None = None, *, seed: int = 1, **params: Any
) -> Verdict:
    """Judge a claim about an input and its transformation by a stack.

    `claim` is the name of a claim or an expression, as "after.steering < 0.2"; the usual one for the model's task if absent. `params`
    are those of the claim (iou=0.7), beside class_name=, assume_same=, region= (left, top, right, bottom in pixels). `seed` counts
    for a stack that is a text.
    """

def tip(
    model: Model, x: _Input, transform: Stack | str, claim: str | None = None, *, seed: int = 1, **params: Any
) -> float | None:
    """The tipping point: the smallest severity of the last transform at which the claim fails; None if it holds throughout.

    A claim that fails without the transform is an Error.
    """

def minimize(
    model: Model, x: _Input, stack: Stack | str, claim: str | None = None, *, seed: int = 1, **params: Any
) -> Stack:
    """The smallest stack for which the claim still fails: fewer and weaker transforms, rounder numbers, a smaller part of the input.

    A stack under which the claim does not fail is an Error.
    """

def keep(
    suite: str | os.PathLike[str],
    x: _Input,
    stack: Stack | str,
    claim: str | None = None,
    *,
    model: Model,
    why: str = "",
    tags: Sequence[str] = ...,
    name: str | None = None,
    seed: int = 1,
    **params: Any,
) -> pathlib.Path:
    """Add a case to the suite in a folder, which begins with its first case; return the path of the case's file.

    The input is frozen beside it. A case of the same name is an Error, and then nothing is written.
    """

def read_parquet(path: str | os.PathLike[str]) -> Table:
    """A Parquet file of results as a table."""

def call(args: Sequence[str]) -> tuple[int, str, str]:
    """Run a subcommand inside of this process: its exit code, its results and its remarks."""

def main(args: Sequence[str]) -> int:
    """Run the command line with arguments that begin with the name of the program; return its exit code."""

def set_program(program: str, first: Sequence[str]) -> None:
    """Set the program and its first arguments that processes of this program are started with."""
