"""From an address to an archive that can be asked."""

from app.archive.address import DicomAddress, parse_address
from app.archive.base import Archive
from app.archive.tls import Trust
from app.archive.watch import Limits
from app.domain.archived import Secrets
from app.errors import InputError

METHODS = ("get", "move")


def open_archive(
    address: str,
    *,
    secrets: Secrets | None = None,
    trust: Trust | None = None,
    method: str = "get",
    limits: Limits | None = None,
) -> Archive:
    """Return the archive of an address; nothing is connected yet.

    Raises
    ------
    InputError
        The address, the method or a file for TLS cannot be used.
    """
    parsed = parse_address(address)
    if isinstance(parsed, DicomAddress):
        from app.archive.dimse import DicomArchive

        if method == "get":
            return DicomArchive(parsed, secrets, trust, limits, "get")
        if method == "move":
            return DicomArchive(parsed, secrets, trust, limits, "move")
        raise InputError(
            f"{method} is no way to fetch images.", remedy=f"Give {' or '.join(METHODS)}."
        )
    from app.archive.web import WebArchive

    return WebArchive(parsed, secrets, trust, limits)
