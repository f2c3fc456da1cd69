"""Stacks of transforms on arrays."""

import pickle

import numpy as np
import pytest

import hardcase as hc


def test_a_stack_is_a_function_with_a_seed(image):
    stack = hc.Stack("fog:0.4,rain:0.3", seed=7)
    before = image.copy()
    once, twice = stack(image), stack(image)
    assert once.shape == image.shape and once.dtype == np.uint8
    assert (once == twice).all() and (once != image).any() and (image == before).all()
    assert (stack.with_seed(8)(image) != once).any()
    assert stack.transforms == ["fog", "rain"] and stack.seed == 7 and str(stack) == "fog:0.4, rain:0.3"


def test_a_stack_gives_the_bytes_of_the_command_line(image, tmp_path, run_cli):
    height, width, _ = image.shape
    (tmp_path / "in.bmp").write_bytes(bmp(image))
    within, out = tmp_path / "in.bmp", tmp_path / "out.png"
    done = run_cli("transform", "apply", within, "--with", "fog:0.4,rotate:5", "--seed", "7", "-o", out)
    assert done.returncode == 0, done.stderr
    clip = hc.open(tmp_path / "out.png")
    told = clip.read(next(iter(clip.channels)), 0)
    assert told.shape == (height, width, 3)
    assert (told == hc.Stack("fog:0.4,rotate:5", seed=7)(image)).all()


def bmp(image):
    """An image as an uncompressed BMP of 24 bits."""
    height, width, _ = image.shape
    rows = b"".join(row[:, ::-1].tobytes() + b"\0" * (-3 * width % 4) for row in image[::-1])
    head = b"BM" + (54 + len(rows)).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    info = (40).to_bytes(4, "little") + width.to_bytes(4, "little") + height.to_bytes(4, "little")
    info += (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24)
    return head + info + rows


def test_stacks_are_pickled_and_compared():
    stack = hc.Stack("fog:0.4,rotate:5", seed=7)
    again = pickle.loads(pickle.dumps(stack))
    assert again == stack and again.to_json() == stack.to_json()
    assert stack != hc.Stack("fog:0.4,rotate:5", seed=8)


def test_boxes_move_with_the_image(image):
    boxes = np.array([[4, 4, 14, 20, 3], [40, 10, 60, 30, 5]], "float32")
    changed, moved = hc.Stack("mirror")(image, boxes=boxes)
    assert (changed == image[:, ::-1]).all()
    assert moved.tolist() == [[50, 4, 60, 20, 3], [4, 10, 24, 30, 5]]
    named = hc.Stack("mirror")(image=image, bboxes=boxes)
    assert sorted(named) == ["bboxes", "image"] and (named["bboxes"] == moved).all()
    _, none = hc.Stack("fog:0.4")(image, boxes=[])
    assert none.shape == (0, 4)


def test_points_and_texts_are_inputs():
    points = np.random.default_rng(2).normal(size=(500, 4)).astype("float32")
    changed = hc.Stack(hc.transforms("points")[0].id, seed=1)(points)
    assert changed.dtype == np.float32 and changed.shape[1] == 4
    assert isinstance(hc.Stack("typos", seed=3)("the brake light is broken"), str)


def test_arrays_are_not_copied_before_they_are_read(image):
    large = np.tile(image, (15, 20, 1))
    stack = hc.Stack("invert") if any(kind.id == "invert" for kind in hc.transforms()) else hc.Stack("brightness:0.2")
    large.setflags(write=False)
    assert stack(large).shape == large.shape


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (np.zeros((8, 8, 3), "float32"), "array of float32 with the shape"),
        (np.zeros((8, 8), "uint8"), "must have the shape"),
        (np.zeros((8, 16, 3), "uint8")[:, ::2], "strided view"),
        (np.zeros((0, 8, 3), "uint8"), "at least one pixel"),
        (np.array([[0, 0, np.nan, 1]], "float32"), "not finite"),
        (None, "give one input"),
        (3, "expected an image"),
    ],
)
def test_other_arrays_are_refused_with_a_sentence(value, sentence):
    with pytest.raises(hc.Error, match=sentence):
        hc.Stack("fog:0.4")(value)


def test_unknown_transforms_are_refused():
    with pytest.raises(hc.Error, match="smoke"):
        hc.Stack("smoke:1")
    with pytest.raises(hc.Error, match="expected 0 to 1"):
        hc.Stack("fog:9")
    with pytest.raises(hc.Error, match="unknown medium"):
        hc.transforms("smell")


def test_transforms_are_listed_with_parameters_and_promises():
    kinds = {kind.id: kind for kind in hc.transforms()}
    assert kinds["fog"].params[0]["id"] == "amount" and kinds["fog"].params[0]["max"] == 1
    assert kinds["fog"].promises["detection"] == "same"
    assert kinds["mirror"].promises["detection"] == "moved"
    assert kinds["fog"].to_dict()["medium"] == "image"
    assert {kind.medium for kind in hc.transforms("text")} == {"text"}
