"""Ma's measure: how good one image looks, by the model that a person brings.

Its authors' model (Ma et al. 2017, doi:10.1016/j.cviu.2016.12.009) may not be passed
on with BlindRead. A person who has it makes a TorchScript module of it, and
``blindread weights --from FILE`` installs that. Which model it was, its SHA-256
says beside every value.
"""

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import BlindReadError, InputError, MetricUnavailable
from app.metrics import networks, weights
from app.metrics.inputs import Plane, Refusal

PLAUSIBLE = (-1.0, 11.0)
"""Between these a model must judge the probes; people judged from 0 to 10."""

_PROBES = ((160, 192), (192, 128))
_NEEDED = (
    "It must take a float32 tensor (1, 1, rows, columns) of grey values 0..255 and return one "
    "number, about 0 (bad) to 10 (good)"
)
_REMEDY = f"{_NEEDED}: make it again with torch.jit.trace or torch.jit.script."


def is_script(path: Path) -> bool:
    """Tell whether a file looks like a TorchScript module; nothing of it is run."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return False
    return any("/code/" in name for name in names) and any(
        name.endswith("/constants.pkl") for name in names
    )


def check(data: bytes, name: str) -> None:
    """Try a module on two small pictures, each twice.

    Parameters
    ----------
    data
        The content of the file.
    name
        What to call it.

    Raises
    ------
    InputError
        It is no TorchScript module, fails, or does not return one number between
        -1 and 11 that is the same every time and not the same for both pictures.
    """
    try:
        module = networks.scripted(data)
    except Exception as error:  # whatever torch makes of a file that is none
        raise InputError(
            f"The file {name} cannot be loaded as a TorchScript module: {_last_line(error)}.",
            remedy=_REMEDY,
        ) from error
    values = []
    for number, shape in enumerate(_PROBES):
        plane = _probe(shape, number)
        try:
            value, again = _run(module, plane), _run(module, plane)
        except BlindReadError as error:
            raise InputError(
                f"{name} is no model of Ma's measure. {error}", remedy=_REMEDY
            ) from error
        if not PLAUSIBLE[0] <= value <= PLAUSIBLE[1]:
            raise InputError(
                f"{name} is no model of Ma's measure: it gives {value:g} for a picture.",
                remedy=_REMEDY,
            )
        if value != again:
            raise InputError(
                f"{name} gives another value each time: {value:g}, then {again:g}.",
                remedy="Take what is random out of it (dropout: call eval() before tracing).",
            )
        values.append(value)
    if values[0] == values[1]:
        raise InputError(
            f"{name} gives {values[0]:g} for two different pictures.",
            remedy="Numbers that were read in Python while tracing stay what they were then: "
            "compute with tensors only, or use torch.jit.script.",
        )


def quality(plane: Plane) -> float:
    """Return Ma's measure of one plane, by the installed model; higher looks better.

    It runs on the processor, in one thread, in float32, without optimisation by
    what it saw before, so that a value depends on nothing but its image.

    Parameters
    ----------
    plane
        Values in 0..1, ``(rows, columns)``; the model is given 255 times that.

    Raises
    ------
    MetricUnavailable
        No model is installed, or its file cannot be loaded.
    Refusal
        The model fails on this plane, or gives no finite number.
    """
    path = weights.locate("pi")
    try:
        written = path.stat()
        module = _module(path, written.st_mtime_ns, written.st_size)
    except OSError as error:
        raise MetricUnavailable(
            "No model of Ma's measure is installed.", remedy=weights.missing("pi") or _REMEDY
        ) from error
    return _run(module, plane)


@lru_cache(maxsize=1)
def _module(path: Path, mtime_ns: int, size: int) -> Any:  # noqa: ARG001 - a file that changed is read again
    data = path.read_bytes()
    try:
        return networks.scripted(data)
    except Exception as error:  # whatever torch makes of a damaged file
        raise MetricUnavailable(
            f"The model of Ma's measure, {path.name}, is damaged: {_last_line(error)}.",
            remedy=f"Install it again: blindread weights --from {path.name}.",
        ) from error


def _run(module: Any, plane: Plane) -> float:
    import torch

    given = torch.tensor(plane * 255.0, dtype=torch.float32)[None, None]
    with _refused(), networks.exact(), torch.jit.optimized_execution(False):
        returned = module(given)
    if isinstance(returned, torch.Tensor) and returned.numel() == 1:
        returned = returned.item()
    if isinstance(returned, bool) or not isinstance(returned, int | float):
        what = (
            f"a tensor of {returned.numel()} numbers"
            if isinstance(returned, torch.Tensor)
            else f"a {type(returned).__name__}"
        )
        raise _refusal(f"The model of Ma's measure returns {what}, not one number.")
    if not math.isfinite(returned):
        raise _refusal(f"The model of Ma's measure returns {returned}.")
    return float(returned)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # another's program may raise anything
        raise _refusal(f"The model of Ma's measure fails: {_last_line(error)}.") from error


def _refusal(what: str) -> Refusal:
    return Refusal(
        what,
        remedy="Leave this metric out for such slices, or bring another model.",
        flag="refused:model",
    )


def _probe(shape: tuple[int, int], seed: int) -> Plane:
    """Return a picture in 0..1: a bright disc on a slope, with some grain."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    radius = np.hypot(rows - shape[0] / 2, columns - shape[1] / 2) / min(shape)
    picture = 0.2 + 0.3 * columns / shape[1] + np.where(radius < 0.2 + 0.1 * seed, 0.3, 0.0)
    grain = np.random.Generator(np.random.PCG64(seed)).normal(0.0, 0.03, shape)
    return np.clip(picture + grain, 0.0, 1.0)


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200].rstrip(".") if lines else type(error).__name__
