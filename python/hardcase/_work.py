"""Longer work: the subcommands of the command line, inside of this process.

Arguments become those of the command line, so that its checks, its sentences and its files are the same; models that are callables
are found by the name under which they are registered.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any, Iterable, NamedTuple, Sequence, Union

from ._hardcase import Error, Model, Stack, Table, call, read_parquet

PathLike = Union[str, "os.PathLike[str]"]
Places = Union[PathLike, Sequence[PathLike]]
Words = Union[str, Sequence[str], None]
Rows = list[dict[str, Any]]


class Finished(NamedTuple):
    """A subcommand that ended: its exit code, its results, and its remarks."""

    code: int
    output: str
    remarks: str


def command(*args: PathLike, check: bool = True) -> Finished:
    """Run a subcommand of the command line inside of this process, as hc.command("info", "drive.mcap").

    Exit codes are those of the command line. With `check`, bad arguments (2) and unreadable input (3) raise `hardcase.Error`.
    """
    finished = Finished(*call([os.fspath(arg) for arg in args]))
    if check and finished.code in (2, 3):
        raise Error(sentence(finished))
    return finished


def sentence(finished: Finished) -> str:
    """The error of a subcommand: the last line, or all that the parser of arguments says."""
    text = finished.remarks.strip()
    if text.startswith("error: "):
        return text.split("\n\nUsage:")[0].removeprefix("error: ").strip()
    return text.splitlines()[-1].removeprefix("hardcase: ") if text else f"ended with exit code {finished.code}"


def many(places: Places) -> list[str]:
    """One or several paths."""
    if isinstance(places, (str, os.PathLike)):
        return [os.fspath(places)]
    return [os.fspath(place) for place in places]


def words(value: Words) -> list[str]:
    """One or several texts."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def options(**values: Any) -> list[str]:
    """Options of the command line: a list repeats one, True sets one, None and False leave it out."""
    args: list[str] = []
    for name, value in values.items():
        flag = "--" + name.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            args.append(flag)
        elif isinstance(value, (list, tuple)):
            args += [f"{flag}={one}" for one in value]
        else:
            args.append(f"{flag}={os.fspath(value) if isinstance(value, os.PathLike) else value}")
    return args


def model_options(model: Model | PathLike | None) -> list[str]:
    """--model and --backend of a model or a path; a callable is tried once, so that one that fails on any input says so at once."""
    if model is None:
        return []
    if not isinstance(model, Model):
        return [f"--model={os.fspath(model)}"]
    if model.card_file is not None:
        raise Error("this work reads the card beside the model file, copy the card there and load the model without card=")
    if model.is_callable:
        tried(model)
        return [f"--model={model.path}"]
    return [f"--model={model.path}", f"--backend={model.backend}"]


def tried(model: Model) -> None:
    """A first run of a callable on a gray image."""
    if model.medium == "image":
        import numpy

        card = model.card["input"]
        model.predict(numpy.full((card["height"], card["width"], 3), 128, "uint8"))


def claim_options(claim: str | None, params: dict[str, Any]) -> list[str]:
    """The claim by its name or as an expression, with its parameters."""
    params = dict(params)
    args = options(class_=params.pop("class_name", None), assume_same=params.pop("assume_same", False))
    expression = params.pop("expression", None)
    if claim is not None and any(sign in claim for sign in "<>=!( "):
        claim, expression = None, claim
    args += options(claim=claim, expression=expression)
    return args + options(param=[f"{name}={value}" for name, value in params.items()])


class Folder:
    """A temporary folder that is removed with the object."""

    def __init__(self) -> None:
        self.name = tempfile.mkdtemp(prefix="hardcase-")
        weakref.finalize(self, shutil.rmtree, self.name, ignore_errors=True)


