"""Convolutions by 3 x 3 taps with a quarter of the products, on the processor."""

from typing import Any

import numpy as np

from app.metrics.kernels.winograd import NUMBERS, SIDE, from_numbers, taps, to_numbers

LEAST_CHANNELS = 32
"""Below it the transforms take longer than the products that they spare."""

_TILES = 128
"""Worked on at once: what they become stays in the processor's cache."""


class Winograd:
    """A layer: 3 x 3 taps at every pixel, zeros around, a bias, and a ReLU.

    Its results differ from those of the plain sums by about 2e-6 of the largest,
    which is what float32 leaves undecided there anyway.

    Parameters
    ----------
    kernel
        The taps, ``(out, in, 3, 3)`` in float32.
    bias
        One number for each channel that comes out.
    """

    def __init__(self, kernel: Any, bias: Any) -> None:
        import torch

        self._taps = torch.from_numpy(taps(kernel))
        self._bias = np.ascontiguousarray(bias, dtype=np.float32)

    def __call__(self, x: Any) -> Any:
        """Return the next layer, ``(1, channels, rows, columns)``, channels last in memory."""
        import torch

        plane = x[0].permute(1, 2, 0).contiguous().numpy()
        rows, columns, _ = plane.shape
        channels = self._taps.shape[2]
        made = np.empty((rows, columns, channels), np.float32)
        count = -(-rows // SIDE) * -(-columns // SIDE)
        at_once = min(count, _TILES)
        numbers = torch.empty((NUMBERS, at_once, self._taps.shape[1]))
        products = torch.empty((NUMBERS, at_once, channels))
        for first in range(0, count, at_once):
            last = min(count, first + at_once)
            to_numbers(plane, first, last, numbers.numpy())
            # The last tiles may be fewer; what stands behind them is not looked at.
            torch.bmm(numbers, self._taps, out=products)
            from_numbers(products.numpy(), first, last, self._bias, made)
        return torch.from_numpy(made).permute(2, 0, 1)[None]
