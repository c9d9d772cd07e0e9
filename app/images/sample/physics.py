"""The simulated reconstructions: projections, k-space and resolution.

Every function takes one plane of non-negative numbers, (rows, columns), scaled
so that soft tissue lies near 1, and gives a plane of the same shape and scale.
"""

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]

WATER_PER_PIXEL = 0.0165
"""Attenuation of water along one pixel of 0.82 mm at 70 keV (0.02 per mm)."""


def sparse_view_fbp(plane: Plane, *, views: int = 72) -> Plane:
    """Reconstruct by filtered back-projection from too few views.

    Parallel beams at equal angles over 180 degrees, Hann-windowed ramp filter.

    References
    ----------
    Kak & Slaney (1988), Principles of Computerized Tomographic Imaging, 3.3.
    """
    from skimage.transform import iradon, radon

    square, inside = _square(plane)
    angles = np.linspace(0.0, 180.0, views, endpoint=False)
    sinogram = radon(square, theta=angles, circle=False)
    back: Plane = iradon(
        sinogram, theta=angles, circle=False, output_size=square.shape[0], filter_name="hann"
    )
    return back[inside]


def low_dose(
    plane: Plane,
    rng: np.random.Generator,
    *,
    photons: float,
    attenuation: float | None = WATER_PER_PIXEL,
    views: int = 240,
) -> Plane:
    """Add the noise of a scan with few photons, as filtered back-projection shows it.

    Filtered back-projection is linear: the noise of the projections is
    reconstructed alone and added. Counts are Poisson with ``photons`` a
    detector element before the patient; their mean comes from projections at
    half resolution, for they are smooth. ``attenuation`` is that of one pixel
    of value 1; None takes what lets one photon in 55 through the thickest line.
    """
    from skimage.transform import iradon, radon

    square, inside = _square(plane)
    size = square.shape[0]
    coarse = square.reshape(size // 2, 2, size // 2, 2).mean((1, 3))
    angles = np.linspace(0.0, 180.0, views, endpoint=False)
    lines = radon(coarse, theta=angles[::2], circle=False) * 2
    lines = np.repeat(np.repeat(lines, 2, axis=0), 2, axis=1)
    if attenuation is None:
        attenuation = 4.0 / max(float(lines.max()), 1e-9)
    mean = photons * np.exp(-attenuation * np.maximum(lines, 0.0))
    counts = np.maximum(rng.poisson(mean), 0.5)
    noise = (np.log(mean) - np.log(counts)) / attenuation
    back: Plane = iradon(
        noise, theta=angles, circle=False, output_size=size, filter_name="shepp-logan"
    )
    return plane + back[inside]


def total_variation(plane: Plane, *, weight: float, steps: int = 40) -> Plane:
    """Smooth a plane by total variation.

    References
    ----------
    Chambolle (2004), doi:10.1023/B:JMIV.0000011325.36760.1e.
    """
    from skimage.restoration import denoise_tv_chambolle

    smooth: Plane = denoise_tv_chambolle(plane, weight=weight, max_num_iter=steps)
    return smooth


def sampled_lines(rows: int, rng: np.random.Generator, *, acceleration: float = 4.0) -> Plane:
    """Return which phase-encoding lines are measured: (rows, 1), 1.0 or 0.0.

    The central 8 % are all measured; outside, lines are drawn with a density
    that falls with the square of the distance, until 1 of ``acceleration`` is
    measured (Lustig et al. 2007, doi:10.1002/mrm.21391). Line 0 is DC.
    """
    distance = np.abs(np.fft.fftfreq(rows)) * 2
    centre = distance <= 0.08
    density = np.where(centre, 0.0, (1 - distance) ** 2 + 0.02)
    wanted = max(round(rows / acceleration) - int(centre.sum()), 0)
    drawn = rng.choice(rows, size=wanted, replace=False, p=density / density.sum())
    mask = centre.astype(np.float64)
    mask[drawn] = 1.0
    lines: Plane = mask[:, None]
    return lines


def zero_filled(plane: Plane, lines: Plane) -> Plane:
    """Return the magnitude image of the measured k-space lines, the others zero."""
    from scipy import fft

    image: Plane = np.abs(fft.ifft2(fft.fft2(plane) * lines))
    return image


def iterative(plane: Plane, lines: Plane, *, weight: float = 0.012, steps: int = 18) -> Plane:
    """Reconstruct undersampled k-space with a sparse wavelet prior.

    Iterative soft thresholding of Haar coefficients with momentum (FISTA, Beck
    & Teboulle 2009, doi:10.1137/080716542); the wavelet grid moves by one fixed
    step a round, which keeps blocks away. Measured lines are kept as measured.
    """
    from scipy import fft

    measured = fft.fft2(plane) * lines
    level = weight * float(np.percentile(plane, 99.0))
    image = momentum = np.asarray(fft.ifft2(measured).real)
    speed = 1.0
    for step in range(steps):
        gradient = fft.ifft2(measured - fft.fft2(momentum) * lines).real
        shift = ((5 * step) % 8, (3 * step) % 8)
        moved = np.roll(momentum + gradient, shift, axis=(0, 1))
        threshold = level * max(1.0 - step / steps, 0.25)
        nearer = np.roll(soft_haar(moved, threshold), (-shift[0], -shift[1]), axis=(0, 1))
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        momentum = nearer + (speed - 1) / faster * (nearer - image)
        image, speed = nearer, faster
    kept: Plane = np.abs(fft.ifft2(measured + fft.fft2(image) * (1 - lines)))
    return kept


def soft_haar(plane: Plane, threshold: float, levels: int = 3) -> Plane:
    """Shrink the orthonormal Haar coefficients of a plane; the coarsest mean is kept."""
    rows, columns = plane.shape
    unit = 2**levels
    padded = np.pad(plane, ((0, -rows % unit), (0, -columns % unit)), mode="edge")
    return _soft(padded, threshold, levels)[:rows, :columns]


def _soft(plane: Plane, threshold: float, levels: int) -> Plane:
    if levels == 0:
        return plane
    a, b = plane[0::2, 0::2], plane[0::2, 1::2]
    c, d = plane[1::2, 0::2], plane[1::2, 1::2]
    mean = _soft((a + b + c + d) / 2, threshold, levels - 1)
    across, down, cross = (
        np.sign(part) * np.maximum(np.abs(part) - threshold, 0.0)
        for part in ((a - b + c - d) / 2, (a + b - c - d) / 2, (a - b - c + d) / 2)
    )
    out = np.empty_like(plane)
    out[0::2, 0::2] = (mean + across + down + cross) / 2
    out[0::2, 1::2] = (mean - across + down - cross) / 2
    out[1::2, 0::2] = (mean + across - down - cross) / 2
    out[1::2, 1::2] = (mean - across - down + cross) / 2
    return out


def bicubic(plane: Plane, *, factor: int = 4) -> Plane:
    """Average blocks of factor × factor pixels and interpolate back by cubic splines."""
    from scipy import ndimage

    rows, columns = plane.shape
    padded = np.pad(plane, ((0, -rows % factor), (0, -columns % factor)), mode="edge")
    small = padded.reshape(
        padded.shape[0] // factor, factor, padded.shape[1] // factor, factor
    ).mean((1, 3))
    big: Plane = ndimage.zoom(small, factor, order=3, mode="nearest", grid_mode=True)
    return big[:rows, :columns]


def _square(plane: Plane) -> tuple[Plane, tuple[slice, slice]]:
    """Pad to an even square around the plane; say where the plane lies in it."""
    rows, columns = plane.shape
    size = max(rows, columns) + max(rows, columns) % 2
    top, left = (size - rows) // 2, (size - columns) // 2
    square = np.pad(plane, ((top, size - rows - top), (left, size - columns - left)), mode="edge")
    return square, (slice(top, top + rows), slice(left, left + columns))
