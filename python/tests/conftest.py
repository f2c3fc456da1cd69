"""Samples of the repository as fixtures."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hardcase as hc

pytest_plugins = ["pytester"]

SAMPLES = Path(__file__).resolve().parents[2] / "sample_projects"


@pytest.fixture(scope="session")
def lights():
    """The project of traffic lights: crops, a classifier, a suite."""
    return SAMPLES / "traffic_lights"


@pytest.fixture(scope="session")
def street():
    """The project of a street camera: a video, a detector."""
    return SAMPLES / "street"


@pytest.fixture(scope="session")
def model(lights):
    return hc.Model(lights / "models" / "traffic_light_state.onnx")


@pytest.fixture(scope="session")
def crop(lights):
    clip = hc.open(lights)
    return next(clip.samples(next(iter(clip.channels)))).data


@pytest.fixture
def image():
    return np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.fixture(scope="session")
def run_cli():
    """Runs the console script's module and returns the finished process."""

    def run(*args, **options):
        command = [sys.executable, "-m", "hardcase", *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)

    return run
