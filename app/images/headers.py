"""The header of one DICOM file, read within limits, with nothing taken on trust."""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.uid import UID

from app.errors import NotAnImage
from app.images import values
from app.images.fields import Fields
from app.images.files import PatientFile, looks_like_dicom, open_data, refuse, what_it_is
from app.images.header_scanner import Scanned, Unusual, scan_header, wanted_tags

_Found = TypeVar("_Found")

IMAGE_LIMIT = 4 * 2**30
"""Bytes that the pixels of one file, or of one image, may need."""

FRAME_LIMIT = 48 * 2**20
"""Samples that one compressed frame may have: a decoder needs up to 40 bytes for each."""

FRAMES_LIMIT = 100_000

PACKED_LIMIT = 200
"""Times that compressed pixels may be smaller than what they become, beyond 512 MiB."""

DEFERRED = 64 * 2**20
"""Bytes above which one element of a header is left on the disk."""

NATIVE = {
    "",  # no meta header: pydicom finds the encoding from the first element
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
}
PIXELS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}
UNDEFINED = 0xFFFFFFFF
JPEG_XL = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (110, 111, 112))
"""Transfer syntaxes that are younger than pydicom's dictionary."""

_KEYWORDS = """
SOPClassUID SOPInstanceUID SeriesInstanceUID Modality SeriesDescription ImageType InstanceNumber
FrameOfReferenceUID ImagePositionPatient ImageOrientationPatient PixelSpacing GridFrameOffsetVector
Rows Columns NumberOfFrames SamplesPerPixel PhotometricInterpretation PlanarConfiguration
BitsAllocated BitsStored HighBit PixelRepresentation PixelPaddingValue PixelPaddingRangeLimit
FloatPixelPaddingValue FloatPixelPaddingRangeLimit DoubleFloatPixelPaddingValue
DoubleFloatPixelPaddingRangeLimit
RescaleSlope RescaleIntercept RescaleType DoseGridScaling DoseUnits Units ModalityLUTSequence
WindowCenter WindowWidth WindowCenterWidthExplanation VOILUTFunction
SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence SourceImageSequence
ReferencedSeriesSequence DerivationCode VOILUTSequence PresentationLUTShape ImagerPixelSpacing
NominalScannedPixelSpacing PixelSpacingCalibrationType RedPaletteColorLookupTableDescriptor
GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor
RedPaletteColorLookupTableData GreenPaletteColorLookupTableData BluePaletteColorLookupTableData
SegmentedRedPaletteColorLookupTableData SegmentedGreenPaletteColorLookupTableData
SegmentedBluePaletteColorLookupTableData
"""


def _tags() -> list[int]:
    from pydicom.datadict import tag_for_keyword

    found = (tag_for_keyword(keyword) for keyword in _KEYWORDS.split())
    return [tag for tag in found if tag is not None]


