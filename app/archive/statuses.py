"""What an archive's DIMSE status means, in words (PS3.4 annex C, PS3.7 annex C)."""

from typing import Any

from app.errors import ArchiveDenied, ArchiveError

AGAIN = "Try again later; what was fetched is kept and will be skipped."
WORDS = {
    0x0105: ("it does not know an attribute", "Ask with a study UID."),
    0x0122: ("it does not offer this service", "Use its DICOMweb address instead."),
    0x0124: ("it does not allow this", "Ask its administrator for the right to read."),
    0xA700: ("it is out of resources", AGAIN),
    0xA701: ("it is out of resources while counting matches", AGAIN),
    0xA702: ("it could send none of the images", "Try --method move, or its DICOMweb address."),
    0xA801: (
        "it does not know where to send the images",
        "Ask its administrator to register this computer: title {calling}, port {listen}.",
    ),
    0xA900: ("it does not understand the question", "Ask with a study UID, or use DICOMweb."),
    0xB000: ("it could send none of the images", "Try --method move, or its DICOMweb address."),
    0xFE00: ("it cancelled the work", AGAIN),
}
FAILURE = ("it is unable to process the question", "Look into the archive's log, or try later.")


def refused(archive: object, service: str, status: Any, titles: dict[str, object]) -> ArchiveError:
    """Return why an archive did not do what it was asked for."""
    code = int(status.Status)
    words, remedy = WORDS.get(code, FAILURE)
    comment = str(status.get("ErrorComment", "") or "")
    said = "".join(filter(str.isprintable, comment))[:80].strip()
    kind = ArchiveDenied if code == 0x0124 else ArchiveError
    return kind(
        f"{archive} refused {service} with status 0x{code:04X}: {words}"
        f"{f' ({said})' if said else ''}.",
        remedy=remedy.format(**titles),
    )
