"""The support vector regression of BRISQUE as its authors published it, read from LIBSVM's text."""

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError, StoreError
from app.resources import resource

FEATURES = 36

MODEL = "brisque_live_allmodel"
MODEL_SHA256 = "7c8e239223d4ff930cbfad4bfbceb685dbf0977804794979d2a9ed54f5d8bf1f"

_LOW = np.array(
    [
        *(0.338, 0.017204, 0.236, -0.123884, 0.000155, 0.001122, 0.244, -0.123586, 0.000152),
        *(0.000975, 0.249, -0.135687, 0.000174, 0.000913, 0.258, -0.143408, 0.000179, 0.000888),
        *(0.471, 0.012809, 0.218, -0.094876, 1.5e-5, 0.001272, 0.222, -0.115772, 1.6e-5),
        *(0.001374, 0.227, -0.117188, 3e-5, 0.001122, 0.228, -0.12243, 2.8e-5, 0.001118),
    ]
)
_HIGH = np.array(
    [
        *(10, 0.806612, 1.642, 0.20293, 0.712298, 0.470257, 1.641, 0.179083, 0.710456),
        *(0.470984, 1.555, 0.100858, 0.684173, 0.534174, 1.561, 0.100486, 0.685696, 0.536508),
        *(3.264, 0.703171, 1.046, 0.187459, 0.442057, 0.40803, 1.042, 0.162604, 0.444362),
        *(0.40243, 0.996, 0.098323, 0.531903, 0.369589, 0.99, 0.098658, 0.530092, 0.370399),
    ]
)
"""The range of each feature over the training images (``allrange`` of the authors' release)."""

_EXPECTED = {"svm_type": "epsilon_svr", "kernel_type": "rbf", "nr_class": "2"}


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A regression with radial basis functions: ``coefficients @ exp(-gamma |x - v|^2) - rho``.

    ``vectors`` are (support vectors, 36), in features scaled to -1..1.
    """

    vectors: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    gamma: float
    rho: float

    def predict(self, scaled: NDArray[np.float64]) -> float:
        """Return the value for one image's features, scaled by :func:`scale`."""
        squares = ((self.vectors - scaled) ** 2).sum(axis=1)
        return float(self.coefficients @ np.exp(-self.gamma * squares)) - self.rho


def scale(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return features (36) scaled so that the training images lie in -1..1."""
    scaled: NDArray[np.float64] = 2 * (features - _LOW) / (_HIGH - _LOW) - 1
    return scaled


@cache
def published_model() -> Regression:
    """Return the authors' regression, learned from all of the LIVE database.

    Raises
    ------
    StoreError
        The shipped file is missing or was altered.
    """
    path = resource("reference", f"{MODEL}.txt")
    try:
        written = path.read_bytes().replace(b"\r\n", b"\n")  # a checkout may change line ends
    except OSError:
        written = b""
    if hashlib.sha256(written).hexdigest() != MODEL_SHA256:
        raise StoreError(
            f"The model of BRISQUE, {path.name}, is missing or was altered.",
            remedy="Install BlindRead again.",
        )
    return read_regression(written.decode("ascii"))


def read_regression(text: str) -> Regression:
    """Return a regression from LIBSVM's text form: a head of names, ``SV``, one vector a line.

    A line is the coefficient and ``place:value`` of each feature that is not zero.

    Raises
    ------
    InputError
        The text is anything but a radial basis regression over 36 features.
    """
    head, _, body = text.partition("\nSV\n")
    named = dict(line.split(" ", 1) for line in head.splitlines() if " " in line)
    lines = [line.split() for line in body.splitlines()]
    vectors = np.zeros((len(lines), FEATURES))
    try:
        expected = all(named[key] == _EXPECTED[key] for key in _EXPECTED)
        expected = expected and int(named["total_sv"]) == len(lines) > 0
        gamma, rho = float(named["gamma"]), float(named["rho"])
        coefficients = np.array([float(line[0]) for line in lines])
        for vector, line in zip(vectors, lines, strict=True):
            for entry in line[1:]:
                place, _, value = entry.partition(":")
                vector[range(1, FEATURES + 1).index(int(place))] = float(value)
    except (KeyError, ValueError, IndexError):
        expected = False
    if not expected:
        raise InputError(
            "This is not the text of a radial basis regression over 36 features.",
            remedy="Give the file allmodel of the authors' release of BRISQUE.",
        )
    return Regression(vectors, coefficients, gamma, rho)