_TAGS = _tags()
WANTED = wanted_tags(_TAGS)
"""The tags that anything here looks at."""


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the pixels of a file begin, and how long they say they are."""

    keyword: str
    vr: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Header:
    """What one file says about its pixels, checked against the file itself.

    ``size`` is the length in bytes of the data the offset counts in: the file,
    or the inflated data set of a deflated one.
    """

    path: Path
    dataset: Dataset
    syntax: str
    little_endian: bool
    size: int
    pixels: PixelElement
    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str

    @property
    def compressed(self) -> bool:
        """True where a decoder is needed."""
        return self.syntax not in NATIVE

    @property
    def floating(self) -> bool:
        """True for Float or Double Float Pixel Data."""
        return self.pixels.keyword != "PixelData"

    @property
    def frame_bits(self) -> int:
        """Bits that one frame takes in the file when it is not compressed."""
        samples = 2 if self.photometric == "YBR_FULL_422" and not self.compressed else self.samples
        return self.rows * self.columns * samples * self.bits_allocated

    @property
    def syntax_name(self) -> str:
        """The transfer syntax in words, with its UID."""
        name = "JPEG XL" if self.syntax in JPEG_XL else UID(self.syntax).name
        return f"{name} ({self.syntax})" if name != self.syntax else self.syntax


def read_header(path: Path) -> Header:
    """Read and check the header of one image.

    Raises
    ------
    NotAnImage
        The file is not DICOM, holds no pixels, contradicts itself, or is cut
        short; the sentence names the file and says which.
    """
    values.hush()
    with contextlib.suppress(OSError), path.open("rb", buffering=0) as file:
        quick = ordinary_header(path, file)
        if quick is not None:
            return quick
    return read_any_header(path)


def ordinary_header(path: Path, file: FileIO) -> Header | None:
    """Read the header of an open file if it is an ordinary one.

    None says nothing about the file but that ``read_any_header`` has to judge it.
    """
    try:
        return header_from(path, scan_header(file, WANTED))
    except Unusual:
        return None


def header_from(path: Path, found: Scanned) -> Header | None:
    """Return the checked header of a file; None where ``read_any_header`` has to judge it."""
    pixels = PixelElement(PIXELS[found.tag], found.vr or "OW", found.offset, found.length)
    try:
        return _checked(path, found.fields, found.syntax, True, found.size, pixels)
    except NotAnImage:
        return None


def read_any_header(path: Path) -> Header:
    """Read and check the header of one image, however it is written; see ``read_header``."""
    values.hush()
    return judged(path, _read)


def judged(path: Path, read: Callable[[Path], _Found]) -> _Found:
    """Read a DICOM file in some way; whatever goes wrong becomes a sentence.

    Raises
    ------
    NotAnImage
        The file is not DICOM, or pydicom cannot read it; the sentence says which.
    """
    try:
        if not looks_like_dicom(path):
            raise refuse(path, what_it_is(path), "Leave the file out, or export it as DICOM.")
        return read(path)
    except (NotAnImage, KeyboardInterrupt):
        raise
    except RecursionError as error:
        raise refuse(path, "its sequences are nested too deeply to be read.") from error
    except MemoryError as error:
        raise refuse(path, "its header asks for more memory than there is.") from error
    except OSError as error:
        if isinstance(error.__cause__, NotAnImage):  # pydicom wraps what goes wrong in a sequence
            raise error.__cause__ from None
        if error.errno is None:
            raise refuse(path, "its header is damaged and cannot be read.") from error
        reason = error.strerror or "the disk refused"
        raise refuse(
            path, f"the file cannot be opened ({reason}).", "Check that the file may be read."
        ) from error
    except Exception as error:  # pydicom raises what a hostile file makes it raise
        raise refuse(path, "its header is damaged and cannot be read.") from error


def _read(path: Path) -> Header:
    found: list[PixelElement] = []
    file, deflated = open_data(path)
    with file:
        patient = cast(BinaryIO, PatientFile(file, path))

        def at_pixels(tag: int, vr: str | None, length: int) -> bool:
            if tag in PIXELS:
                found.append(PixelElement(PIXELS[tag], vr or "OW", file.tell(), length))
            return tag >= 0x7FE00008

        if deflated:
            syntax, little = deflated, True
            dataset = read_dataset(
                patient, False, True, stop_when=at_pixels, defer_size=DEFERRED, specific_tags=_TAGS
            )
        else:
            dataset = read_partial(
                patient, stop_when=at_pixels, defer_size=DEFERRED, force=True, specific_tags=_TAGS
            )
            syntax = values.text(dataset.file_meta, "TransferSyntaxUID")
            little = bool(dataset.original_encoding[1])
        size = file.seek(0, os.SEEK_END)
    if not found:
        raise _no_pixels(path, dataset)
    return _checked(path, dataset, syntax, little, size, found[0])


def _no_pixels(path: Path, dataset: Dataset) -> NotAnImage:
    kind = values.text(dataset, "Modality") or UID(values.text(dataset, "SOPClassUID")).name
    if "Rows" in dataset and "Columns" in dataset:
        return refuse(path, "it describes an image but holds no pixels.")
    if "Image Storage" in UID(values.text(dataset, "SOPClassUID")).name:
        return refuse(path, "it ends before its image begins.")
    return refuse(path, f"it holds no image{f' ({kind})' if kind else ''}.", "Leave the file out.")


def _checked(
    path: Path,
    dataset: Dataset | Fields,
    syntax: str,
    little: bool,
    size: int,
    pixels: PixelElement,
) -> Header:
    floating = pixels.keyword != "PixelData"
    if "Rows" not in dataset and "Columns" not in dataset:
        raise _no_pixels(path, dataset)
    try:
        allocated = values.integer(dataset, "BitsAllocated")
        stored = allocated if floating else values.integer(dataset, "BitsStored", allocated)
        header = Header(
            path=path,
            dataset=dataset,
            syntax=syntax,
            little_endian=little,
            size=size,
            pixels=pixels,
            rows=values.integer(dataset, "Rows"),
            columns=values.integer(dataset, "Columns"),
            frames=values.integer(dataset, "NumberOfFrames", 1),
            samples=values.integer(dataset, "SamplesPerPixel", 1),
            bits_allocated=allocated,
            bits_stored=stored,
            high_bit=values.integer(dataset, "HighBit", stored - 1),
            signed=values.integer(dataset, "PixelRepresentation", 0) == 1,
            photometric=values.text(dataset, "PhotometricInterpretation").upper(),
        )
    except values.Malformed as error:
        raise refuse(path, f"{error} is missing or is no whole number.") from error
    _check_numbers(header)
    _check_size(header)
    return header


def _check_numbers(header: Header) -> None:
    path = header.path
    if header.rows < 1 or header.columns < 1 or header.frames < 1:
        size = f"{header.rows} rows, {header.columns} columns, {header.frames} frames"
        raise refuse(path, f"an image cannot have {size}.")
    allowed = {"FloatPixelData": (32,), "DoubleFloatPixelData": (64,)}.get(
        header.pixels.keyword, (1, 8, 16, 32)
    )
    if header.bits_allocated not in allowed:
        raise refuse(path, f"BitsAllocated {header.bits_allocated} is not one that is known here.")
    if not 1 <= header.bits_stored <= header.bits_allocated:
        raise refuse(
            path,
            f"BitsStored {header.bits_stored} does not fit in "
            f"BitsAllocated {header.bits_allocated}.",
        )
    if header.samples not in (1, 3):
        raise refuse(path, f"{header.samples} samples per pixel are not known here.")
    colour = header.photometric.startswith(("RGB", "YBR_"))
    known = colour or header.photometric in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    if not known or colour != (header.samples == 3):
        named = header.photometric or "missing"
        raise refuse(
            path,
            f"PhotometricInterpretation {named} with {header.samples} "
            f"sample{'s' if header.samples > 1 else ''} is not known here.",
            "Export the image again as MONOCHROME2.",
        )
    if values.number(header.dataset, "RescaleSlope") == 0:
        raise refuse(path, "RescaleSlope is 0, so every pixel would have the same value.",
                     "Export the image again with its true RescaleSlope.")  # fmt: skip


@lru_cache(256)
def _is_syntax(syntax: str) -> bool:
    return bool(UID(syntax).is_transfer_syntax)


def _check_size(header: Header) -> None:
    path, there = header.path, header.size - header.pixels.offset
    known = _is_syntax(header.syntax) or header.syntax in ("", *JPEG_XL)
    if not known:
        raise refuse(path, f"its transfer syntax {header.syntax} is not known.",
                     "Export the image again as Explicit VR Little Endian.")  # fmt: skip
    samples_bytes = max(header.bits_allocated // 8, 1)
    needed = header.rows * header.columns * header.samples * header.frames * samples_bytes
    if needed > IMAGE_LIMIT:
        raise refuse(
            path,
            f"its {header.rows} x {header.columns} x {header.frames} pixels need "
            f"{needed / 2**30:.1f} GiB; the limit is {IMAGE_LIMIT // 2**30} GiB.",
            "Split the file, or leave it out.",
        )
    if header.frames > FRAMES_LIMIT:
        raise refuse(
            path,
            f"it declares {header.frames} frames; the limit is {FRAMES_LIMIT}.",
            "Split the file, or leave it out.",
        )
    if header.compressed:
        _check_packed(header, needed, there)
        return
    if header.pixels.length == UNDEFINED:
        raise refuse(path, "its pixels are packed in a way its transfer syntax does not allow.")
    held = min(header.pixels.length, there)
    if held * 8 < header.frame_bits * header.frames:
        raise refuse(
            path,
            f"it is cut short: {-(-header.frame_bits * header.frames // 8)} bytes of pixels "
            f"are declared, {max(held, 0)} are there.",
        )


def _check_packed(header: Header, needed: int, there: int) -> None:
    """Refuse what a decoder would need too much memory for, before it is asked."""
    path = header.path
    if there < 8 * header.frames:
        raise refuse(path, f"it cannot hold the {header.frames} frames it declares.")
    if header.rows * header.columns * header.samples > FRAME_LIMIT:
        raise refuse(
            path,
            f"a compressed frame of {header.rows} x {header.columns} pixels is too large; "
            f"the limit is {FRAME_LIMIT // 2**20} million samples.",
            "Export the image again without compression.",
        )
    if needed > max(512 * 2**20, PACKED_LIMIT * there):
        raise refuse(
            path,
            f"it declares {needed / 2**30:.1f} GiB of pixels in {max(there, 0) / 2**20:.1f} MiB "
            "of compressed data, which no true image fits into.",
        )
