"""What an archive has, and a copy of it in folders that can be paired."""

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.archived import ArchivedSeries, Fetched, Secrets, Wanted
from app.domain.progress import Progress
from app.errors import InputError

if TYPE_CHECKING:
    from app.archive.base import Archive


@dataclass(frozen=True, slots=True)
class Source:
    """An archive and the way to it.

    ``method`` is ``get`` or ``move``, for addresses with ``dicom://`` only;
    ``authority`` and ``identity`` are PEM files for TLS.
    """

    address: str
    secrets: Secrets = field(default_factory=Secrets)
    method: str = "get"
    authority: Path | None = None
    identity: Path | None = None


def secrets_from_environment() -> Secrets:
    """Return what the environment says about signing in to an archive."""
    return Secrets(
        os.environ.get("BLINDREAD_ARCHIVE_USER", ""),
        os.environ.get("BLINDREAD_ARCHIVE_PASSWORD", ""),
        os.environ.get("BLINDREAD_ARCHIVE_TOKEN", ""),
    )


def caution(source: Source) -> str:
    """Return a warning where a password would travel unencrypted, otherwise nothing.

    Raises
    ------
    InputError
        The address is none.
    """
    from app.archive.address import parse_address

    address = parse_address(source.address)
    if not source.secrets or address.encrypted or address.host in ("localhost", "127.0.0.1", "::1"):
        return ""
    return "The connection is not encrypted: others in the network can read the password."


def find(source: Source, wanted: Wanted) -> Generator[Progress, None, tuple[ArchivedSeries, ...]]:
    """Ask an archive which series it has of a patient, an accession, a study or a series.

    Raises
    ------
    InputError
        The address or the question is wrong, or the archive has nothing of it.
    ArchiveError
        The archive cannot be reached, refuses, or answers nonsense.
    """
    from app.archive.aside import aside
    from app.archive.search import check_wanted
    from app.archive.search import find as search

    check_wanted(wanted)
    archive = _open(source)
    asking = Progress(0, 0, "asking the archive")
    return (yield from aside(archive, asking, lambda _tell: search(archive, wanted)))


def fetch(
    source: Source, series: Sequence[ArchivedSeries], output: Path
) -> Generator[Progress, None, Fetched]:
    """Copy series into ``output/patient/series``, skipping what is already there.

    Closing the generator stops between two instances; every file that is there
    is complete, and the next fetch goes on after it.

    Raises
    ------
    InputError
        There is nothing to fetch, or the output is no folder.
    ArchiveError
        As ``find``; or the archive sends other images than asked for.
    StoreError
        The disk refused.
    """
    from app.archive.aside import aside
    from app.archive.download import Shelf
    from app.archive.transfer import Transfer
    from app.store.files import atomic_write

    if not series:
        raise InputError(
            "No series is chosen.", remedy="Choose at least one; those without images are left out."
        )
    archive = _open(source)
    shelf = Shelf(output.expanduser(), atomic_write)
    asking = Progress(0, 0, "asking the archive")
    return (
        yield from aside(archive, asking, lambda tell: Transfer(archive, shelf, tell).run(series))
    )


def _open(source: Source) -> "Archive":
    from app.archive.connect import open_archive
    from app.archive.tls import Trust

    return open_archive(
        source.address,
        secrets=source.secrets,
        trust=Trust(source.authority, source.identity),
        method=source.method,
    )
