"""Decodes a JPEG with simplejpeg, which is libjpeg-turbo, and with OpenCV. CPU time in ms."""

import sys
import time

import cv2
import numpy as np
import simplejpeg

cv2.setNumThreads(1)
data = open(sys.argv[1], "rb").read()
clock = time.process_time


def timed(decode):
    taken = []
    for _ in range(60):
        start = clock()
        decode()
        taken.append((clock() - start) * 1e3)
    return f"p50 {np.percentile(taken, 50):6.2f} ms CPU, best {min(taken):.2f}"


print(f"peer simplejpeg {simplejpeg.__version__}        {timed(lambda: simplejpeg.decode_jpeg(data, fastdct=False, fastupsample=False))}")
print(f"peer OpenCV {cv2.__version__}           {timed(lambda: cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))}")
