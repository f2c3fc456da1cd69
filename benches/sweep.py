"""The pipeline a person would write: decode with OpenCV, change, resize, ask ONNX Runtime, compare; as many threads as
the sweep has. Usage: sweep.py FOLDER MODEL THREADS; prints pictures asked per second and inference alone."""
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

folder, model, threads = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
cv2.setNumThreads(1)
options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
lut = [np.clip(np.arange(256) + bias, 0, 255).astype(np.uint8) for bias in (-60, -30, 30, 60)]


def ask(picture):
    h, w = picture.shape[:2]
    side = min(h, w)
    y, x = (h - side) // 2, (w - side) // 2
    square = cv2.resize(picture[y:y + side, x:x + side], (224, 224), interpolation=cv2.INTER_AREA)
    values = (square[:, :, ::-1].astype(np.float32) - 127.5) / 127.5
    return int(session.run(None, {name: values.transpose(2, 0, 1)[None]})[0].argmax())


def unit(path):
    picture = cv2.imread(str(path))
    before = ask(picture)
    answers = [ask(cv2.LUT(picture, table)) for table in lut]
    answers += [ask(cv2.GaussianBlur(picture, (0, 0), sigma)) for sigma in (1, 2, 3, 4)]
    return [answer == before for answer in answers]


paths = sorted(folder.iterdir())
unit(paths[0])
begun = time.perf_counter()
with ThreadPoolExecutor(threads) as pool:
    judged = sum(len(result) for result in pool.map(unit, paths))
seconds = time.perf_counter() - begun
zeros = np.zeros((1, 3, 224, 224), np.float32)
asked = len(paths) * 9


def alone(_):
    session.run(None, {name: zeros})


begun = time.perf_counter()
with ThreadPoolExecutor(threads) as pool:
    list(pool.map(alone, range(asked)))
inference = time.perf_counter() - begun
print(json.dumps({"judged": judged, "seconds": seconds, "inference_seconds": inference}))
