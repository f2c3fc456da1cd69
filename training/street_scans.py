"""Rendered LIDAR scans of a street, and a small detector trained on them: python3 street_scans.py PROJECT

Writes the sample project `lidar`: a drive of 30 scans (`clips/street_scans/*.pcd`), the detector
(`models/street_centers.onnx` with its card) and `hardcase.toml`. With `--scans FOLDER N` it writes N scans of N other
streets instead. Needs numpy, jax, optax, onnx; a few minutes on two cores. The same seed gives the same files on one
machine; training differs in the last digits between processors.

The sensor: 28 lasers from -24 to +4 degrees, 360 directions, 1.8 m above the ground, range noise of 2 cm.
The frame: x ahead, y to the left, z up, meters, the sensor at the origin.
The detector: the ground from above in cells of 0.5 m, heads of CenterPoint (Yin et al., CVPR 2021) in cells of 1 m.
"""
import math
import os
import struct
import sys

import numpy as np

AHEAD, LEFT, UP, CELL = (-32.0, 32.0), (-32.0, 32.0), (-2.5, 2.5), 0.5
SIZE = 128
CLASSES = ["car", "pedestrian"]
HEIGHT = 1.8
ELEVATIONS = np.radians(np.linspace(-24.0, 4.0, 28))
AZIMUTHS = np.radians(np.arange(360))
FAR = 70.0


def rays():
    e, a = np.meshgrid(ELEVATIONS, AZIMUTHS, indexing="ij")
    return np.stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)], -1).reshape(-1, 3)


RAYS = rays()


def street(rng):
    """Objects as rows: class (-1 is something else), x, y, z of the middle, length, width, height, yaw, intensity, speed."""
    things = []

    def add(kind, x, y, size, yaw, intensity, speed=0.0):
        things.append([kind, x, y, size[2] / 2 - HEIGHT, *size, yaw, intensity, speed])

    for lane, way in ((-1.8, 0.0), (1.8, math.pi), (5.4, math.pi), (-5.4, 0.0)):
        x = rng.uniform(-34, -20)
        while x < 34:
            if rng.random() < 0.55 and abs(x) > 4.5:
                size = (rng.uniform(3.7, 4.8), rng.uniform(1.7, 1.95), rng.uniform(1.35, 1.8))
                add(0, x, lane + rng.normal(0, 0.25), size, rng.normal(0, 0.06), rng.uniform(0.4, 0.9),
                    rng.uniform(0, 9) * (1 if way == 0.0 else -1))
            x += rng.uniform(7, 16)
    if rng.random() < 0.6:  # one that crosses
        add(0, rng.choice([-1, 1]) * rng.uniform(8, 26), rng.uniform(-14, 14), (4.3, 1.8, 1.5),
            math.pi / 2 + rng.normal(0, 0.2), rng.uniform(0.4, 0.9))
    for _ in range(rng.integers(3, 9)):
        side = rng.choice([-1, 1])
        add(1, rng.uniform(-28, 28), side * rng.uniform(7.6, 11.0), (rng.uniform(0.45, 0.75), rng.uniform(0.45, 0.75),
            rng.uniform(1.5, 1.95)), rng.uniform(-1.5, 1.5), rng.uniform(0.25, 0.5), rng.normal(0, 1.0))
    for side in (-1, 1):
        x = -34.0
        while x < 34:  # buildings
            length = rng.uniform(6, 18)
            if rng.random() < 0.75:
                add(-1, x + length / 2, side * rng.uniform(15, 19), (length, 4.0, rng.uniform(4, 9)), 0.0, rng.uniform(0.2, 0.6))
            x += length + rng.uniform(1, 6)
        for _ in range(rng.integers(2, 6)):  # poles, trunks, boxes
            w = rng.uniform(0.15, 0.4)
            add(-1, rng.uniform(-32, 32), side * rng.uniform(7.5, 12), (w, w, rng.uniform(2.5, 5)), 0.0, rng.uniform(0.2, 0.7))
        if rng.random() < 0.5:
            add(-1, rng.uniform(-30, 30), side * rng.uniform(8, 12), (rng.uniform(0.8, 2.5), rng.uniform(0.6, 1.2),
                rng.uniform(0.6, 1.1)), rng.uniform(-0.3, 0.3), rng.uniform(0.2, 0.6))
    return np.array(things)


