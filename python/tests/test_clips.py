"""Recordings."""

import numpy as np
import pytest

import hardcase as hc


def test_a_project_opens_its_recording_with_tags(street):
    clip = hc.open(street)
    name, channel = next(iter(clip.channels.items()))
    times = clip.times(name)
    assert times.dtype == np.int64 and len(times) == channel["samples"] and (np.diff(times) > 0).all()
    image = clip.read(name, 0)
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    samples = list(clip.samples(name, start=1, stop=12, every=5))
    assert [sample.index for sample in samples] == [1, 6, 11]
    assert [sample.time_ns for sample in samples] == [times[1], times[6], times[11]]
    assert (samples[0].data == clip.read(name, 1)).all()


def test_signals_are_times_and_values(tmp_path):
    (tmp_path / "drive.csv").write_text("time,speed\n0.0,1.5\n0.1,2.5\n0.2,3.5\n")
    clip = hc.open(tmp_path / "drive.csv")
    times, values = clip.signal("speed")
    assert times.dtype == np.int64 and values.tolist() == [1.5, 2.5, 3.5]
    assert clip.read("speed", 1) == 2.5


def test_point_clouds_are_rows_of_four(lights):
    clip = hc.open(lights.parent / "lidar")
    name = next(name for name, channel in clip.channels.items() if channel["kind"] == "points")
    points = clip.read(name, 0)
    assert points.dtype == np.float32 and points.shape[1] == 4 and len(points) > 100


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda street: hc.open("nowhere.mcap"), "nowhere.mcap"),
        (lambda street: hc.open(street).times("/nothing"), "has no channel"),
        (lambda street: hc.open(street).read(next(iter(hc.open(street).channels)), 10**6), "no sample 1000000"),
        (lambda street: hc.open(street, clip="other"), "the project has the recordings"),
        (lambda street: hc.open(street).samples(next(iter(hc.open(street).channels)), every=0), "every must be"),
    ],
)
def test_problems_are_sentences(street, call, sentence):
    with pytest.raises(hc.Error, match=sentence) as caught:
        call(street)
    assert "\n" not in str(caught.value)