class Sweep:
    """Results of a sweep: one row for each frame, variant and model; pyarrow.table(sweep), polars.DataFrame(sweep) and so on."""

    def __init__(self, table: Table, summary: dict[str, Any], file: str, folder: Any = None) -> None:
        self.table = table
        self.summary = summary
        self._file = file
        # The file is removed with this object.
        self._folder = folder

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        total = self.rates()[0]
        return f"<hardcase.Sweep {len(self)} rows, {total['failed']} of {total['judged']} failed>"

    def to_parquet(self, path: PathLike) -> None:
        """Write the rows to a file, the same bytes as `hardcase sweep -o path` writes."""
        shutil.copyfile(self._file, path)

    @property
    def problems(self) -> list[str]:
        """Frames that could not be read or predicted, one sentence each."""
        return list(self.summary["problems"])

    @property
    def tipping(self) -> dict[str, Any] | None:
        """Tipping points of the first model: inputs that failed, of how many, quartiles of the smallest failing severity."""
        found: dict[str, Any] | None = self.summary["models"][0]["tipping"]
        return found

    def rates(self, by: str | None = None, model: int = 0) -> list[dict[str, Any]]:
        """Failure rates with 95 % confidence intervals: of everything, along a transform ("fog"), or by "tag" or "class"."""
        found = self.summary["models"][model]
        if by is None:
            return [found["violations"]]
        for curve in found["curves"]:
            if by in (curve["axis"], curve["axis"].split(".")[0]):
                return [{"value": point["value"], **point["violations"]} for point in curve["points"]]
        slices = [part for part in found["slices"] if part["kind"].lower() == by.lower()]
        if not slices:
            axes = [curve["axis"] for curve in found["curves"]]
            kinds = sorted({part["kind"].lower() for part in found["slices"]})
            raise Error(f"the sweep has nothing called {by!r}, it has {', '.join(axes + kinds)}")
        return [{"name": part["name"], **part["violations"]} for part in slices]

    def worst(self, count: int = 10) -> list[dict[str, Any]]:
        """The failures with the smallest severity, as dicts of the columns."""
        failed = [at for at, verdict in enumerate(self.table["verdict"]) if verdict == "fail"]
        strength = self.table["strength"]
        failed.sort(key=lambda at: (float(strength[at]), at))
        return self.table.rows(failed[:count])


def sweep(
    inputs: Places,
    model: Model | PathLike | Sequence[Model | PathLike] | None,
    stack: str,
    *,
    plan: str = "grid",
    steps: int = 5,
    samples: int = 50,
    seeds: Iterable[int] = (1,),
    claim: str | None = None,
    every: int = 1,
    clip: str | None = None,
    channel: str | None = None,
    human: str | None = None,
    jobs: int | None = None,
    journal: PathLike | None = None,
    **params: Any,
) -> Sweep:
    """Sweep a stack with ranges, as "fog:0..1,rotate:-10|10", over the frames of projects, recordings and images.

    `plan` is grid, random, latin-hypercube, pairwise or one-at-a-time. With `journal`, the path of a Parquet file, an interrupted
    sweep resumes. `params` are those of the claim, beside class_name= and assume_same=. With several models the first column of
    `rates` is that of the first.
    """
    if isinstance(stack, Stack):
        raise Error("a sweep takes a text in which values may be ranges, as \"fog:0..1\", got a Stack")
    models: list[Any] = list(model) if isinstance(model, (list, tuple)) else [model]
    chosen = [model_options(one) for one in models]
    backends = {arg for args in chosen for arg in args if arg.startswith("--backend=")}
    if len(backends) > 1:
        raise Error("models of different backends cannot be swept together, sweep them one after the other")
    folder = None
    if journal is None:
        folder = Folder()
        journal = os.path.join(folder.name, "sweep.parquet")
    file = os.fspath(journal)
    if not file.endswith(".parquet"):
        raise Error(f"the journal of a sweep is a .parquet file, got {file}")
    args = ["sweep", *many(inputs), f"--stack={stack}", f"--output={file}", "--json"]
    args += [arg for args in chosen for arg in args if arg.startswith("--model=")] + sorted(backends)
    args += options(plan=plan, levels=steps, samples=samples, seeds=",".join(str(seed) for seed in seeds))
    args += options(stride=every, clip=clip, channel=channel, human=human, jobs=jobs)
    finished = command(*args, *claim_options(claim, params))
    return Sweep(read_parquet(file), json.loads(finished.output), file, folder)