def scan(things, rng):
    """Points (n, 4): x, y, z, intensity of the first thing on each ray."""
    distance = np.full(len(RAYS), np.inf)
    strength = np.zeros(len(RAYS))
    down = RAYS[:, 2] < -1e-3
    distance[down] = -HEIGHT / RAYS[down, 2]
    strength[down] = 0.08 + 0.12 * rng.random(down.sum())
    for _, x, y, z, length, width, height, yaw, intensity, _ in things:
        c, s = math.cos(yaw), math.sin(yaw)
        o = np.array([-x * c - y * s, x * s - y * c, -z])
        d = np.stack([RAYS[:, 0] * c + RAYS[:, 1] * s, -RAYS[:, 0] * s + RAYS[:, 1] * c, RAYS[:, 2]], -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            a = (np.array([-length, -width, -height]) / 2 - o) / d
            b = (np.array([length, width, height]) / 2 - o) / d
        near, far = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
        hit = (near <= far) & (near > 0.5) & (near < distance)
        distance[hit] = near[hit]
        strength[hit] = intensity * (0.8 + 0.4 * rng.random(hit.sum()))
    seen = (distance < FAR) & (rng.random(len(RAYS)) > 0.03)
    r = distance[seen] + rng.normal(0, 0.02, seen.sum())
    return np.concatenate([RAYS[seen] * r[:, None], np.clip(strength[seen], 0, 1)[:, None]], 1).astype(np.float32)


def raster(points):
    """What `inference::raster` makes of points: highest, intensity, density (3, rows ahead, columns to the left)."""
    row = np.floor((points[:, 0] - AHEAD[0]) / (AHEAD[1] - AHEAD[0]) * SIZE).astype(int)
    column = np.floor((points[:, 1] - LEFT[0]) / (LEFT[1] - LEFT[0]) * SIZE).astype(int)
    ok = (row >= 0) & (row < SIZE) & (column >= 0) & (column < SIZE) & (points[:, 2] >= UP[0]) & (points[:, 2] <= UP[1])
    cell = row[ok] * SIZE + column[ok]
    grid = np.zeros((3, SIZE * SIZE), np.float32)
    np.maximum.at(grid[0], cell, (points[ok, 2] - UP[0]) / (UP[1] - UP[0]))
    np.maximum.at(grid[1], cell, points[ok, 3])
    grid[2] = np.minimum(np.log1p(np.bincount(cell, minlength=SIZE * SIZE)) / math.log1p(64), 1)
    return grid.reshape(3, SIZE, SIZE)


def targets(things, points):
    """Maps of centers (2, 64, 64), boxes (8, 64, 64) and where boxes are known (64, 64)."""
    n = SIZE // 2
    heat, boxes, known = np.zeros((2, n, n), np.float32), np.zeros((8, n, n), np.float32), np.zeros((n, n), np.float32)
    at_row, at_column = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    for kind, x, y, z, length, width, height, yaw, _, _ in things:
        if kind < 0:
            continue
        inside = (np.abs(points[:, 0] - x) < length / 2 + 0.6) & (np.abs(points[:, 1] - y) < max(length, width) / 2 + 0.6) & (points[:, 2] > 0.25 - HEIGHT)
        if inside.sum() < (6 if kind == 0 else 3):  # hidden: nobody can find it
            continue
        r, c = (x - AHEAD[0]) / 1.0, (y - LEFT[0]) / 1.0
        i, k = int(r), int(c)
        if not (0 <= i < n and 0 <= k < n):
            continue
        spread = 1.0 if kind == 0 else 0.7
        peak = np.exp(-((at_row - i) ** 2 + (at_column - k) ** 2) / (2 * spread**2))
        heat[int(kind)] = np.maximum(heat[int(kind)], peak)
        yaw = (yaw + math.pi / 2) % math.pi - math.pi / 2
        boxes[:, i, k] = [r - i, c - k, z, math.log(length), math.log(width), math.log(height), math.sin(yaw), math.cos(yaw)]
        known[i, k] = 1
    return heat, boxes, known


LAYERS = [("a", 3, 16, 1, 1), ("b", 16, 24, 2, 1), ("c", 24, 24, 1, 1), ("d", 24, 24, 1, 2), ("e", 24, 24, 1, 2), ("f", 24, 24, 1, 1)]
HEADS = [("heat", 2), ("boxes", 8)]


def train(steps, seed=7):
    import jax
    import jax.numpy as jnp
    import optax

    rng = np.random.default_rng(seed)
    weights = {}
    for name, ins, outs, _, _ in LAYERS:
        weights[name] = (rng.normal(0, math.sqrt(2 / (9 * ins)), (outs, ins, 3, 3)).astype(np.float32), np.zeros(outs, np.float32))
    for name, outs in HEADS:
        start = -3.0 if name == "heat" else 0.0
        weights[name] = (rng.normal(0, 0.05, (outs, 24, 1, 1)).astype(np.float32), np.full(outs, start, np.float32))

    def convolve(x, w, b, stride, dilation):
        pad = dilation * (w.shape[2] // 2)
        y = jax.lax.conv_general_dilated(x, w, (stride, stride), [(pad, pad)] * 2, rhs_dilation=(dilation, dilation))
        return y + b[None, :, None, None]

    def forward(weights, x):
        for name, _, _, stride, dilation in LAYERS:
            y = jax.nn.relu(convolve(x, *weights[name], stride, dilation))
            x = y + x if y.shape == x.shape else y
        return [convolve(x, *weights[name], 1, 1) for name, _ in HEADS]

    def loss(weights, x, heat, boxes, known):
        logits, guess = forward(weights, x)
        p = jnp.clip(jax.nn.sigmoid(logits), 1e-5, 1 - 1e-5)
        one = heat >= 0.999
        focal = -jnp.where(one, (1 - p) ** 2 * jnp.log(p), (1 - heat) ** 4 * p**2 * jnp.log(1 - p)).sum()
        size = (jnp.abs(guess - boxes) * known[:, None]).sum()
        count = jnp.maximum(known.sum(), 1)
        return (focal + 0.6 * size) / count

    schedule = optax.cosine_decay_schedule(3e-3, steps)
    adam = optax.adam(schedule)
    state = adam.init(weights)

    @jax.jit
    def step(weights, state, *batch):
        value, gradient = jax.value_and_grad(loss)(weights, *batch)
        update, state = adam.update(gradient, state)
        return optax.apply_updates(weights, update), state, value

    known_streets = []
    for number in range(1200):
        things = street(rng)
        points = scan(things, rng)
        known_streets.append((raster(points), *targets(things, points)))
    total = 0.0
    for number in range(steps):
        chosen = [known_streets[i] for i in rng.integers(0, len(known_streets), 8)]
        batch = [np.stack(part) for part in zip(*chosen)]
        if rng.random() < 0.5:  # mirrored: columns turn round
            batch = [part[..., ::-1].copy() for part in batch]
            where = batch[3][:, None] > 0
            flipped = batch[2]
            flipped[:, 1:2] = np.where(where, 1 - flipped[:, 1:2], 0)
            flipped[:, 6:7] = -flipped[:, 6:7]
        weights, state, value = step(weights, state, *batch)
        total += float(value)
        if number % 100 == 99:
            print(f"step {number + 1}: loss {total / 100:.4f}", flush=True)
            total = 0.0
    return {name: tuple(np.asarray(part) for part in pair) for name, pair in weights.items()}


def export(weights, path):
    from onnx import TensorProto, helper, numpy_helper, save

    nodes, stored, x = [], [], "ground"
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    for name, (w, b) in weights.items():
        stored += [numpy_helper.from_array(w, name + "_w"), numpy_helper.from_array(b, name + "_b")]
    for name, ins, outs, stride, dilation in LAYERS:
        nodes.append(helper.make_node("Conv", [x, name + "_w", name + "_b"], [name + "_y"], kernel_shape=[3, 3], strides=[stride] * 2,
                                      pads=[dilation] * 4, dilations=[dilation] * 2))
        nodes.append(helper.make_node("Relu", [name + "_y"], [name + "_r"]))
        if ins == outs and stride == 1:
            nodes.append(helper.make_node("Add", [name + "_r", x], [name + "_s"]))
            x = name + "_s"
        else:
            x = name + "_r"
    for name, _ in HEADS:
        nodes.append(helper.make_node("Conv", [x, name + "_w", name + "_b"], [name], kernel_shape=[1, 1]))
    n = SIZE // 2
    graph = helper.make_graph(nodes, "street_centers", [value("ground", [1, 3, SIZE, SIZE])],
                              [value("heat", [1, 2, n, n]), value("boxes", [1, 8, n, n])], stored)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="hardcase"), path)


