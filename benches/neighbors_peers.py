"""Times umap-learn and faiss for benches/neighbors.rs: python neighbors_peers.py FOLDER

FOLDER holds map.f32 (10,000 x 512), points.f32 (100,000 x 512) queries.f32 (500 x 512)
and groups.i64, the group of each in map.f32. Prints JSON: CPU seconds on one
thread, best of some, the neighbors that faiss found, and how trustworthy umap-learn's map is.
"""
import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
import warnings  # noqa: E402

warnings.filterwarnings("ignore")
import faiss  # noqa: E402
import numpy as np  # noqa: E402
import umap  # noqa: E402
from sklearn.decomposition import PCA  # noqa: E402
from sklearn.manifold import trustworthiness  # noqa: E402

faiss.omp_set_num_threads(1)


def read(name):
    return np.fromfile(os.path.join(sys.argv[1], name), np.float32).reshape(-1, 512)


def timed(work, times):
    best = None
    for _ in range(times):
        begun = time.process_time()
        result = work()
        spent = time.process_time() - begun
        best = spent if best is None else min(best, spent)
    return best, result


def surprise(known, classes, asked, own):
    """Distance-based surprise, a class at a time by matrix products."""
    scores = np.empty(len(asked))
    squares = (known ** 2).sum(1)
    far = np.sqrt(np.maximum((asked ** 2).sum(1)[:, None] + squares[None] - 2 * asked @ known.T, 0))
    for group in np.unique(own):
        rows, same, others = np.where(own == group)[0], np.where(classes == group)[0], np.where(classes != group)[0]
        anchors = same[far[rows][:, same].argmin(1)]
        across = squares[anchors][:, None] + squares[others][None] - 2 * known[anchors] @ known[others].T
        scores[rows] = far[rows, anchors] / np.sqrt(np.maximum(across, 0)).min(1)
    return scores


small, points, queries = read("map.f32"), read("points.f32"), read("queries.f32")
index = faiss.IndexFlatL2(512)
index.add(points)
flat, found = timed(lambda: index.search(queries, 10)[1], 5)
groups = np.fromfile(os.path.join(sys.argv[1], "groups.i64"), np.int64)
dsa, scores = timed(lambda: surprise(small, groups, small[:1000] + np.float32(0.1), groups[:1000]), 5)
pca, _ = timed(lambda: PCA(2, svd_solver="covariance_eigh").fit_transform(small), 3)
umap.UMAP(random_state=0, n_jobs=1).fit_transform(small[:500])
mapped, layout = timed(lambda: umap.UMAP(random_state=0, n_jobs=1).fit_transform(small), 1)
part = slice(0, 10000, 5)
print(json.dumps({
    "faiss": faiss.__version__, "umap": umap.__version__, "flat": flat, "found": found.tolist(), "pca": pca,
    "dsa": dsa, "dsa_mean": float(scores.mean()), "mapped": mapped,
    "trust": float(trustworthiness(small[part], layout[part], n_neighbors=15)),
}))
