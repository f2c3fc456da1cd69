"""Rendered roads, dry and in snow, and a small network that turns one into the other: python3 snowy_roads.py FOLDER

Writes `snowy_roads.onnx` and its card: a model that paints, as those of DeepRoad (Zhang et al., ASE 2018) do, small
enough to come with the program. It is trained on pairs of one scene, so no adversarial training is needed. Needs numpy,
jax, optax, onnx; a few minutes on two cores.
"""
import math
import os
import sys

import numpy as np

WIDTH, HEIGHT = 320, 192


def noise(rng, grain):
    """Smooth noise from 0 to 1, as large as a picture."""
    small = rng.random((HEIGHT // grain + 2, WIDTH // grain + 2))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / grain
    i, k = y.astype(int), x.astype(int)
    fy, fx = y - i, x - k
    return ((small[i, k] * (1 - fx) + small[i, k + 1] * fx) * (1 - fy) + (small[i + 1, k] * (1 - fx) + small[i + 1, k + 1] * fx) * fy)


def road(rng):
    """One scene twice: dry and in snow, each (HEIGHT, WIDTH, 3) from 0 to 255."""
    horizon = HEIGHT * rng.uniform(0.38, 0.55)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    depth = np.maximum(y - horizon, 0.5) / (HEIGHT - horizon)  # 0 far, 1 near
    bend, aside = rng.normal(0, 60), rng.normal(0, 20)
    middle = WIDTH / 2 + aside * depth + bend * (1 - depth) ** 2
    half = WIDTH * rng.uniform(0.28, 0.5) * depth
    across = (x - middle) / np.maximum(half, 1e-3)
    ground = y > horizon
    on_road = ground & (np.abs(across) < 1)
    meters = 1 / depth
    dry, snow = np.zeros((HEIGHT, WIDTH, 3)), np.zeros((HEIGHT, WIDTH, 3))
    up = np.clip((horizon - y) / horizon, 0, 1)[..., None]
    blue, haze = np.array([90, 140, 215.0]) + rng.normal(0, 15, 3), np.array([200, 215, 230.0])
    dry[:] = haze * (1 - up) + blue * up
    clouds = (noise(rng, 48) * 0.6 + noise(rng, 20) * 0.4)[..., None]
    dry += np.clip(clouds - 0.55, 0, 1) * 260 * (up > 0)
    snow[:] = np.array([196, 200, 206.0]) - 22 * up + 14 * (clouds - 0.5)
    texture = noise(rng, 3)[..., None] * 0.5 + noise(rng, 9)[..., None] * 0.5
    grass = np.array([[74, 104, 48], [110, 104, 62], [86, 92, 60]][rng.integers(3)], float) + rng.normal(0, 10, 3)
    asphalt = np.full(3, rng.uniform(70, 120)) + rng.normal(0, 3, 3)
    white = np.array([236, 239, 244.0])
    dry[ground] = (grass * (0.7 + 0.6 * texture))[ground]
    snow[ground] = (white * (0.9 + 0.1 * texture))[ground]
    dry[on_road] = (asphalt * (0.85 + 0.3 * texture))[on_road]
    tracks = np.exp(-(((np.abs(across) - 0.45) / 0.16) ** 2))[..., None]
    slush = white * 0.86 * (1 - 0.42 * tracks) * (0.92 + 0.12 * texture)
    snow[on_road] = slush[on_road]
    line = on_road & ((np.abs(np.abs(across) - 0.94) < 0.03) | ((np.abs(across) < 0.03) & (np.mod(meters * 3 + rng.random(), 1) < 0.5)))
    dry[line] = rng.uniform(200, 245)
    snow[line] = (snow[line] * 0.8 + dry[line] * 0.2)
    for _ in range(rng.integers(4, 14)):  # trees and houses beside the road
        near = rng.uniform(0.06, 0.8)
        side = rng.choice([-1, 1])
        at = WIDTH / 2 + aside * near + bend * (1 - near) ** 2 + side * WIDTH * (0.5 * near + rng.uniform(0.05, 0.35))
        foot = horizon + (HEIGHT - horizon) * near
        tall, wide = HEIGHT * near * rng.uniform(0.5, 1.3), WIDTH * near * rng.uniform(0.05, 0.16)
        tree = rng.random() < 0.65
        form = np.abs(x - at) < (wide * np.clip((y - (foot - tall)) / tall + 0.1, 0, 1) if tree else wide)
        there = form & (y < foot) & (y > foot - tall)
        color = np.array([40, 66, 34.0]) if tree else rng.uniform(60, 190, 3)
        body = color * (0.7 + 0.6 * texture)
        dry[there] = body[there]
        cover = (noise(rng, 5)[..., None] > 0.45) * (0.75 if tree else 0.15) + (y < foot - 0.9 * tall)[..., None] * 0.25
        snow[there] = (body * 0.9 * (1 - np.clip(cover, 0, 1)) + white * np.clip(cover, 0, 1))[there]
    for _ in range(rng.integers(0, 4)):  # vehicles keep their colors
        near = rng.uniform(0.12, 0.6)
        lane = rng.choice([-0.5, 0.5])
        at = WIDTH / 2 + aside * near + bend * (1 - near) ** 2 + lane * WIDTH * 0.38 * near
        foot, wide = horizon + (HEIGHT - horizon) * near, WIDTH * 0.13 * near
        body = (np.abs(x - at) < wide) & (y < foot) & (y > foot - wide * 1.2)
        dark = body & (y > foot - wide * 1.05) & (y < foot - wide * 0.6) & (np.abs(x - at) < wide * 0.8)
        color = rng.uniform(20, 230, 3)
        for picture, roof in ((dry, 0.0), (snow, 0.6)):
            picture[body] = color
            picture[dark] = 35
            top = body & (y < foot - wide * 1.08)
            picture[top] = picture[top] * (1 - roof) + white * roof
    light = rng.uniform(0.75, 1.1)
    flakes = rng.random((HEIGHT, WIDTH, 1)) > 0.996
    snow = np.where(flakes, 245, snow)
    return np.clip(dry * light, 0, 255), np.clip(snow * (0.5 + 0.5 * light), 0, 255)


LAYERS = [("a", 4, 16, 2), ("b", 16, 24, 2), ("c", 24, 24, 1), ("d", 24, 24, 1)]


def train(steps, seed=3):
    import jax
    import jax.numpy as jnp
    import optax

    rng = np.random.default_rng(seed)
    start = lambda outs, ins: (rng.normal(0, math.sqrt(2 / (9 * ins)), (outs, ins, 3, 3)).astype(np.float32), np.zeros(outs, np.float32))
    weights = {name: start(outs, ins) for name, ins, outs, _ in LAYERS}
    weights["e"], weights["f"], weights["g"] = start(16, 24), start(12, 32), start(3, 16)
    weights["g"] = (weights["g"][0] * 0.1, weights["g"][1])
    down = np.broadcast_to(np.linspace(-1, 1, HEIGHT, dtype=np.float32)[None, None, :, None], (1, 1, HEIGHT, WIDTH))

    def conv(x, pair, stride=1, dilation=1):
        y = jax.lax.conv_general_dilated(x, pair[0], (stride, stride), [(dilation, dilation)] * 2, rhs_dilation=(dilation, dilation))
        return y + pair[1][None, :, None, None]

    twice = lambda x: jnp.repeat(jnp.repeat(x, 2, 2), 2, 3)

    def forward(w, picture):
        x0 = jnp.concatenate([picture, jnp.broadcast_to(down, (picture.shape[0], 1, HEIGHT, WIDTH))], 1)
        a = jax.nn.relu(conv(x0, w["a"], 2))
        b = jax.nn.relu(conv(a, w["b"], 2))
        c = jax.nn.relu(conv(b, w["c"])) + b
        d = jax.nn.relu(conv(c, w["d"])) + c
        e = jax.nn.relu(conv(twice(d), w["e"]))
        f = jax.nn.relu(conv(jnp.concatenate([e, a], 1), w["f"]))
        return picture + conv(jnp.concatenate([twice(f), x0], 1), w["g"])

    adam = optax.adam(optax.cosine_decay_schedule(4e-3, steps))
    state = adam.init(weights)
    loss = lambda w, dry, snow: jnp.abs(forward(w, dry) - snow).mean()

    @jax.jit
    def step(weights, state, dry, snow):
        value, gradient = jax.value_and_grad(loss)(weights, dry, snow)
        update, state = adam.update(gradient, state)
        return optax.apply_updates(weights, update), state, value

    scenes = [road(rng) for _ in range(240)]
    tensor = lambda picture: ((picture - 127.5) / 127.5).transpose(2, 0, 1).astype(np.float32)
    pairs = [(tensor(a), tensor(b)) for a, b in scenes]
    total = 0.0
    for number in range(steps):
        chosen = rng.integers(0, len(pairs), 4)
        weights, state, value = step(weights, state, np.stack([pairs[i][0] for i in chosen]), np.stack([pairs[i][1] for i in chosen]))
        total += float(value)
        if number % 50 == 49:
            print(f"step {number + 1}: {total / 50:.4f}", flush=True)
            total = 0.0
    return {name: tuple(np.asarray(part) for part in pair) for name, pair in weights.items()}, down


def export(weights, down, path):
    from onnx import TensorProto, helper, numpy_helper, save

    stored = [numpy_helper.from_array(part, name + kind) for name, pair in weights.items() for kind, part in zip(("_w", "_b"), pair)]
    stored += [numpy_helper.from_array(np.ascontiguousarray(down), "down"), numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "twice")]
    nodes = [helper.make_node("Concat", ["road", "down"], ["x0"], axis=1)]

    def conv(x, name, stride=1, relu=True):
        nodes.append(helper.make_node("Conv", [x, name + "_w", name + "_b"], [name + "_y"], kernel_shape=[3, 3], strides=[stride] * 2, pads=[1] * 4))
        if relu:
            nodes.append(helper.make_node("Relu", [name + "_y"], [name + "_r"]))
        return name + ("_r" if relu else "_y")

    def twice(x):
        nodes.append(helper.make_node("Resize", [x, "", "twice"], [x + "_2"], mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric"))
        return x + "_2"

    def both(op, a, b, name, **more):
        nodes.append(helper.make_node(op, [a, b], [name], **more))
        return name

    a = conv("x0", "a", 2)
    b = conv(a, "b", 2)
    c = both("Add", conv(b, "c"), b, "c_s")
    d = both("Add", conv(c, "d"), c, "d_s")
    e = conv(twice(d), "e")
    f = conv(both("Concat", e, a, "ea", axis=1), "f")
    g = conv(both("Concat", twice(f), "x0", "fx", axis=1), "g", relu=False)
    both("Add", "road", g, "snowy")
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])
    graph = helper.make_graph(nodes, "snowy_roads", [value("road")], [value("snowy")], stored)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="hardcase"), path)


CARD = f"""name = "Snowy roads"
decoder = "picture"
labels = ["picture"]

[input]
name = "road"
width = {WIDTH}
height = {HEIGHT}
mean = [127.5, 127.5, 127.5]
std = [127.5, 127.5, 127.5]
"""


def main():
    place = sys.argv[1]
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    os.makedirs(place, exist_ok=True)
    weights, down = train(steps)
    export(weights, down, os.path.join(place, "snowy_roads.onnx"))
    with open(os.path.join(place, "snowy_roads.card.toml"), "w") as file:
        file.write(CARD)


main()