CARD = f"""name = "Street centers"
decoder = "centers"
threshold = 0.35
nms_iou = 0.2
labels = ["car", "pedestrian"]

[input]
name = "ground"
width = {SIZE}
height = {SIZE}

[points]
ahead = [{AHEAD[0]}, {AHEAD[1]}]
left = [{LEFT[0]}, {LEFT[1]}]
up = [{UP[0]}, {UP[1]}]
features = ["highest", "intensity", "density"]
"""


def write_pcd(path, points):
    head = f"""# .PCD v0.7 - Point Cloud Data file format
VERSION 0.7
FIELDS x y z intensity
SIZE 4 4 4 4
TYPE F F F F
COUNT 1 1 1 1
WIDTH {len(points)}
HEIGHT 1
VIEWPOINT 0 0 0 1 0 0 0
POINTS {len(points)}
DATA binary
"""
    with open(path, "wb") as file:
        file.write(head.encode())
        file.write(points.astype("<f4").tobytes())


def main():
    if sys.argv[1] == "--scans":
        folder, count = sys.argv[2], int(sys.argv[3])
        os.makedirs(folder, exist_ok=True)
        for number in range(count):
            rng = np.random.default_rng(100_000 + number)
            write_pcd(os.path.join(folder, f"{number:04}.pcd"), scan(street(rng), rng))
        return
    place = sys.argv[1]
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 1500
    scans = os.path.join(place, "clips", "street_scans")
    for folder in (scans, os.path.join(place, "models")):
        os.makedirs(folder, exist_ok=True)
    rng = np.random.default_rng(2026)
    things = street(rng)
    for number in range(30):
        write_pcd(os.path.join(scans, f"{number:03}.pcd"), scan(things, rng))
        # The vehicle goes 4 m/s, a tenth of a second between scans; pedestrians and cars go their own ways.
        things[:, 1] += (things[:, 9] - 4.0) * 0.1
    export(train(steps), os.path.join(place, "models", "street_centers.onnx"))
    with open(os.path.join(place, "models", "street_centers.card.toml"), "w") as file:
        file.write(CARD)


main()
