"""The questions of benches/recordings.rs, asked of the Python package mcap and OpenCV. CPU time in ms."""

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from mcap.reader import make_reader

cv2.setNumThreads(1)
path = sys.argv[1]
clock = time.process_time
TOPICS = ["/camera/front/image", "/camera/left/image", "/camera/right/image"]


def jpeg(data):
    at = data.index(b"\xff\xd8\xff")
    return cv2.imdecode(np.frombuffer(data[at:], np.uint8), cv2.IMREAD_COLOR)


start = clock()
file = open(path, "rb")
reader = make_reader(file)
summary = reader.get_summary()
opened = (clock() - start) * 1e3
first, last = summary.statistics.message_start_time, summary.statistics.message_end_time
_, _, message = next(reader.iter_messages(topics=[TOPICS[0]]))
jpeg(message.data)
print(f"peer mcap {__import__('mcap').__version__} + OpenCV {cv2.__version__}")
print(f"  open                       {opened:8.1f}")
print(f"  first picture since open   {(clock() - start) * 1e3:8.1f}")
rng = random.Random(1)
taken = []
for i in range(100):
    at = rng.randrange(first + 200_000_000, last)
    start = clock()
    found = reader.iter_messages(topics=[TOPICS[i % 3]], start_time=at - 100_000_000, end_time=at, reverse=True)
    _, _, message = next(found)
    jpeg(message.data)
    taken.append((clock() - start) * 1e3)
print(f"  random picture p50 / p95   {np.percentile(taken, 50):8.1f} / {np.percentile(taken, 95):.1f}")
start = clock()
count = sum(1 for _ in reader.iter_messages())
print(f"  full scan                  {(clock() - start) * 1e3:8.0f}   {count} messages")

# Rerun has to take in the whole file before it shows anything.
rerun = shutil.which("rerun") or shutil.which("rerun", path=Path(sys.executable).parent)
if rerun:
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([rerun, "mcap", "convert", path, "-o", f"{folder}/out.rrd"], capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        version = subprocess.run([rerun, "--version"], capture_output=True, text=True).stdout.split("\n")[0]
        outcome = "" if done.returncode == 0 else f"   failed: {done.stderr.decode()[-200:]}"
        print(f"  {version[:24]} mcap convert {spent * 1e3:8.0f}{outcome}")
