"""Overlay planes (groups 6000 to 601E): graphics and regions that lie over the pixels.

They are read as masks on the image's own grid and never burned into its
numbers, so no statistic and no metric sees them.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag, Tag

from app.domain.pair import Series, SliceFile
from app.images import values
from app.images.files import PatientFile, open_data, refuse
from app.images.headers import DEFERRED, Header, read_header

GROUPS = range(0x6000, 0x6020, 2)
BYTES_LIMIT = 64 * 2**20
"""Bytes that the masks of one plane may need, unpacked, in one file."""

_ROWS, _COLUMNS, _FRAMES, _LABEL, _DESCRIPTION = 0x0010, 0x0011, 0x0015, 0x1500, 0x0022
_TYPE, _ORIGIN, _FIRST_FRAME, _BITS, _BIT, _DATA = 0x0040, 0x0050, 0x0051, 0x0100, 0x0102, 0x3000
_ELEMENTS = (
    *(_ROWS, _COLUMNS, _FRAMES, _LABEL, _DESCRIPTION),
    *(_TYPE, _ORIGIN, _FIRST_FRAME, _BITS, _BIT, _DATA),
)
_TAGS = [group << 16 | element for group in GROUPS for element in _ELEMENTS]


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """One plane over a series: ``masks`` has the shape (slices, rows, columns).

    ``kind`` is ``graphics`` (annotation) or ``region`` (region of interest).
    """

    group: int
    label: str
    kind: str
    masks: NDArray[np.bool_]


def read_overlays(series: Series, slices: Sequence[int] | None = None) -> tuple[Overlay, ...]:
    """Read the overlay planes of a series, or of some of its slices.

    What lies beyond the image is cut off (PS3.3 C.9.2: OverlayOrigin may lie
    outside). A plane that is damaged, or larger than 64 MiB unpacked, is left
    out. Planes within the spare bits of the pixels are read where the pixels
    are not compressed.

    Raises
    ------
    NotAnImage
        A file is damaged, or has changed since the scan.
    """
    wanted = [series.slices[i] for i in (range(len(series.slices)) if slices is None else slices)]
    shape = (len(wanted), series.grid.rows, series.grid.columns)
    found: dict[int, Overlay] = {}
    dataset, header = Dataset(), None
    for index, file in enumerate(wanted):
        if header is None or header.path != file.path:
            header = read_header(file.path)
            dataset = _read(header)
            if (header.rows, header.columns) != shape[1:]:
                raise refuse(file.path, "the file has changed since the folder was scanned.",
                             "Scan the folder again.")  # fmt: skip
        for group, mask in _planes(header, dataset, file):
            if group not in found:
                label = _text(dataset, group, _LABEL) or _text(dataset, group, _DESCRIPTION)
                kind = "region" if _text(dataset, group, _TYPE).upper() == "R" else "graphics"
                found[group] = Overlay(group, label, kind, np.zeros(shape, np.bool_))
            found[group].masks[index] = mask
    return tuple(found[group] for group in sorted(found))


def _read(header: Header) -> Dataset:
    """Read the overlay groups of a file, and no other element."""

    def at_pixels(tag: int, _vr: str | None, _length: int) -> bool:
        return tag >= 0x7FE00008

    try:
        file, deflated = open_data(header.path)
        with file:
            patient = cast(BinaryIO, PatientFile(file, header.path))
            options: dict[str, Any] = {
                "stop_when": at_pixels, "defer_size": DEFERRED, "specific_tags": _TAGS
            }  # fmt: skip
            if deflated:
                return read_dataset(patient, False, True, **options)
            return read_partial(patient, force=True, **options)
    except Exception as error:  # pydicom raises what a hostile file makes it raise
        raise refuse(header.path, "its overlays are damaged and cannot be read.") from error


def _planes(
    header: Header, dataset: Dataset, file: SliceFile
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    for group in GROUPS:
        if _tag(group, _ROWS) not in dataset:
            continue
        mask = None
        with contextlib.suppress(Exception):  # a damaged plane must not hide the image
            mask = _plane(header, dataset, group, file.frame)
        if mask is not None:
            yield group, mask


def _plane(header: Header, dataset: Dataset, group: int, frame: int) -> NDArray[np.bool_] | None:
    """Return the mask of one frame, or None where the plane is not about it."""
    rows, columns = (_number(dataset, group, one) for one in (_ROWS, _COLUMNS))
    frames = _number(dataset, group, _FRAMES, 1)
    first = _number(dataset, group, _FIRST_FRAME, 1)
    index = frame - (first - 1)
    if rows < 1 or columns < 1 or not 0 <= index < frames or rows * columns > BYTES_LIMIT:
        return None
    if _tag(group, _DATA) in dataset:
        plane = _own(dataset, group, index, rows * columns)
    else:
        plane = _embedded(header, _number(dataset, group, _BIT), frame, rows * columns)
    if plane is None:
        return None
    top, left = _origin(dataset, group)
    return _placed(plane.reshape(rows, columns), top, left, (header.rows, header.columns))


def _own(dataset: Dataset, group: int, index: int, count: int) -> NDArray[np.bool_] | None:
    """Unpack OverlayData: one bit a pixel, the lowest first, frames without a gap."""
    data = dataset[_tag(group, _DATA)].value
    begin, skipped = divmod(index * count, 8)
    packed = np.frombuffer(data, np.uint8)[begin : begin + (skipped + count + 7) // 8]
    bits = np.unpackbits(packed, bitorder="little")[skipped : skipped + count]
    return bits.astype(np.bool_) if len(bits) == count else None


def _embedded(header: Header, bit: int, frame: int, count: int) -> NDArray[np.bool_] | None:
    """Take one bit of the stored numbers (retired in 2004, still met)."""
    from app.images.native import read_native

    spare = bit >= header.bits_stored or bit > header.high_bit
    if header.compressed or header.samples > 1 or header.floating or not spare:
        return None
    if bit >= header.bits_allocated:
        return None
    stored, _ = read_native(header, frame)
    bits: NDArray[np.bool_] = (stored.ravel() >> bit) & 1 == 1
    return bits if bits.size == count else None


def _placed(
    plane: NDArray[np.bool_], top: int, left: int, shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Lay a plane on the image's grid, cut where it reaches beyond."""
    mask = np.zeros(shape, np.bool_)
    rows = range(max(top, 0), min(top + plane.shape[0], shape[0]))
    columns = range(max(left, 0), min(left + plane.shape[1], shape[1]))
    if rows and columns:
        mask[rows.start : rows.stop, columns.start : columns.stop] = plane[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
        ]
    return mask


def _tag(group: int, element: int) -> BaseTag:
    return Tag(group, element)


def _raw(dataset: Dataset, group: int, element: int) -> object:
    tag = _tag(group, element)
    return dataset[tag].value if tag in dataset else None


def _number(dataset: Dataset, group: int, element: int, default: int | None = None) -> int:
    value = _raw(dataset, group, element)
    if value is None or value == "":
        if default is None:
            raise values.Malformed(f"({group:04X},{element:04X})")
        return default
    return int(str(value))


def _text(dataset: Dataset, group: int, element: int) -> str:
    try:
        return " ".join(str(_raw(dataset, group, element) or "").split())[: values.TEXT_LIMIT]
    except Exception:  # malformed counts as absent
        return ""


def _origin(dataset: Dataset, group: int) -> tuple[int, int]:
    """Return the place of the plane's first pixel, from 0 (row, column)."""
    value = _raw(dataset, group, _ORIGIN)
    if value is None:
        return 0, 0
    row, column = (int(str(one)) for one in cast(Sequence[object], value))
    return row - 1, column - 1
