"""The noise power spectrum of what a reconstruction adds to its reference."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.metrics.inputs import Mask, Outcome, Plane, Prepared, Refusal

SIDE = 64
"""Pixels on a side of one patch."""

FEWEST = 4
"""Patches below which a spectrum is too rough to tell."""

ROUNDING = 1e-20
"""Up to this share of the largest squared value an area is what rounding left, and no noise."""


@dataclass(frozen=True, slots=True, eq=False)
class NoisePower:
    """A noise power spectrum, averaged over patches and around the circle.

    ``frequencies`` are in cycles a pixel, ``power`` in squared units of the values
    times square pixels, ``area`` (the volume under the two-dimensional spectrum)
    in squared units: the variance. ``patches`` is how many were averaged.
    """

    frequencies: Plane
    power: Plane
    area: float
    patches: int

    @property
    def peak(self) -> float:
        """The frequency of the highest mean of three neighbours, weighed 1, 2, 1."""
        smooth = np.convolve(self.power, (0.25, 0.5, 0.25), mode="valid")
        return float(self.frequencies[1 + int(np.argmax(smooth))])


def noise_power(difference: Plane, *, mask: Mask | None = None) -> NoisePower:
    """Return the noise power spectrum of a difference image.

    Square patches of 64 x 64 pixels, overlapping by half and lying entirely in the
    mask, lose their mean and linear trend; the squared magnitudes of their Fourier
    transforms, divided by the pixels of a patch, are averaged over the patches and
    then over rings one frequency step wide, up to half a cycle a pixel. No window
    is applied. By Parseval the area is the mean square of the detrended patches.

    Parameters
    ----------
    difference
        Reconstruction - reference, ``(rows, columns)``.
    mask
        Where to measure; the patches begin at its uppermost row and leftmost column.

    Raises
    ------
    MetricRefused
        Fewer than four patches fit.

    References
    ----------
    Siewerdsen, Cunningham & Jaffray (2002), doi:10.1118/1.1513158; ICRU Report 87
    (2012), section 3.
    """
    corners = _corners(np.ones(difference.shape, np.bool_) if mask is None else mask)
    if len(corners) < FEWEST:
        raise Refusal(
            f"{len(corners)} patches of {SIDE} x {SIDE} pixels lie in the region; "
            f"{FEWEST} are needed for a noise power spectrum.",
            remedy=f"Choose a region of {SIDE * 3 // 2} x {SIDE * 3 // 2} pixels or more.",
            flag="refused:too-small",
        )
    windows = np.lib.stride_tricks.sliding_window_view(difference, (SIDE, SIDE))
    patches = _detrended(windows[corners[:, 0], corners[:, 1]])
    power = (np.abs(np.fft.fft2(patches)) ** 2).mean(axis=0) / SIDE**2
    rings = _rings()
    counts = np.bincount(rings)
    steps = np.arange(1, SIDE // 2 + 1)
    radial = np.bincount(rings, weights=power.ravel())[steps] / counts[steps]
    return NoisePower(steps / SIDE, radial, float(power.sum()) / SIDE**2, len(corners))


def is_flat(spectrum: NoisePower, *planes: Plane) -> bool:
    """Tell whether a spectrum holds no noise: only what rounding left of finite planes.

    Parameters
    ----------
    planes
        What the spectrum was made of: a plane, or the two that were taken from each other.
    """
    largest = max(float(np.abs(plane).max()) for plane in planes)
    return spectrum.area <= ROUNDING * largest**2


def measure(metric: str, prepared: Prepared) -> Mapping[str, Outcome]:
    """Return ``nps-peak`` or ``nps-area`` for each region of a prepared slice."""
    outcomes: dict[str, Outcome] = {}
    for region, mask in prepared.masks.items():
        try:
            spectrum = _spectrum(prepared, region, mask)
        except Refusal as refusal:
            outcomes[region] = Outcome(None, (refusal.flag,), refusal.sentence)
            continue
        if metric == "nps-area":
            flags = ("identical",) if prepared.identical else ()
            outcomes[region] = Outcome(spectrum.area, flags, weight=float(spectrum.patches))
        elif is_flat(spectrum, prepared.reference, prepared.reconstruction):
            outcomes[region] = Outcome(
                None, ("refused:undefined",), "There is no noise: the difference is flat."
            )
        else:
            outcomes[region] = Outcome(spectrum.peak)
    return outcomes


def _spectrum(prepared: Prepared, region: str, mask: Mask | None) -> NoisePower:
    difference = prepared.reconstruction - prepared.reference
    return prepared.of_pair.once(
        ("noise-power", region), lambda: noise_power(difference, mask=mask)
    )


def _corners(mask: Mask) -> NDArray[np.int64]:
    """Return the upper left pixels of the patches, ``(patches, 2)``."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if rows.size == 0:
        return np.empty((0, 2), np.int64)
    sums = np.pad(mask, ((1, 0), (1, 0))).astype(np.int64).cumsum(axis=0).cumsum(axis=1)
    found = [
        (row, column)
        for row in range(int(rows[0]), int(rows[-1]) + 2 - SIDE, SIDE // 2)
        for column in range(int(columns[0]), int(columns[-1]) + 2 - SIDE, SIDE // 2)
        if sums[row + SIDE, column + SIDE]
        - sums[row, column + SIDE]
        - sums[row + SIDE, column]
        + sums[row, column]
        == SIDE**2
    ]
    return np.array(found, np.int64).reshape(-1, 2)


def _detrended(patches: Plane) -> Plane:
    """Return patches less the plane that fits each best."""
    ramp = np.arange(SIDE) - (SIDE - 1) / 2
    scale = SIDE * float((ramp**2).sum())
    down = (patches * ramp[:, None]).sum(axis=(1, 2), keepdims=True) / scale
    across = (patches * ramp).sum(axis=(1, 2), keepdims=True) / scale
    level = patches.mean(axis=(1, 2), keepdims=True)
    flat: Plane = patches - level - down * ramp[:, None] - across * ramp
    return flat


def _rings() -> NDArray[np.int64]:
    """Return the ring of each frequency, counted in steps of one cycle a patch."""
    steps = np.fft.fftfreq(SIDE) * SIDE
    rings: NDArray[np.int64] = np.rint(np.hypot(steps[:, None], steps)).astype(np.int64).ravel()
    return rings
