"""Times FiftyOne for benches/measure.rs: python measure_peers.py FILE; FIFTYONE_DATABASE_URI says where a MongoDB is.

FILE is JSON: size of the pictures, and for each picture its truths and detections as [class, score, x, y, width, height] in
pixels. Prints JSON: seconds of the evaluation, of a filter with its count, and of the first page of samples.
"""
import json
import logging
import sys
import time

logging.disable(logging.CRITICAL)
import fiftyone as fo  # noqa: E402
from fiftyone import ViewField as F  # noqa: E402

fo.config.show_progress_bars = False
for name in fo.list_datasets():
    fo.delete_dataset(name)
data = json.load(open(sys.argv[1]))
width, height = data["size"]


def boxes(rows, scored):
    found = []
    for label, score, x, y, w, h in rows:
        box = fo.Detection(label=label, bounding_box=[x / width, y / height, w / width, h / height])
        if scored:
            box["confidence"] = score
        found.append(box)
    return fo.Detections(detections=found)


dataset = fo.Dataset()
samples = []
for at, picture in enumerate(data["pictures"]):
    sample = fo.Sample(filepath=f"/tmp/none/{at}.jpg", metadata=fo.ImageMetadata(width=width, height=height))
    sample["truth"], sample["found"] = boxes(picture["truths"], False), boxes(picture["found"], True)
    samples.append(sample)
    if len(samples) == 1000 or at + 1 == len(data["pictures"]):
        dataset.add_samples(samples)
        samples = []


def timed(work, times):
    best = None
    for _ in range(times):
        begun = time.perf_counter()
        result = work()
        spent = time.perf_counter() - begun
        best = spent if best is None else min(best, spent)
    return best, result


evaluated, _ = timed(lambda: dataset.evaluate_detections("found", gt_field="truth", eval_key="e", iou=0.5), 1)
view = dataset.filter_labels("found", (F("label") == "car") & (F("confidence") > 0.5) & (F("e") == "fp"))
filtered, count = timed(lambda: view.count("found.detections"), 3)
page, _ = timed(lambda: [sample.to_dict() for sample in dataset[:40]], 3)
print(json.dumps({"version": fo.__version__, "evaluated": evaluated, "filtered": filtered, "count": count, "page": page}))