class Found:
    """Results of a coverage-guided search beside a random one: failures with their inputs, stacks and reasons."""

    def __init__(self, summary: dict[str, Any], state: dict[str, Any]) -> None:
        self.summary = summary
        self.failures = [failure(one) for one in state["guided"]["found"]]
        self.random = [failure(one) for one in (state.get("random") or {"found": []})["found"]]

    def __len__(self) -> int:
        return len(self.failures)

    def __repr__(self) -> str:
        return f"<hardcase.Found {len(self)} failures, {len(self.random)} by chance>"


def failure(one: dict[str, Any]) -> dict[str, Any]:
    """A failure with its stack as one."""
    return {**one, "stack": Stack.from_json(json.dumps(one["stack"]))}


def search(
    inputs: Places,
    model: Model | PathLike | None = None,
    *,
    tries: int = 500,
    seed: int = 1,
    claim: str | None = None,
    class_name: str | None = None,
    assume_same: bool = False,
    every: int = 1,
) -> Found:
    """Search for failing transforms guided by neuron coverage, beside a random baseline of as many runs.

    `input` of a failure is the position of its frame among all inputs. A callable does not show its neurons and is refused.
    """
    if isinstance(model, Model) and model.is_callable:
        raise Error("a search is guided by the neurons of an ONNX file, a callable shows none, sweep with plan=\"random\" instead")
    with tempfile.TemporaryDirectory(prefix="hardcase-") as folder:
        file = os.path.join(folder, "search.json")
        args = ["search", *many(inputs), f"--output={file}", "--json", f"--budget={tries}", f"--seed={seed}"]
        chosen = [arg for arg in model_options(model) if not arg.startswith("--backend=")]
        rest = options(claim=claim, class_=class_name, assume_same=assume_same, stride=every)
        finished = command(*args, *chosen, *rest)
        return Found(json.loads(finished.output), json.loads(Path(file).read_text("utf-8")))


class Evaluation:
    """Metrics of predictions against ground truth, and the items behind them."""

    def __init__(self, metrics: dict[str, Any], args: list[str], models: list[Any]) -> None:
        self.metrics = metrics
        self._args = args
        # A callable must not end before its evaluation.
        self._models = models

    def list(self, expression: str) -> Rows:
        """Items that match, as 'outcome == "missed" and score < 0.5'. The evaluation runs again."""
        found: Rows = evaluated([*self._args, f"--list={expression}"])["listed"]
        return found

    @property
    def items(self) -> Rows:
        """All items: matched objects, false positives and misses, or samples."""
        return self.list("true")

    def __repr__(self) -> str:
        plain = {name: value for name, value in self.metrics.items() if isinstance(value, (int, float))}
        return f"<hardcase.Evaluation {plain}>"


def evaluate(
    source: PathLike,
    predictions: Model | PathLike | None = None,
    *,
    truth: PathLike | None = None,
    by: Words = None,
    clip: Words = None,
    classes: dict[str, str] | None = None,
    signals: dict[str, str] | None = None,
    bootstrap: int = 0,
    masks: bool = False,
) -> Evaluation:
    """Evaluate a model or a file of predictions on a project or a recording, or two files of COCO.

    `source` is a project or a recording, or a file of COCO labels with `predictions` as a file of COCO results. `predictions` is a
    model, or a file made elsewhere; the project's model if absent. `by` cuts into slices: "class", "tag", "size", an expression.
    """
    args = ["evaluate"]
    is_coco = str(source).endswith(".json") and Path(source).is_file()
    if is_coco:
        if predictions is None or isinstance(predictions, Model):
            raise Error("a file of COCO labels is evaluated with a file of COCO results")
        args += options(truth=source, predictions=predictions, masks=masks)
    else:
        args += [os.fspath(source), *options(truth=truth)]
        is_model = isinstance(predictions, Model) or str(predictions).endswith(".onnx")
        args += model_options(predictions) if is_model else options(predictions=predictions)
        pair = [f"{ours}={theirs}" for ours, theirs in (classes or {}).items()]
        args += options(by=words(by), clip=words(clip), class_=pair, bootstrap=bootstrap or None)
        args += options(signal=[f"{name}={signal}" for name, signal in (signals or {}).items()])
    return Evaluation(evaluated(args), args, [predictions])


