"""Times of TrackEval for benches/tracking.rs: reading with overlaps, HOTA, CLEAR, identity; seconds and value by line."""

import os
import pathlib
import sys
import tempfile
import time

import numpy as np
from trackeval.datasets import MotChallenge2DBox
from trackeval.metrics import CLEAR, HOTA, Identity

truth, tested, frames = sys.argv[1], sys.argv[2], int(sys.argv[3])
with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    (root / "gt" / "a" / "gt").mkdir(parents=True)
    (root / "trackers" / "t" / "data").mkdir(parents=True)
    os.symlink(truth, root / "gt" / "a" / "gt" / "gt.txt")
    os.symlink(tested, root / "trackers" / "t" / "data" / "a.txt")
    dataset = MotChallenge2DBox({
        "GT_FOLDER": str(root / "gt"), "TRACKERS_FOLDER": str(root / "trackers"), "SEQ_INFO": {"a": frames},
        "SKIP_SPLIT_FOL": True, "DO_PREPROC": False, "PRINT_CONFIG": False,
    })
    begun = time.perf_counter()
    data = dataset.get_preprocessed_seq_data(dataset.get_raw_seq_data("t", "a"), "pedestrian")
    print("peer", "files and overlaps", time.perf_counter() - begun, "nan", sep="\t")
for metric, value in ((HOTA(), "HOTA"), (CLEAR({"PRINT_CONFIG": False}), "MOTA"), (Identity({"PRINT_CONFIG": False}), "IDF1")):
    seconds = []
    for _ in range(2):
        begun = time.perf_counter()
        result = metric.eval_sequence(data)
        seconds.append(time.perf_counter() - begun)
    print("peer", metric.get_name(), min(seconds), float(np.mean(result[value])), sep="\t")
