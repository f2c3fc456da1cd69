"""COCO evaluation by others: argv is truth.json, found.json. Prints name, seconds and the twelve numbers, a line each."""

import contextlib
import io
import sys
import time

truth, found = sys.argv[1:3]


def run(name, coco, evaluator, times):
    best = None
    for _ in range(times):
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            labels = coco(truth)
            result = evaluator(labels, labels.loadRes(found), "bbox")
            result.evaluate()
            result.accumulate()
            result.summarize()
        seconds = time.perf_counter() - start
        best = seconds if best is None else min(best, seconds)
    print(name, best, *(repr(float(v)) for v in result.stats[:12]), sep="\t", flush=True)


import faster_coco_eval

run("faster-coco-eval", faster_coco_eval.COCO, faster_coco_eval.COCOeval_faster, 2)
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

run("pycocotools", COCO, COCOeval, 1)
