"""HDF5, with the names of the fastMRI challenge; runs in the worker.

fastMRI (Zbontar et al., arXiv:1811.08839): the ground truth is
``reconstruction_esc`` where k-space has one coil (three axes) and
``reconstruction_rss`` where it has several; a submission is ``reconstruction``.
Links, external storage and virtual datasets could name other files: they are
not followed.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from app.domain.pair import Storage
from app.images.files import refuse
from app.images.formats import arrays, streams
from app.images.formats.choice import choose

OBJECTS_LIMIT = 10_000
CHUNK_LIMIT = 512 * 2**20
"""Bytes that one packed block may grow to."""

KNOWN = ("reconstruction", "target", "reconstruction_esc", "reconstruction_rss")
NOT_IMAGES = frozenset({"kspace", "mask"})


def describe(path: Path, member: str) -> Storage:
    """Return how an HDF5 file holds its image.

    Raises
    ------
    NotAnImage
        There is no image, or several and none was named; the sentence lists them.
    """
    with _opened(path) as file:
        names, spaces = _images(path, file)
        if not names and "kspace" in spaces and not member:
            raise refuse(
                path,
                "it holds k-space and no image.",
                "Reconstruct it, and save the image as reconstruction.",
            )
        name, remark = _chosen(path, names, spaces, member)
        dataset = file[name]
        _check(path, dataset)
        shape = tuple(int(side) for side in dataset.shape)
        return Storage(
            format="HDF5",
            shape=shape,
            dtype=str(dataset.dtype),
            axes=arrays.axes_of(path, shape, dataset.dtype),
            member=name,
            flags=arrays.flags_of(dataset.dtype),
            remarks=(remark,) if remark else (),
        )


def read(path: Path, storage: Storage, frames: Sequence[int]) -> list[NDArray[Any]]:
    """Return some slices as they are stored."""
    with _opened(path) as file:
        dataset = file[storage.member]
        _check(path, dataset)
        if tuple(dataset.shape) != storage.shape:
            raise streams.changed(path)
        return [arrays.plane_of(dataset, storage.axes, frame) for frame in frames]


def _opened(path: Path) -> Any:
    import h5py

    return h5py.File(path, "r", locking=False)


def _images(path: Path, file: Any) -> tuple[list[str], dict[str, int]]:
    """Return the datasets that could be an image, and how many axes each other one has."""
    import h5py

    names: list[str] = []
    spaces: dict[str, int] = {}
    seen = 0

    def visit(name: str, found: Any) -> None:
        nonlocal seen
        seen += 1
        if seen > OBJECTS_LIMIT:
            raise refuse(path, f"it holds more than {OBJECTS_LIMIT} objects.")
        if not isinstance(found, h5py.Dataset) or found.shape is None:
            return
        numbers = found.dtype.kind in arrays.NUMBERS and found.dtype.subdtype is None
        if name.rsplit("/", 1)[-1].lower() in NOT_IMAGES or not numbers:
            spaces[name] = len(found.shape)
        elif 2 <= sum(side > 1 for side in found.shape) <= 3:
            names.append(name)

    file.visititems(visit)
    return names, spaces


def _chosen(
    path: Path, names: Sequence[str], spaces: dict[str, int], member: str
) -> tuple[str, str]:
    """Return the dataset that is the image, and a remark where a rule chose it."""
    known = [name for name in names if name in KNOWN]
    if member or len(names) == 1:
        return choose(path, names, member, "dataset"), ""
    if len(known) == 1:
        return known[0], f"its dataset {known[0]}"
    if set(known) == set(KNOWN[2:]) and spaces.get("kspace") in (3, 4):
        coils = "one coil" if spaces["kspace"] == 3 else "several coils"
        name = known[0] if (known[0].endswith("esc")) == (coils == "one coil") else known[1]
        return name, f"its dataset {name}, as fastMRI defines it for {coils}"
    return choose(path, names, "", "dataset"), ""


def _check(path: Path, dataset: Any) -> None:
    import h5py

    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise streams.changed(path)
    needed = arrays.check_size(path, dataset.shape, dataset.dtype)
    if dataset.external or dataset.is_virtual:
        raise refuse(path, f"its dataset {dataset.name} lies in other files.",
                     "Copy the numbers into one file.")  # fmt: skip
    if dataset.chunks is not None:
        block = math.prod(dataset.chunks) * dataset.dtype.itemsize
        if block > CHUNK_LIMIT:
            raise refuse(
                path,
                f"its blocks grow to {block / 2**30:.1f} GiB; "
                f"the limit is {CHUNK_LIMIT // 2**20} MiB.",
                "Save it with smaller chunks.",
            )
    held = int(dataset.id.get_storage_size())
    if held == 0:
        raise refuse(path, f"its dataset {dataset.name} was declared and never written.")
    filters = dataset.id.get_create_plist()
    for index in range(filters.get_nfilters()):
        code, _, _, name = filters.get_filter(index)
        if not h5py.h5z.filter_avail(code):
            label = name.decode("utf-8", "replace") or str(code)
            raise refuse(path, f"its numbers are packed by the filter {label}, which is not "
                         "installed.", "Save it with gzip or without compression.")  # fmt: skip
    if filters.get_nfilters():
        streams.check_packed(path, needed, needed)
    elif dataset.chunks is None and held < needed:
        raise refuse(path, f"it is cut short: {needed} bytes are declared, {held} are there.")
