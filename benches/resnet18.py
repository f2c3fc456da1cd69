"""Writes a classifier with the layers of ResNet-18 (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016) and
weights by chance: as much to compute as the real one, and nothing to download. Usage: resnet18.py OUT.onnx [CHANNELS];
with fewer than 64 channels in the first stage it is as much lighter. Needs numpy, onnx."""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(18)
nodes, weights = [], []
first = int(sys.argv[2]) if len(sys.argv) > 2 else 64


def convolution(value, name, inputs, outputs, side, stride, relu=True):
    scale = (2.0 / (inputs * side * side)) ** 0.5
    weights.append(numpy_helper.from_array(
        random.normal(0, scale, (outputs, inputs, side, side)).astype(np.float32), name + ".w"))
    weights.append(numpy_helper.from_array(np.zeros(outputs, np.float32), name + ".b"))
    pad = side // 2
    nodes.append(helper.make_node("Conv", [value, name + ".w", name + ".b"], [name], name=name, kernel_shape=[side, side],
                                  strides=[stride, stride], pads=[pad] * 4))
    if relu:
        nodes.append(helper.make_node("Relu", [name], [name + ".r"], name=name + ".relu"))
    return name + ".r" if relu else name


value = convolution("image", "stem", 3, first, 7, 2)
nodes.append(helper.make_node("MaxPool", [value], ["pool"], name="pool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4))
value, width = "pool", first
for stage, channels in enumerate([first, 2 * first, 4 * first, 8 * first]):
    for block in range(2):
        stride = 2 if stage > 0 and block == 0 else 1
        name = f"stage{stage}.{block}"
        short = value if stride == 1 and width == channels else convolution(value, name + ".down", width, channels, 1, stride, False)
        body = convolution(value, name + ".a", width, channels, 3, stride)
        body = convolution(body, name + ".b", channels, channels, 3, 1, False)
        nodes.append(helper.make_node("Add", [body, short], [name + ".sum"], name=name + ".add"))
        nodes.append(helper.make_node("Relu", [name + ".sum"], [name], name=name + ".relu"))
        value, width = name, channels
nodes.append(helper.make_node("GlobalAveragePool", [value], ["mean"], name="mean"))
nodes.append(helper.make_node("Flatten", ["mean"], ["flat"], name="flat"))
weights.append(numpy_helper.from_array(random.normal(0, 0.02, (8 * first, 1000)).astype(np.float32), "w"))
nodes.append(helper.make_node("MatMul", ["flat", "w"], ["scores"], name="decide"))
graph = helper.make_graph(
    nodes, "resnet18",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 224, 224])],
    [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 1000])], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
model.ir_version = 8
onnx.checker.check_model(model)
onnx.save(model, sys.argv[1])
