"""Where an archive is: ``dicom://TITLE@host:port`` or the address of a DICOMweb service.

dicom://ORTHANC@10.0.0.5:4242                       DICOM network protocol
dicoms://ORTHANC@pacs.example.org?calling=MYTITLE   the same, encrypted with TLS
https://pacs.example.org/dicom-web                  DICOMweb (dicomweb+https:// as well)
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from app.errors import InputError

CALLING = "BLINDREAD"
DICOM_PORT, DICOM_TLS_PORT = 104, 2762
EXAMPLES = (
    "Give dicom://TITLE@host:port for the DICOM protocol, or https://host/dicom-web for DICOMweb."
)
_TITLE = re.compile(r"[!-\[\]-~](?:[ -\[\]-~]{0,14}[!-\[\]-~])?")
_OPTIONS = ("calling", "listen")


@dataclass(frozen=True, slots=True)
class DicomAddress:
    """An archive that speaks the DICOM network protocol.

    ``called`` and ``calling`` are the application entity titles of the archive
    and of this program; ``listen`` is the port on which this program takes
    what C-MOVE sends (0: any that is free).
    """

    called: str
    host: str
    port: int
    tls: bool = False
    calling: str = CALLING
    listen: int = 0

    @property
    def encrypted(self) -> bool:
        """Whether what is sent can be read by nobody else."""
        return self.tls

    def __str__(self) -> str:
        """Return the archive's name for a sentence."""
        return f"{self.called} at {self.host}, port {self.port},"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An archive that speaks DICOMweb, and the address of its service."""

    url: str

    @property
    def host(self) -> str:
        """The host's name alone."""
        return urlsplit(self.url).hostname or ""

    @property
    def encrypted(self) -> bool:
        """Whether what is sent can be read by nobody else."""
        return self.url.startswith("https:")

    def __str__(self) -> str:
        """Return the archive's name for a sentence."""
        return self.url


Address = DicomAddress | WebAddress


def parse_address(text: str) -> Address:
    """Return the archive that an address names.

    Raises
    ------
    InputError
        The text is no such address; the sentence says which part is wrong.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise _wrong(text, "its host or port cannot be read") from error
    if not host or any(letter.isspace() or ord(letter) < 32 for letter in parts.netloc):
        raise _wrong(text, "it names no host")
    scheme = parts.scheme.lower()
    if scheme in ("dicom", "dicoms"):
        return _dicom(text, parts, host, port)
    if scheme.removeprefix("dicomweb+") in ("http", "https"):
        return _web(text, parts, scheme.removeprefix("dicomweb+"))
    raise _wrong(text, f"{scheme}:// is not known" if scheme else "it does not say the protocol")


def _dicom(text: str, parts: SplitResult, host: str, port: int | None) -> DicomAddress:
    tls = parts.scheme.lower() == "dicoms"
    called, at, _ = parts.netloc.rpartition("@")
    if not at:
        raise _wrong(text, "the archive's application entity title before @ is missing")
    if parts.path.strip("/") or parts.fragment:
        raise _wrong(text, "nothing but options may follow the port")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown:
        raise _wrong(text, f"the option {unknown[0]} is not known, only {' and '.join(_OPTIONS)}")
    listen = options.get("listen", "0")
    if not (listen.isascii() and listen.isdigit() and int(listen) < 65536):
        raise _wrong(text, "listen must be the number of a port")
    return DicomAddress(
        called=_title(text, called),
        host=host,
        port=port or (DICOM_TLS_PORT if tls else DICOM_PORT),
        tls=tls,
        calling=_title(text, options.get("calling", CALLING)),
        listen=int(listen),
    )


def _title(text: str, title: str) -> str:
    if not _TITLE.fullmatch(title):
        raise _wrong(text, "an application entity title has 1 to 16 plain characters")
    return title


def _web(text: str, parts: SplitResult, scheme: str) -> WebAddress:
    if "@" in parts.netloc:
        raise InputError(
            "An address must not hold a user name or password.",
            remedy="Leave them out and set BLINDREAD_ARCHIVE_USER and BLINDREAD_ARCHIVE_PASSWORD.",
        )
    if parts.query or parts.fragment:
        raise _wrong(text, "a DICOMweb address has no ? or #")
    return WebAddress(f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}")


def _wrong(text: str, why: str) -> InputError:
    shown = text if "@" not in text or text.startswith("dicom") else "The address"
    return InputError(f"{shown or 'The empty text'} is no archive: {why}.", remedy=EXAMPLES)
