"""HaarPSI."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import MetricRefused
from app.metrics.coarse import averaged, averaged_mask, spread
from app.metrics.wavelet import haar_coefficients, haar_similarity, local_map, measure
from tests.metrics.planes import UNIT, edge_case, noisy_outside, prepared, smooth


def psi(reference, reconstruction, **options):
    return haar_similarity(reference, reconstruction, range=UNIT, **options)


def test_a_step_of_full_scale_is_found_by_every_wavelet_that_crosses_it():
    """Known by hand: half the squares of a wavelet of side k at 255, by 1 / k: 255 k / 2."""
    plane = np.zeros((64, 64))
    plane[32:] = 1.0
    down = haar_coefficients(plane, range=UNIT)[:, 0, :, 16]

    assert [down[scale, 15] for scale in range(3)] == [255, 510, 1020]
    assert (down[:, :12] == 0).all()
    assert haar_coefficients(plane, range=UNIT)[:, 1, 10:22, 10:22].max() == 0


@pytest.mark.shared
def test_every_published_value(reference_values):
    chosen = reference_values.select("haarpsi", "piq")
    assert len(chosen) == 19
    for row in chosen:
        (pair,) = reference_values.planes(row["case"], row["pred"])
        assert psi(*pair) == pytest.approx(float(row["value"]), abs=1e-11), row


@given(st.integers(0, 30), st.sampled_from([(16, 16), (64, 57), (31, 40), (33, 35)]))
@settings(max_examples=20, deadline=None)
def test_agrees_with_piq(seed, shape):
    piq = pytest.importorskip("piq")
    torch = pytest.importorskip("torch")
    truth = smooth(seed, shape)
    noisy = np.clip(truth + np.random.default_rng(seed).normal(0, 0.05, shape), 0, 1)
    x, y = (torch.from_numpy(plane)[None, None] for plane in (noisy, truth))

    assert psi(truth, noisy) == pytest.approx(float(piq.haarpsi(x, y, data_range=1.0)), abs=1e-11)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_is_one_for_equal_planes_symmetric_and_more_noise_is_never_better(seed):
    truth = smooth(seed)
    noise = np.random.default_rng(seed + 1).normal(size=truth.shape)
    noisy = [truth + level * noise for level in (0, 0.01, 0.03, 0.1, 0.3)]
    values = [psi(truth, plane) for plane in noisy]

    assert values[0] == pytest.approx(1, abs=1e-12)
    assert values == sorted(values, reverse=True)
    assert psi(noisy[2], truth) == values[2]


def test_two_planes_of_zero_agree():
    zero = np.zeros((32, 32))

    assert psi(zero, zero) == 1


def test_pixels_farther_than_the_wavelets_reach_from_a_mask_change_nothing():
    truth, mask = smooth(4, (121, 100)), np.zeros((121, 100), dtype=bool)
    mask[30:60, 30:60] = True
    noisy = truth + np.random.default_rng(5).normal(0, 0.05, truth.shape)
    near = np.zeros_like(mask)
    near[22:69, 22:69] = True
    moved = np.where(near, noisy, 1 - noisy)

    assert psi(truth, moved, mask=mask) == psi(truth, noisy, mask=mask)
    assert psi(truth, moved) != psi(truth, noisy)


def test_a_mask_of_everything_changes_nothing():
    truth = smooth(6)
    noisy = truth + 0.05 * np.random.default_rng(6).normal(size=truth.shape)

    whole = psi(truth[:, :56], noisy[:, :56])
    everything = np.ones((64, 56), dtype=bool)
    assert psi(truth[:, :56], noisy[:, :56], mask=everything) == pytest.approx(whole, rel=1e-12)


def test_the_share_outside_the_body_is_told():
    truth, noisy, body = noisy_outside(7)
    found = measure("haarpsi", prepared(truth, noisy, body=body))

    assert found["body"].value > found["whole"].value
    assert 0.5 < found["whole"].outside < 1
    assert measure("haarpsi", prepared(truth, truth))["whole"].flags == ("identical",)


def test_the_map_is_as_large_as_the_slice_and_one_where_nothing_differs():
    truth = smooth(8)
    noisy = truth.copy()
    noisy[40:, 30:] *= 0.3
    local = local_map("haarpsi", prepared(truth, noisy))

    assert local.shape == truth.shape
    assert local[:28] == pytest.approx(1, abs=1e-12)
    assert local[44:60, 34:50].mean() < 0.9


@pytest.mark.parametrize("shape", [(15, 64), (64, 15)])
def test_a_side_below_16_pixels_is_refused(shape):
    with pytest.raises(MetricRefused, match="HaarPSI needs at least 16 x 16 pixels"):
        psi(np.zeros(shape), np.zeros(shape))


def test_a_mask_without_a_square_of_the_coarse_grid_is_refused():
    mask = np.zeros((32, 32), dtype=bool)
    mask[3, 3] = True

    with pytest.raises(MetricRefused, match="too thin"):
        psi(np.zeros((32, 32)), np.zeros((32, 32)), mask=mask)


def test_the_coarse_grid_leaves_out_what_is_over():
    plane = np.arange(15.0).reshape(3, 5)

    np.testing.assert_allclose(averaged(plane, 2, range=UNIT), [[3 * 255, 5 * 255]])
    assert averaged_mask(plane >= 6, 2).tolist() == [[False, True]]
    back = spread(np.array([[1.0, 2.0]]), 2, (3, 5))
    np.testing.assert_array_equal(back[:2, :4], [[1, 1, 2, 2]] * 2)
    assert np.isnan(back[2]).all()
    assert np.isnan(back[:, 4]).all()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("case", "value"),
    [
        ("identical", 1.0),
        ("both_constant_equal", 1.0),
        ("both_zero", 1.0),
        ("gt_constant_pred_noise", 0.9353862854),
        ("100x100", 0.9991208038),
    ],
)
def test_the_edge_cases(reference_values, case, value):
    truth, noisy = edge_case(reference_values, case)

    assert psi(truth, noisy) == pytest.approx(value, abs=1e-6)
