"""Decode a series into an Image: stored numbers with their rescale."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import FileIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Grid, Image, Window
from app.domain.pair import Series, SliceFile
from app.errors import NotAnImage
from app.images import frames, grey, native, voi, worker
from app.images.fields import TAGS
from app.images.files import refuse
from app.images.formats.read import read_stored, stated
from app.images.header_scanner import Scanned, Unusual, alike, scan_header
from app.images.headers import IMAGE_LIMIT, WANTED, Header, header_from, read_any_header

_OF_NO_PIXEL = frozenset(
    TAGS[keyword] for keyword in ("SOPInstanceUID", "InstanceNumber", "ImagePositionPatient")
)
"""What may differ between two slices whose numbers mean the same."""

_ROOM = 16
"""Bytes a decoded sample may take at most; more means a hostile answer."""


@dataclass(frozen=True, slots=True)
class _Plane:
    """One slice with all that its file says about its numbers."""

    pixels: NDArray[Any]
    rescale: frames.Rescale
    windows: tuple[Window, ...]
    padding: tuple[float, float] | None
    inverted: bool
    bits_stored: int
    flags: tuple[str, ...]


def read_image(series: Series, slices: Sequence[int] | None = None) -> Image:
    """Read the pixels of a series, or of some of its slices.

    Parameters
    ----------
    series
        As ``scan`` found it, sorted.
    slices
        Indices into ``series.slices``, from 0; all of them by default.

    Returns
    -------
    Image
        Numbers as stored (bits above BitsStored removed), slope and intercept
        of each slice. A Modality LUT is applied, slope 1. Colour becomes its
        luminance (BT.601) with the flag ``luminance``. The windows are those
        of the middle slice read.

    Raises
    ------
    NotAnImage
        A file is damaged, has changed since the scan, or needs a decoder that
        is not installed; the sentence names it.
    WorkerDied
        The decoder of a compressed file crashed or hung.
    """
    wanted = tuple(range(len(series.slices)) if slices is None else slices)
    if not wanted:
        raise NotAnImage("No slice was asked for.", remedy="Name at least one slice.")
    if series.storage is not None:
        return stated(read_stored(series, wanted), series.mapping)
    grid = series.grid
    pixels: NDArray[Any] | None = None
    planes: list[_Plane] = []
    reader = _Reader()
    for index, file in enumerate(series.slices[i] for i in wanted):
        plane = reader.read(file, None if pixels is None else pixels[index])
        if plane.pixels.shape != (grid.rows, grid.columns):
            raise refuse(file.path, "the file has changed since the folder was scanned.",
                         "Scan the folder again.")  # fmt: skip
        if pixels is None:
            shape = (len(wanted), grid.rows, grid.columns)
            needed = int(np.prod(shape, dtype=np.int64)) * plane.pixels.dtype.itemsize
            if needed > IMAGE_LIMIT:
                raise refuse(
                    file.path,
                    f"the series needs {needed / 2**30:.1f} GiB of memory; "
                    f"the limit is {IMAGE_LIMIT // 2**30} GiB.",
                    "Split the series.",
                )
            pixels = np.empty(shape, plane.pixels.dtype)
        elif not np.can_cast(plane.pixels.dtype, pixels.dtype):
            pixels = pixels.astype(np.result_type(pixels.dtype, plane.pixels.dtype))
        if plane.pixels.base is not pixels:
            pixels[index] = plane.pixels
        planes.append(_without_pixels(plane))
    assert pixels is not None  # noqa: S101 - at least one slice was wanted
    return stated(_image(series, wanted, pixels, planes), series.mapping)


def _image(
    series: Series, wanted: tuple[int, ...], pixels: NDArray[Any], planes: list[_Plane]
) -> Image:
    first, grid = planes[0], series.grid
    for plane, index in zip(planes, wanted, strict=True):
        if plane.inverted != first.inverted or plane.rescale.unit != first.rescale.unit:
            raise refuse(
                series.slices[index].path,
                "its photometric interpretation or unit is not that of the series' other slices.",
                "Keep slices of one kind in a series.",
            )
    flags = list(dict.fromkeys(flag for plane in planes for flag in plane.flags))
    pixels, padding = grey.mark_padding(pixels, [plane.padding for plane in planes])
    return Image(
        pixels=pixels,
        slopes=tuple(plane.rescale.slope for plane in planes),
        intercepts=tuple(plane.rescale.intercept for plane in planes),
        grid=Grid(
            rows=grid.rows,
            columns=grid.columns,
            slices=len(wanted),
            spacing=grid.spacing,
            orientation=grid.orientation,
            positions=tuple(grid.positions[i] for i in wanted) if grid.positions else None,
            frame_of_reference=grid.frame_of_reference,
            spacing_kind=grid.spacing_kind,
        ),
        modality=series.modality,
        unit=first.rescale.unit,
        bits_stored=max(plane.bits_stored for plane in planes),
        inverted=first.inverted,
        windows=planes[len(planes) // 2].windows,
        padding=padding,
        series_uid=series.uid,
        flags=tuple(flags),
    )


class _Reader:
    """Reads slice after slice; what they share is looked at once.

    A multi-frame file is opened for its header once while its frames follow
    each other. Uncompressed slices are read straight into their place.
    """

    def __init__(self) -> None:
        self._header: Header | None = None
        self._groups: frames.FrameGroups | None = None
        self._found: Scanned | None = None
        self._shared: _Plane | None = None

    def read(self, one: SliceFile, into: NDArray[Any] | None) -> _Plane:
        """Return a slice; its pixels lie in ``into`` where that is possible."""
        if self._header is None or self._header.path != one.path:
            plane = self._ordinary(one, into)
            if plane is not None:
                return plane
        if self._header is None or self._header.path != one.path:
            self._take(read_any_header(one.path), None)
        header, groups = self._header, self._groups
        assert header is not None and groups is not None  # noqa: S101, PT018 - just taken
        if not 0 <= one.frame < header.frames:
            raise refuse(one.path, f"it has no frame {one.frame + 1}.", "Scan the folder again.")
        if native.plain(header):
            with one.path.open("rb", buffering=0) as file:
                return self._plain(file, one, header.pixels.offset, into)
        return _plane(header, groups, one.frame)

    def _ordinary(self, one: SliceFile, into: NDArray[Any] | None) -> _Plane | None:
        """Read the first frame of a file of one; None where there is more to it."""
        try:
            with one.path.open("rb", buffering=0) as file:
                found = scan_header(file, WANTED)
                if self._found is None or not alike(found, self._found, _OF_NO_PIXEL):
                    header = header_from(one.path, found)
                    if header is None:
                        return None
                    self._take(header, found)
                    if not native.plain(header) or header.frames > 1:
                        return None
                return self._plain(file, one, found.offset, into) if one.frame == 0 else None
        except (OSError, Unusual):
            return None

    def _take(self, header: Header, found: Scanned | None) -> None:
        self._header, self._groups = header, frames.FrameGroups(header)
        single = header.frames == 1 and native.plain(header)
        self._found, self._shared = found if single else None, None

    def _plain(
        self, file: FileIO, one: SliceFile, offset: int, into: NDArray[Any] | None
    ) -> _Plane:
        header, groups = self._header, self._groups
        assert header is not None and groups is not None  # noqa: S101, PT018 - taken before
        shared = self._shared
        padding = grey.padding_of(header) if shared is None else shared.padding
        start = offset + one.frame * (header.frame_bits // 8)
        pixels = native.read_plain(file, start, header, padding, into)
        if shared is not None:
            return replace(shared, pixels=pixels)
        plane = _plane(header, groups, one.frame, pixels)
        if self._found is not None and plane.pixels is pixels:
            self._shared = _without_pixels(plane)
        return plane


def _stored(header: Header, frame: int) -> tuple[NDArray[Any], str]:
    """Return the numbers of one frame as they are stored, and what colours they mean."""
    if not header.compressed:
        return native.read_native(header, frame)
    limit = header.rows * header.columns * header.samples * _ROOM
    stored, photometric = worker.decode(header.path, frame, limit)
    if stored.shape[:2] != (header.rows, header.columns):
        raise refuse(header.path, "its compressed image has another size than its header.")
    return stored, photometric


def _plane(
    header: Header, groups: frames.FrameGroups, frame: int, clean: NDArray[Any] | None = None
) -> _Plane:
    """Return one slice; ``clean`` are its numbers where they have been read already."""
    flags: list[str] = []
    padding, photometric = grey.padding_of(header), header.photometric
    if clean is None:
        stored, photometric = _stored(header, frame)
        clean = grey.clean_bits(header, stored, padding)
    if not header.floating and 0 <= header.high_bit < header.bits_stored - 1:
        flags.append("high-bit-ignored")
    plane, colour = grey.to_grey(header, clean, photometric)
    scale, bits = frames.rescale(header, groups, frame), header.bits_stored
    if scale.slope == 0:
        raise refuse(header.path, f"RescaleSlope of frame {frame + 1} is 0.")
    if colour:
        flags.append("luminance")
        padding = None
        bits = plane.dtype.itemsize * 8 if photometric == "PALETTE COLOR" else bits
    else:
        table = grey.modality_lut(header, plane)
        if table is not None:
            kept, (plane, unit, bits) = padding, table
            if kept is not None:  # the table knows nothing of padding
                outside = (clean >= kept[0]) & (clean <= kept[1])
                plane, padding = np.where(outside, np.int32(-1), plane.astype(np.int32)), (-1, -1)
            scale = frames.Rescale(1.0, 0.0, unit)
    return _Plane(
        pixels=plane,
        rescale=scale,
        windows=voi.views(header, groups, frame),
        padding=padding,
        inverted=grey.low_is_bright(header),
        bits_stored=bits,
        flags=tuple(flags),
    )


def _without_pixels(plane: _Plane) -> _Plane:
    return _Plane(
        np.empty((0, 0)),
        plane.rescale,
        plane.windows,
        plane.padding,
        plane.inverted,
        plane.bits_stored,
        plane.flags,
    )
