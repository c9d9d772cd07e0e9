"""One received instance: is it a DICOM file, and the one that was asked for."""

import io
import logging
import warnings
from typing import BinaryIO, cast

import pydicom.config
from pydicom.filereader import read_partial

from app.archive.base import is_uid, nonsense
from app.domain.archived import ArchivedSeries
from app.errors import ArchiveError

STEPS_LIMIT = 50_000
"""Reads that the identifying part of a header may take."""

_TAGS = {0x00080018: "SOP instance", 0x0020000D: "study", 0x0020000E: "series"}
_LAST = 0x0020000E

for _name in ("pydicom", "pynetdicom", "dicomweb_client", "urllib3", "retrying"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


def hush() -> None:
    """Keep the libraries' advice about malformed data from the person and from tests."""
    mine = ("pydicom", "pynetdicom", "dicomweb_client")
    patterns = {getattr(entry[3], "pattern", entry[3]) for entry in warnings.filters[:4]}
    for name in mine:
        if name not in patterns:
            warnings.filterwarnings("ignore", module=name)


class _Header(io.BytesIO):
    """Bytes that are read in a bounded number of steps: zeros look like endless elements."""

    steps = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.steps += 1
        if self.steps > STEPS_LIMIT:
            raise ValueError("the header does not end")
        return super().read(size)


def check_instance(
    name: object, data: bytes, series: ArchivedSeries, wanted: str | None = None
) -> str:
    """Return the SOP Instance UID of a received file.

    Parameters
    ----------
    name
        The archive, for the sentence.
    data
        The file: preamble, file meta information and data set.
    series
        What it must belong to.
    wanted
        The instance that was asked for; None for any of the series.

    Raises
    ------
    ArchiveError
        It is no DICOM file, or it is another image than asked.
    """
    if data[128:132] != b"DICM":
        raise nonsense(name, f"sent {_kind(data)} instead of a DICOM file")
    hush()
    try:
        dataset = read_partial(
            cast(BinaryIO, _Header(data)),
            stop_when=lambda tag, _vr, _length: tag > _LAST,
            specific_tags=list(_TAGS),
        )
        uids = {tag: str(dataset[tag].value or "") if tag in dataset else "" for tag in _TAGS}
    except Exception as error:  # pydicom raises what hostile bytes make it raise
        raise nonsense(name, "sent a DICOM file whose header is damaged") from error
    asked = dict(zip(_TAGS, (wanted, series.study_uid, series.series_uid), strict=True))
    for tag in (0x0020000D, 0x0020000E, 0x00080018):
        if not is_uid(uids[tag]) or asked[tag] not in (None, uids[tag]):
            raise _another(name, _TAGS[tag], uids[tag])
    return uids[0x00080018]


def _another(name: object, what: str, uid: str) -> ArchiveError:
    shown = f"({uid[:64]})" if is_uid(uid) else "(without a valid UID)"
    return nonsense(name, f"sent an image of another {what} {shown} than was asked for")


def _kind(data: bytes) -> str:
    start = data[:64].lstrip().lower()
    if not data:
        return "nothing"
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page"
    return "a JSON text" if start.startswith((b"{", b"[")) else "other bytes"
