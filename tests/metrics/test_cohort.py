"""The model of a cohort's own references, and NIQE by it."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from app.domain.metric import IntensityRange
from app.errors import MetricRefused
from app.metrics.cohort import block_features_of, fit_cohort
from app.metrics.inputs import Prepared
from app.metrics.niqe import measure, naturalness


def slice_of(seed, shape=(480, 480)):
    """A plane of smooth texture over a gentle hill, unlike a photograph."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1)
    hill = np.outer(np.hanning(shape[0]), np.hanning(shape[1]))
    return np.clip(0.3 + 0.3 * hill + noise * (0.05 + 0.1 * hill), 0, 1)


@pytest.fixture(scope="module")
def features():
    return [block_features_of(slice_of(seed)) for seed in range(6)]


def made_up(images, blocks):
    rng = np.random.default_rng(0)
    return [
        np.column_stack([rng.normal(size=(blocks, 36)), np.ones(blocks)]) for _ in range(images)
    ]


def prepared(plane, model):
    unit = IntensityRange(0.0, 1.0, "given")
    return Prepared(plane, plane, unit, None, None, {"whole": None}, cohort=model)


def test_mean_and_covariance_are_those_of_the_blocks():
    """Known: what NumPy says of the rows."""
    given_features = made_up(5, 20)
    model = fit_cohort(given_features)
    rows = np.concatenate(given_features)[:, :36]

    assert (model.images, model.blocks, model.taken) == (5, 100, "sharp")
    np.testing.assert_allclose(model.mean, rows.mean(axis=0), atol=1e-14)
    np.testing.assert_allclose(model.covariance, np.cov(rows.T), atol=1e-14)


def test_each_block_is_described_and_the_sharpest_marked(features):
    assert features[0].shape == (25, 37)
    assert features[0][:, -1].max() == 1
    assert (features[0][:, -1] > 0).all()


@given(st.permutations(range(6)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_references_does_not_matter(features, order):
    first, again = fit_cohort(features), fit_cohort([features[place] for place in order])

    assert first.sha256 == again.sha256
    assert first.covariance.tobytes() == again.covariance.tobytes()


def test_all_blocks_are_taken_where_too_few_are_sharp():
    dull = made_up(6, 20)
    for image in dull:
        image[1:, -1] = 0.75

    model = fit_cohort(dull)

    assert (model.taken, model.blocks) == ("all", 120)


@pytest.mark.parametrize(
    ("images", "blocks", "said"), [(4, 50, "200 from 4"), (5, 14, "70 from 5"), (0, 0, "0 from 0")]
)
def test_too_few_are_refused_with_their_numbers(images, blocks, said):
    with pytest.raises(MetricRefused, match=f"at least 72 blocks .* there are {said}"):
        fit_cohort(made_up(images, blocks))


def test_flat_and_small_references_do_not_count(features):
    nothing = [block_features_of(np.full((300, 300), 0.5)), block_features_of(np.zeros((90, 900)))]

    assert [len(image) for image in nothing] == [0, 0]
    assert fit_cohort([*features, *nothing]).images == 6


def test_a_mask_limits_the_blocks():
    mask = np.zeros((480, 480), dtype=bool)
    mask[:96] = True

    assert len(block_features_of(slice_of(1), mask)) == 5


def test_the_cohort_finds_its_own_kind_more_natural_than_photographs_do(features):
    model = fit_cohort(features)
    plane = slice_of(100)
    worse = np.clip(plane + np.random.default_rng(1).normal(scale=0.05, size=plane.shape), 0, 1)

    own, noisy = (
        measure("niqe@cohort", prepared(some, model))["whole"].value for some in (plane, worse)
    )

    assert own < naturalness(plane)
    assert own < noisy


def test_without_a_model_the_value_is_refused():
    outcome = measure("niqe@cohort", prepared(slice_of(2), None))
    assert outcome["whole"].value is None
    assert outcome["whole"].flags == ("refused:no-cohort",)


def test_the_model_says_what_it_rests_on_and_travels(features):
    model = pickle.loads(pickle.dumps(fit_cohort(features)))  # noqa: S301 - our own bytes

    assert model.parameters["model_images"] == 6
    assert model.parameters["model_sha256"] == model.sha256
