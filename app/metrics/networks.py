"""The convolutions of VGG16 and AlexNet with their published weights, layer by layer.

Planes larger than memory allows go through in strips of rows with enough of
their neighbours that no value changes.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.errors import MetricUnavailable
from app.metrics import weights

Pooling = Literal["max", "l2"]
Precision = Literal["float32", "bfloat16"]

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""Of ImageNet's channels, taken off every image before the first layer."""

_STRIP_PIXELS = 1 << 20
"""A strip holds about so many pixels; several copies of a layer take 256 bytes for each."""

_STRIDE = 16
_HALO = 112
"""Rows around a strip: VGG16's deepest layer sees 105 pixels to each side."""


class Convolution:
    """One convolution and the ReLU behind it.

    Parameters
    ----------
    kernel, bias
        The taps, ``(out, in, rows, columns)``, and a number for each channel that comes out.
    """

    def __init__(
        self,
        kernel: NDArray[np.float32],
        bias: NDArray[np.float32],
        *,
        place: str,
        precision: Precision,
        stride: int = 1,
        padding: int = 1,
    ) -> None:
        import torch

        from app.metrics.winograd import LEAST_CHANNELS, Winograd

        self._fast: Winograd | None = None
        self._where = {"stride": stride, "padding": padding}
        plain = kernel.shape[2:] == (3, 3) and stride == padding == 1
        if (
            place == "cpu"
            and precision == "float32"
            and plain
            and kernel.shape[1] >= LEAST_CHANNELS
        ):
            self._fast = Winograd(kernel, bias)
            return
        kind = getattr(torch, precision)
        taps = torch.from_numpy(kernel).to(place, kind)
        self._taps = taps.contiguous(memory_format=torch.channels_last)
        self._bias = torch.from_numpy(bias).to(place, kind)

    def __call__(self, x: Any) -> Any:
        """Return the next layer."""
        import torch

        if self._fast is not None:
            return self._fast(x)
        return torch.conv2d(x, self._taps, self._bias, **self._where).relu_()


@dataclass(frozen=True, slots=True)
class Pool:
    """Halving: the largest of a window, or (``taps`` given) the root of its mean square."""

    side: int
    taps: Any = None


