"""How every kernel is compiled."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numba
import numpy as np
from numba import types as numba_types

from app.metrics.inputs import Mask, Plane

Kernel = TypeVar("Kernel", bound=Callable[..., object])

# numba's own annotations are patchy: its decorator would hide the signatures here.
types: Any = numba_types
jit: Any = numba.njit

NUMBER = types.float64
COUNT = types.int64
PLANE = types.Array(types.float64, 2, "C", readonly=True)
MASK = types.Array(types.boolean, 2, "C", readonly=True)
MASKS = types.Array(types.boolean, 3, "C", readonly=True)
OUTPUT = types.Array(types.float64, 2, "C")
INTEGERS = types.Array(types.int16, 2, "C", readonly=True)
STORED: Any = object()
"""Stands for a plane of float64, or of integers as files store them; all of a call are alike."""

SCALE = types.UniTuple(types.float64, 2)
"""Slope and intercept that make stored numbers values."""

_PLANES = (PLANE, INTEGERS)


def compiled(result: Any, *arguments: Any) -> Callable[[Kernel], Kernel]:
    """Compile a kernel for its types when its module is imported, or read it from the cache.

    Where an argument is ``STORED``, once for each type of plane.

    No ``fastmath`` and no ``parallel``: sums are taken in one fixed order, so that a
    value has the same bits on any number of processes. The lock of the interpreter
    is let go, so that two slices can be measured in two threads.
    """
    kinds = _PLANES if STORED in arguments else _PLANES[:1]
    signatures = [
        result(*(kind if given is STORED else given for given in arguments)) for kind in kinds
    ]
    decorate: Callable[[Kernel], Kernel] = jit(
        signatures, cache=True, nogil=True, error_model="numpy"
    )
    return decorate


def part(function: Kernel) -> Kernel:
    """Compile a loop that kernels of the same file call, as they are and with them."""
    made: Kernel = jit(function, error_model="numpy")
    return made


def plain(plane: Plane) -> Plane:
    """Return a plane as the kernels read it: float64 in C order; a copy only where needed."""
    return np.ascontiguousarray(plane, dtype=np.float64)


def plain_mask(mask: Mask | None, shape: tuple[int, ...]) -> Mask:
    """Return a mask as the kernels read it; every pixel where there is none."""
    if mask is None:
        return np.ones(shape, dtype=np.bool_)
    return np.ascontiguousarray(mask, dtype=np.bool_)


def stack(masks: Sequence[Mask], shape: tuple[int, ...]) -> Mask:
    """Return masks one behind the other, as the kernels that take several read them."""
    stacked = np.empty((len(masks), *shape), dtype=np.bool_)
    for index, mask in enumerate(masks):
        stacked[index] = mask
    return stacked
