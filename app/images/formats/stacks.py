"""A folder of pictures as one series, and its pictures as images of their own.

Files of one slice, format, size and type, whose names differ in one number
(slice_1.png, slice_2.png, ... slice_10.png), are the slices of one series in
the order of that number. Where the reference has an image of its own for each
of these names (reference/p1.dcm, method/p1.png), they are images of their own.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from app.domain.image import Grid
from app.domain.pair import Series
from app.images.formats.find import uid_from
from app.images.names import is_reference, stem_of

STACKED = frozenset({"PNG", "JPEG", "TIFF", "NumPy"})

_NUMBER = re.compile(r"(\d+)")


def join(series: Sequence[Series], by_file: Collection[Path]) -> list[Series]:
    """Return the series with those of a folder that are slices made one.

    ``by_file`` are the folders where each file is an image of its own, because
    one of them is named as the reference.
    """
    folders: dict[tuple[object, ...], list[Series]] = defaultdict(list)
    rest: list[Series] = []
    for one in series:
        storage = one.storage
        single = storage is not None and storage.format in STACKED and not storage.axes[0]
        if storage is None or not single or storage.member or one.folder in by_file:
            rest.append(one)
        else:
            suffix = one.slices[0].path.suffix.lower()
            kind = (storage.shape, storage.dtype, storage.slope, storage.inverted)
            key = (one.folder, suffix, *kind)
            folders[key].append(one)
    for members in folders.values():
        rest += _stacks(members)
    return rest


def _stacks(members: Sequence[Series]) -> list[Series]:
    """Stack members of each pattern of names; what has a name of its own stays alone."""
    patterns: dict[tuple[str, ...], list[Series]] = defaultdict(list)
    for one in members:
        patterns[tuple(_NUMBER.split(_stem(one))[::2])].append(one)
    found: list[Series] = []
    for alike in patterns.values():
        numbers = [tuple(int(n) for n in _NUMBER.findall(_stem(one))) for one in alike]
        varying = [column for column in zip(*numbers, strict=True) if len(set(column)) > 1]
        if len(alike) > 1 and len(varying) == 1 and len(set(varying[0])) == len(alike):
            order = sorted(range(len(alike)), key=lambda i: varying[0][i])
            found.append(_stack([alike[i] for i in order]))
        else:
            found += alike
    return found


def _stack(members: Sequence[Series]) -> Series:
    first = members[0]
    storages = [one.storage for one in members if one.storage is not None]
    flags = tuple(dict.fromkeys(flag for one in storages for flag in one.flags))
    remarks = []
    for remark in dict.fromkeys(words for one in storages for words in one.remarks):
        count = sum(remark in one.remarks for one in storages)
        share = f" ({count} of {len(storages)} slices)" if count < len(storages) else ""
        remarks.append(remark + share)
    mark = hashlib.sha256("|".join(one.uid for one in members).encode())
    return replace(
        first,
        uid=uid_from(mark.digest()),
        grid=Grid(first.grid.rows, first.grid.columns, len(members)),
        slices=tuple(one.slices[0] for one in members),
        storage=replace(storages[0], flags=flags, remarks=tuple(remarks)),
    )


def unstack(series: Iterable[Series], reference: str | None) -> list[Series]:
    """Take stacks apart whose files have each a reference of the same name, or one beside them."""
    every = list(series)
    by_file = {
        one.folder
        for one in every
        if any(is_reference(stem_of(file.path), reference) for file in one.slices)
    }
    named = {
        stem_of(one.slices[0].path)
        for one in every
        if len({file.path for file in one.slices}) == 1
        and any(is_reference(part, reference) for part in one.folder.parts)
    }
    found: list[Series] = []
    for one in every:
        stack = one.storage is not None and len({file.path for file in one.slices}) > 1
        own = one.folder in by_file or {stem_of(file.path) for file in one.slices} <= named
        if stack and own:
            found += _apart(one)
        else:
            found.append(one)
    return found


def _apart(one: Series) -> Iterable[Series]:
    for file in one.slices:
        mark = hashlib.sha256(f"{one.uid}|{file.path.name}".encode("utf-8", "surrogateescape"))
        grid = Grid(one.grid.rows, one.grid.columns, 1)
        yield replace(one, uid=uid_from(mark.digest()), grid=grid, slices=(file,))


def _stem(one: Series) -> str:
    path: Path = one.slices[0].path
    return stem_of(path)