@dataclass(frozen=True, slots=True)
class Strip:
    """Rows ``start`` to ``stop`` of a plane, of which ``first`` to ``last`` are wanted."""

    start: int
    stop: int
    first: int
    last: int

    def wanted(self, stride: int) -> slice:
        """Return the wanted rows of a layer that has one row for ``stride`` of the plane's."""
        return slice((self.first - self.start) // stride, -(-(self.last - self.start) // stride))


class Network:
    """The convolutions of a network, up to its last tapped layer, on one device."""

    def __init__(
        self,
        steps: Sequence[Convolution | Pool],
        taps: Sequence[int],
        *,
        place: str,
        precision: Precision = "float32",
    ) -> None:
        self._steps = steps
        self._taps = frozenset(taps)
        self.place = place
        self._precision = precision

    def layers(self, plane: NDArray[np.floating[Any]]) -> Iterator[Any]:
        """Yield each tapped layer of a plane of 0..1, ``(1, channels, rows, columns)`` in float32.

        The one channel is repeated to three.
        """
        import torch

        x = _normalised(torch.tensor(plane, dtype=torch.float32, device=self.place))
        if self._precision == "bfloat16":
            x = x.bfloat16()
        for number, step in enumerate(self._steps):
            x = _pool(x, step) if isinstance(step, Pool) else step(x)
            if number in self._taps:
                yield x.float()


def strips(shape: tuple[int, ...]) -> tuple[Strip, ...]:
    """Return the strips of rows in which VGG16 sees a plane; one where it is small enough."""
    rows, columns = shape
    if rows * columns <= _STRIP_PIXELS:
        return (Strip(0, rows, 0, rows),)
    core = max(256, (_STRIP_PIXELS // columns - 2 * _HALO) // _STRIDE * _STRIDE)
    return tuple(
        Strip(max(0, first - _HALO), min(rows, last + _HALO), first, last)
        for first in range(0, rows, core)
        for last in (min(rows, first + core),)
    )


def device(wanted: str) -> str:
    """Return where the networks run: ``cpu`` or ``cuda``.

    Raises
    ------
    MetricUnavailable
        A GPU is asked for and none is there.
    """
    import torch

    if wanted == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if wanted == "auto":
        return "cpu"
    raise MetricUnavailable(
        f"The device '{wanted}' is not here.", remedy="Use --device cpu or --device auto."
    )


@contextmanager
def exact() -> Iterator[None]:
    """Run torch so that a value depends on nothing but its image: no gradients, one order of sums.

    More than one thread changes the last bits of small deep layers, and TF32
    the fourth digit of everything; the settings found are put back.
    """
    import torch

    threads = torch.get_num_threads()
    precision = torch.get_float32_matmul_precision()
    convolutions = torch.backends.cudnn.allow_tf32
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(precision)
        torch.backends.cudnn.allow_tf32 = convolutions


def scripted(data: bytes) -> Any:
    """Return a TorchScript module from the content of its file, on the processor.

    Such a module is a program: load only what was verified, or what a person brought.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch would rather have another format
        return torch.jit.load(io.BytesIO(data), map_location="cpu").eval()


@cache
def vgg16(place: str, pooling: Pooling = "max", precision: Precision = "float32") -> Network:
    """Return VGG16 (Simonyan & Zisserman 2015), tapped at relu1_2, 2_2, 3_3, 4_3 and 5_3.

    Raises
    ------
    MetricUnavailable
        Its weights are not installed.
    """
    arrays = weights.load("lpips-vgg")
    steps: list[Convolution | Pool] = []
    taps = []
    number = 0
    for block, count in enumerate((2, 2, 3, 3, 3)):
        if block:
            channels = len(arrays[f"features.{number - 1}.bias"])
            steps.append(Pool(2) if pooling == "max" else _l2_pool(channels, place))
        for _ in range(count):
            steps.append(_convolution(arrays, number, place, precision))
            number += 1
        taps.append(len(steps) - 1)
    return Network(steps, taps, place=place, precision=precision)


@cache
def alexnet(place: str) -> Network:
    """Return AlexNet (Krizhevsky 2014), tapped at relu1 to relu5.

    Raises
    ------
    MetricUnavailable
        Its weights are not installed.
    """
    arrays = weights.load("lpips-alex")
    steps: list[Convolution | Pool] = [
        _convolution(arrays, 0, place, stride=4, padding=2),
        Pool(3),
        _convolution(arrays, 1, place, padding=2),
        Pool(3),
        *(_convolution(arrays, number, place) for number in (2, 3, 4)),
    ]
    return Network(steps, (0, 2, 4, 5, 6), place=place)


def forget() -> None:
    """Let go of the networks; they are read again when next needed."""
    vgg16.cache_clear()
    alexnet.cache_clear()


def _convolution(
    arrays: weights.Arrays,
    number: int,
    place: str,
    precision: Precision = "float32",
    *,
    stride: int = 1,
    padding: int = 1,
) -> Convolution:
    kernel, bias = (arrays[f"features.{number}.{part}"] for part in ("weight", "bias"))
    return Convolution(
        kernel, bias, place=place, precision=precision, stride=stride, padding=padding
    )


def _l2_pool(channels: int, place: str) -> Pool:
    """Return DISTS's pooling: a Hann window of three over the squares (Hénaff & Simoncelli)."""
    import torch

    edge = torch.tensor([0.25, 0.5, 0.25])
    taps = torch.outer(edge, edge).expand(channels, 1, 3, 3)
    return Pool(3, taps.to(place).contiguous(memory_format=torch.channels_last))


def _normalised(plane: Any) -> Any:
    import torch

    mean, deviation = (
        torch.tensor(values, device=plane.device).view(1, 3, 1, 1) for values in (MEAN, DEVIATION)
    )
    x = (plane[None, None] - mean) / deviation
    return x.contiguous(memory_format=torch.channels_last)


def _pool(x: Any, step: Pool) -> Any:
    import torch

    if step.taps is None and step.side == 2:  # several times as fast as torch's own on one thread
        rows, columns = (side // 2 * 2 for side in x.shape[2:])
        upper, lower = x[:, :, 0:rows:2, :columns], x[:, :, 1:rows:2, :columns]
        above = torch.maximum(upper[..., 0::2], upper[..., 1::2])
        return torch.maximum(above, torch.maximum(lower[..., 0::2], lower[..., 1::2]))
    if step.taps is None:
        return torch.nn.functional.max_pool2d(x, step.side, 2)
    power = torch.conv2d(x * x, step.taps, stride=2, padding=1, groups=x.shape[1])
    return power.add_(1e-12).sqrt_()
