"""Makes this sample: notes of vehicle operators, and a small classifier that sorts them.

The notes are written from templates by a seeded generator; nobody wrote them on a drive. Needs numpy, onnx and tokenizers:
    python make.py
"""

import collections
import csv
import json
import pathlib
import random
import re

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HERE = pathlib.Path(__file__).parent
CLASSES = ["debris", "pedestrian", "cut-in", "bad weather", "calm"]
WHERE = ["on the right lane", "near the exit", "behind the curve", "at the crossing", "{n} m ahead", "under the bridge",
         "next to the guardrail", "in front of the school", "on the shoulder", "after the tunnel"]
SUBJECTS = {
    "debris": ["tire parts", "a box", "a plank", "broken glass", "a lost bumper", "gravel", "a tarp", "branches", "a ladder"],
    "pedestrian": ["a pedestrian", "a cyclist", "a child with a ball", "a worker in a vest", "two people", "a jogger",
               "a person with a dog", "someone in dark clothes", "a scooter rider"],
    "cut-in": ["a van", "a truck", "a motorcycle", "a taxi", "the car beside us", "a bus", "a silver sedan"],
    "bad weather": ["heavy rain", "dense fog", "snow", "low sun", "spray from a truck", "hail", "black ice", "strong wind"],
    "calm": ["nothing special", "empty road", "light traffic", "all clear", "steady speed", "good visibility"],
}
FORMS = {
    "debris": ["{s} {w}", "There is {s} {w}.", "Avoided {s} {w}", "{s} lies {w}, had to steer", "Hit {s} {w}!"],
    "pedestrian": ["{s} {w}", "{s} steps onto the road {w}", "There's {s} {w}.", "Braked for {s} {w}", "{s} is crossing {w}"],
    "cut-in": ["{s} cuts in {w}", "{s} changed lanes without a signal {w}", "{s} squeezed in before us {w}",
               "{s} merged very close {w}", "Hard braking, {s} pulled over {w}"],
    "bad weather": ["{s} {w}", "{s}, camera sees little {w}", "Can't see the lines, {s} {w}", "{s} begins {w}", "Wipers on, {s}"],
    "calm": ["{s} {w}", "{s}", "{s}, nothing to report {w}", "It's quiet, {s}", "{s} for {n} minutes"],
}

# Nothing like them was learned from.
OTHERS = [
    ("Kid ran after a ball between parked cars", "pedestrian"),
    ("Plastic bag blew over the hood", "debris"),
    ("White delivery car forced me to brake", "cut-in"),
    ("Pedestrian bridge ahead, no traffic at all", "calm"),
    ("Wet leaves, the wheels spin", "bad weather"),
    ("Old lady waits at the curb, then walks", "pedestrian"),
    ("Mattress in the middle of the highway", "debris"),
    ("Sun in the lens, lane lost for 3 s", "bad weather"),
    ("Overtaken on the right, then straight into our gap", "cut-in"),
    ("Boring stretch, autopilot fine", "calm"),
    ("Worker's cone rolled into our lane", "debris"),
    ("Fog lifts, clear again", "calm"),
    ("A truck lost its ladder", "debris"),
    ("Bus driver waved, we let him in", "cut-in"),
    ("Man on a wheelchair crosses on red", "pedestrian"),
    ("Hailstones as large as gravel", "bad weather"),
]


def note(rng, label):
    form = rng.choice(FORMS[label])
    text = form.replace("{s}", rng.choice(SUBJECTS[label])).replace("{w}", rng.choice(WHERE))
    text = text.replace("{n}", str(rng.choice([3, 15, 20, 40, 60, 80, 120, 250])))
    return text[0].upper() + text[1:]


def vocabulary(texts):
    """Every word that occurs often, and single letters and pairs of them for all others."""
    words = re.findall(r"[a-z]+|[0-9]+|[^a-z0-9 ]", " ".join(texts).lower())
    counted = sorted(collections.Counter(words).items(), key=lambda item: (-item[1], item[0]))
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + [word for word, count in counted if count >= 20 and len(word) > 1]
    letters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    pieces += letters + ["##" + letter for letter in letters]
    pairs = collections.Counter(word[i:i + 2] for word in words for i in range(len(word) - 1))
    usual = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:80]
    pieces += [pair for pair, _ in usual] + ["##" + pair for pair, _ in usual]
    return {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}


