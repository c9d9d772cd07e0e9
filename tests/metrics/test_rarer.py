"""IW-SSIM, VSI, MDSI, DSS, SR-SIM and total variation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from app.domain.metric import IntensityRange
from app.errors import MetricRefused
from app.metrics.catalog.rarer import ENTRIES
from app.metrics.inputs import Prepared
from app.metrics.rarer import PEERS, measure, similarity, total_variation

UNIT = IntensityRange(0.0, 1.0, "given")
CT = IntensityRange(-1024.0, 3071.0, "CT 12-bit")
SHAPE = (172, 165)


def smooth(seed, shape=SHAPE):
    """Return a random smooth plane in 0.2..0.8."""
    rng = np.random.default_rng(seed)
    plane = ndimage.gaussian_filter(rng.normal(size=shape), 2)
    return 0.2 + 0.6 * (plane - plane.min()) / np.ptp(plane)


def prepared(reference, reconstruction, masks=None):
    return Prepared(reference, reconstruction, UNIT, None, None, masks or {"whole": None})


def value(metric, reference, reconstruction):
    return similarity(metric, reference, reconstruction, range=UNIT)


def test_the_total_variation_of_one_bright_pixel_is_two():
    """Known by hand: four neighbours differ by one, and the root of four is two."""
    plane = np.zeros((5, 5))
    plane[2, 2] = 1.0

    assert total_variation(plane, range=UNIT) == 2
    assert total_variation(np.full((5, 5), 0.4), range=UNIT) == 0


def test_the_total_variation_is_that_of_piq():
    piq = pytest.importorskip("piq")
    torch = pytest.importorskip("torch")
    plane = smooth(0)
    theirs = float(piq.total_variation(torch.from_numpy(plane)[None, None]))

    assert total_variation(plane * 4095 - 1024, range=CT) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("metric", "name", "definition", "count"),
    [
        ("iw-ssim", "iw_ssim", "piq", 14),
        ("vsi", "vsi", "gray3", 19),
        ("mdsi", "mdsi", "gray3", 19),
        ("dss", "dss", "piq", 19),
        ("sr-sim", "srsim", "piq", 19),
    ],
)
def test_published_values(reference_values, metric, name, definition, count):
    """Every third of them; the documented table compares all."""
    chosen = reference_values.select(name, definition)
    assert len(chosen) == count
    for row in chosen[::3]:
        (pair,) = reference_values.planes(row["case"], row["pred"])
        assert value(metric, *pair) == pytest.approx(float(row["value"]), abs=1e-7), row


@given(st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
@pytest.mark.parametrize("metric", PEERS)
def test_identical_planes_give_the_best_value_and_more_noise_is_never_better(metric, seed):
    truth = smooth(seed)
    noise = np.random.default_rng(seed + 1).normal(size=truth.shape)
    values = [value(metric, truth, truth + level * noise) for level in (0, 0.005, 0.02, 0.06)]
    lower = metric == "mdsi"

    assert values[0] == pytest.approx(0 if lower else 1, abs=1e-12)
    assert values == sorted(values, reverse=not lower)


@pytest.mark.parametrize("metric", ["vsi", "dss", "sr-sim"])
def test_the_symmetric_ones_do_not_care_which_is_the_reference(metric):
    truth = smooth(1)
    noisy = np.clip(truth + 0.05 * np.random.default_rng(1).normal(size=SHAPE), 0, 1)

    assert value(metric, truth, noisy) == pytest.approx(value(metric, noisy, truth), abs=1e-9)


@pytest.mark.parametrize("metric", [*PEERS, "tv"])
def test_pixels_outside_a_region_change_nothing(metric):
    truth, mask = smooth(2), np.zeros(SHAPE, dtype=bool)
    mask[40:120, 30:130] = True
    noisy = np.clip(truth + 0.03 * np.random.default_rng(2).normal(size=SHAPE), 0, 1)
    moved = np.where(mask, noisy, 1 - noisy)
    masks = {"whole": None, "body": mask}
    one, other = (measure(metric, prepared(truth, plane, masks)) for plane in (noisy, moved))

    assert one["body"] == other["body"]
    assert one["whole"].value != other["whole"].value


@pytest.mark.parametrize("metric", [*PEERS, "tv"])
def test_values_beyond_the_range_are_cut_off_and_flagged(metric):
    truth = smooth(3)
    bright = truth.copy()
    bright[50:60, 50:60] += 1
    found = measure(metric, prepared(truth, bright))["whole"]

    assert found.flags == ("clipped",)
    assert found == type(found)(
        measure(metric, prepared(truth, np.minimum(bright, 1)))["whole"].value, ("clipped",)
    )


@pytest.mark.parametrize(("metric", "peer"), PEERS.items())
def test_a_side_below_the_least_is_refused_and_the_least_gives_a_number(metric, peer):
    least = smooth(4, (peer.least, peer.least))
    small = least[:, :-1]

    assert math.isfinite(value(metric, least, least))
    with pytest.raises(MetricRefused, match=f"{peer.title} needs at least {peer.least} x"):
        value(metric, small, small)


def test_a_single_line_has_no_total_variation():
    with pytest.raises(MetricRefused, match="needs at least 2 x 2 pixels"):
        total_variation(np.zeros((1, 9)), range=UNIT)


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_the_information_weights_of_a_constant_reference_are_not_defined(level):
    flat = np.full(SHAPE, level)
    for reconstruction in (flat, smooth(5)):
        found = measure("iw-ssim", prepared(flat, reconstruction))["whole"]
        assert (found.value, found.flags) == (None, ("refused:undefined",))


@pytest.mark.parametrize("metric", ["vsi", "mdsi", "dss", "sr-sim"])
def test_two_constant_planes_agree(metric):
    flat = np.full((64, 64), 0.3)
    found = measure(metric, prepared(flat, flat))["whole"]

    assert found.value == pytest.approx(0 if metric == "mdsi" else 1)
    assert found.flags == ("identical",)


def test_what_is_listed_is_what_is_measured():
    assert [entry.definition.id for entry in ENTRIES] == [*PEERS, "tv"]
