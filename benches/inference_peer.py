"""Answers lines on standard input: what ONNX Runtime's own Python package needs for the same work.

python inference_peer.py MODEL THREADS BATCH FOLDER WIDTH HEIGHT LAYOUT
  run N      N runs of one batch of random numbers; prints seconds
  clip N     N times: all pictures of the folder read with OpenCV, resized, given to the model; prints seconds
"""
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

path, threads, batch, folder, width, height, layout = sys.argv[1:]
threads, batch, width, height = int(threads), int(batch), int(width), int(height)
cv2.setNumThreads(1)


def session(inside):
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = inside, 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


one = session(threads)
name = one.get_inputs()[0].name
shape = (batch, 3, height, width) if layout == "NCHW" else (batch, height, width, 3)
numbers = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
own = threading.local()


def ask(file):
    if not hasattr(own, "session"):
        own.session = session(1)
    picture = cv2.resize(cv2.imread(str(file)), (width, height))[:, :, ::-1]
    given = (picture.astype(np.float32) - 127.5) / 127.5
    if layout == "NCHW":
        given = np.ascontiguousarray(given.transpose(2, 0, 1))
    return own.session.run(None, {name: given[None]})


files = sorted(Path(folder).iterdir())
pool = ThreadPoolExecutor(threads)
list(pool.map(ask, files[:4]))
one.run(None, {name: numbers})
print(ort.__version__, flush=True)
for line in sys.stdin:
    what, count = line.split()
    begun = time.perf_counter()
    for _ in range(int(count)):
        if what == "run":
            one.run(None, {name: numbers})
        else:
            list(pool.map(ask, files))
    print(time.perf_counter() - begun, flush=True)