def main():
    rng = random.Random(7)
    notes = [(note(rng, label), label) for _ in range(500) for label in CLASSES]
    rng.shuffle(notes)
    known, held = [], []
    seen = set()
    for text, label in notes:
        (known if text in seen or len(held) >= 240 or rng.random() < 0.7 else held).append((text, label))
        seen.add(text)
    texts_known = {text for text, _ in known}
    held = [(text, label) for text, label in held if text not in texts_known]
    for text, label in OTHERS:
        held.insert(rng.randrange(len(held)), (text, label))

    tokenizer = Tokenizer(models.WordPiece(vocabulary([text for text, _ in known]), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = processors.BertProcessing(*ends)
    tokenizer.save(str(HERE / "models" / "notes.tokenizer.json"))

    # A bag of word pieces: mean of learned vectors, then one layer. Trained by plain gradient descent.
    random_state = np.random.default_rng(3)
    words, width = tokenizer.get_vocab_size(), 16
    table = random_state.normal(0, 0.3, (words, width))
    weights = random_state.normal(0, 0.3, (width, len(CLASSES)))
    bias = np.zeros(len(CLASSES))
    bags = np.zeros((len(known), words))
    for row, (text, _) in enumerate(known):
        ids = tokenizer.encode(text).ids
        for token in ids:
            bags[row, token] += 1.0 / len(ids)
    truth = np.eye(len(CLASSES))[[CLASSES.index(label) for _, label in known]]
    for _ in range(400):
        hidden = bags @ table
        scores = hidden @ weights + bias
        scores = np.exp(scores - scores.max(1, keepdims=True))
        error = (scores / scores.sum(1, keepdims=True) - truth) / len(known)
        table -= 6.0 * (bags.T @ (error @ weights.T))
        weights -= 6.0 * (hidden.T @ error)
        bias -= 6.0 * error.sum(0)

    def constant(name, value, kind=np.float32):
        return numpy_helper.from_array(np.asarray(value, dtype=kind), name)

    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["pieces"], name="look_up"),
        helper.make_node("Cast", ["attention_mask"], ["mask"], name="as_number", to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["mask3"], name="beside_each_number"),
        helper.make_node("Mul", ["pieces", "mask3"], ["kept"], name="text_only"),
        helper.make_node("ReduceSum", ["kept", "time"], ["sum"], name="sum_of_pieces", keepdims=0),
        helper.make_node("ReduceSum", ["mask", "time"], ["count"], name="count_of_pieces", keepdims=1),
        helper.make_node("Div", ["sum", "count"], ["mean"], name="mean_of_pieces"),
        helper.make_node("Gemm", ["mean", "weights", "bias"], ["logits"], name="decide"),
    ]
    graph = helper.make_graph(
        nodes,
        "notes",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(CLASSES)])],
        [constant("table", table), constant("weights", weights), constant("bias", bias),
         constant("last", [2], np.int64), constant("time", [1], np.int64)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="hardcase sample")
    model.ir_version = 8
    entry = model.metadata_props.add()
    entry.key, entry.value = "labels", str(CLASSES).replace("'", '"')
    onnx.checker.check_model(model)
    onnx.save(model, str(HERE / "models" / "notes.onnx"))

    with open(HERE / "clips" / "notes.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["time [s]", "text", "label"])
        for at, (text, label) in enumerate(held):
            rows.writerow([at * 5, text, label])
    odd = ["", "A4", "na\u00efve", "\u4e2d", "don't  stop", "ALL CAPS!", "x" * 150]
    tokens = [{"text": text, "ids": tokenizer.encode(text).ids} for text in [text for text, _ in held[:40]] + odd]
    (HERE / "tokens.json").write_text(json.dumps(tokens) + "\n")
    right = 0
    for text, label in held:
        ids = tokenizer.encode(text).ids
        scores = table[ids].mean(0) @ weights + bias
        right += CLASSES[int(scores.argmax())] == label
    print(f"{len(known)} notes to learn from, {right} of {len(held)} others sorted rightly")


main()
