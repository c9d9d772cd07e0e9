"""A small source of cases, and the way through a study on it."""

import numpy as np
import pytest

from tests.images.dicom_files import phantom, write_ct

CASES = ("case1", "case2", "case3")
ARMS = ("alpha-net", "beta-net", "gamma-net")


def finish(work):
    """Run a workflow to its end and return what it returns."""
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value


@pytest.fixture
def source(tmp_path):
    """Three cases, a reference and three arms each, worse from arm to arm."""
    folder = tmp_path / "source"
    for number, case in enumerate(CASES):
        truth = phantom(slices=2, rows=48, columns=48, seed=number).astype(int)
        write_ct(folder / case / "reference", pixels=truth.astype("u2"), patient_number=number)
        for worse, arm in enumerate(ARMS, start=1):
            noise = np.random.default_rng(10 * number + worse).normal(0, 20 * worse, truth.shape)
            pixels = np.clip(truth + noise, 0, 4095).astype("u2")
            write_ct(folder / case / arm, pixels=pixels, patient_number=number)
    return folder


@pytest.fixture
def pairing(source):
    from app.workflows.pair import pair

    return finish(pair(source))
