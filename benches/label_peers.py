"""Times what peers take for labels: argv is NAME of the peer, the COCO file, the folder of its pictures.

pycocotools and datumaro need nothing else. FiftyOne needs a MongoDB: FIFTYONE_DATABASE_URI says where it is.
Prints one line a figure: what it is, and seconds.
"""

import contextlib
import io
import logging
import os
import sys
import time

logging.disable(logging.CRITICAL)
peer, path, pictures = sys.argv[1:4]


def timed(what, work):
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        found = work()
    print(f"{what}\t{time.perf_counter() - start}", flush=True)
    return found


if peer == "pycocotools":
    from pycocotools.coco import COCO

    for _ in range(3):
        coco = timed("read", lambda: COCO(path))
    wanted = coco.getCatIds(catNms=["car"])
    timed("filter", lambda: len(coco.getAnnIds(catIds=wanted, areaRng=[1000, 1e9])))
elif peer == "datumaro":
    import datumaro

    def read():
        data = datumaro.Dataset.import_from(os.path.dirname(os.path.dirname(path)), "coco")
        return data, sum(len(item.annotations) for item in data)

    data, count = timed("read", read)
    assert count > 0, "datumaro found no labels"

    def cars():
        label = data.categories()[datumaro.AnnotationType.label].find("car")[0]
        return sum(a.label == label and a.get_area() > 1000 for item in data for a in item.annotations)

    timed("filter", cars)
elif peer == "fiftyone":
    import fiftyone as fo
    from fiftyone import ViewField as F

    fo.config.show_progress_bars = False
    for name in fo.list_datasets():
        fo.delete_dataset(name)
    kind = fo.types.COCODetectionDataset

    def take():
        return fo.Dataset.from_dir(
            dataset_type=kind, labels_path=path, data_path=pictures, name="peer", persistent=True
        )

    data = timed("import", take)
    assert len(data) > 0, "FiftyOne found no pictures"

    def opened():
        return fo.load_dataset("peer", reload=True).first()

    timed("open", opened)
    field = "detections" if data.has_sample_field("detections") else "ground_truth"
    area = F("bounding_box")[2] * F("bounding_box")[3] * 1280 * 720
    for _ in range(3):
        timed("filter", lambda: data.filter_labels(field, (F("label") == "car") & (area > 1000)).count(f"{field}.detections"))
    sample = data.first()

    def edit():
        sample[field].detections[0].bounding_box = [0.1, 0.1, 0.2, 0.2]
        sample.save()

    for _ in range(5):
        timed("edit", edit)