def evaluated(args: list[str]) -> dict[str, Any]:
    """The document of an evaluation."""
    with tempfile.TemporaryDirectory(prefix="hardcase-") as folder:
        file = os.path.join(folder, "evaluation.json")
        command(*args, f"--json={file}")
        document: dict[str, Any] = json.loads(Path(file).read_text("utf-8"))
        return document


class Report:
    """Verdicts of suites."""

    def __init__(self, code: int, text: str, folder: Any) -> None:
        self._folder = folder
        self.text = text
        self.code = code
        self.document: dict[str, Any] = json.loads(Path(folder.name, "report.json").read_text("utf-8"))

    @property
    def ok(self) -> bool:
        """True if the run passed, by the rules of `hardcase test`: exit code 0."""
        return self.code == 0

    @property
    def cases(self) -> list[dict[str, Any]]:
        """The cases with id, suite, verdict, reason, tags, claim and predictions."""
        return [{"suite": suite["name"], **case} for suite in self.document["suites"] for case in suite["cases"]]

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of pass, fail, skip and error."""
        return dict(self.document["counts"])

    def junit(self, path: PathLike) -> None:
        """Write the JUnit file."""
        shutil.copyfile(os.path.join(self._folder.name, "junit.xml"), path)

    def html(self, folder: PathLike) -> None:
        """Write the HTML report into a folder."""
        shutil.copytree(os.path.join(self._folder.name, "html"), folder, dirs_exist_ok=True)

    def __repr__(self) -> str:
        return f"<hardcase.Report {', '.join(f'{count} {name}' for name, count in self.counts.items())}>"


def test(
    suites: Places,
    model: Model | PathLike | None = None,
    *,
    include: Words = None,
    exclude: Words = None,
    critical: Words = None,
    cases: Words = None,
    baseline: PathLike | None = None,
    repeats: int = 1,
    today: str | None = None,
    jobs: int | None = None,
) -> Report:
    """Run suites, with the model of each suite or another one.

    Cases are judged in processes of their own with limits of time and memory; with a callable inside of this one, without limits.
    """
    folder = Folder()
    within = {name: os.path.join(folder.name, file) for name, file in REPORTS.items()}
    args = ["test", *many(suites), *model_options(model), *options(**within)]
    args += options(include=words(include), exclude=words(exclude), critical=words(critical), case=words(cases))
    args += options(baseline=baseline, repeats=repeats, today=today, jobs=jobs)
    finished = command(*args, check=False)
    if not os.path.exists(within["json"]):
        raise Error(sentence(finished))
    return Report(finished.code, finished.output, folder)


# Reports that are written with every run, by option.
REPORTS = {"json": "report.json", "junit": "junit.xml", "html": "html"}


class Findings:
    """Findings in recordings, one row each; pyarrow.table(findings), polars.DataFrame(findings) and so on."""

    def __init__(self, table: Table, text: str) -> None:
        self.table = table
        self.text = text

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"<hardcase.Findings {len(self)} findings>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """The findings as dicts."""
        return self.table.to_dicts()


def mine(
    places: Places,
    *,
    finders: Words = None,
    ask: Words = None,
    samples: bool = False,
    sensors: bool = False,
    jobs: int | None = None,
) -> Findings:
    """Mine recordings for what happened that nobody tagged, with finders or questions, as 'signal("brake") > 0.3'."""
    with tempfile.TemporaryDirectory(prefix="hardcase-") as folder:
        file = os.path.join(folder, "findings.parquet")
        args = ["mine", *many(places), f"--output={file}"]
        args += options(finder=words(finders), ask=words(ask), samples=samples, sensors=sensors, jobs=jobs)
        finished = command(*args)
        return Findings(read_parquet(file), finished.output)
