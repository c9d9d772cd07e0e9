"""What belongs together, what does not, and why."""

from collections.abc import Generator
from pathlib import Path

from app.domain.pair import Pairing
from app.domain.progress import Progress
from app.errors import InputError


def pair(source: Path, *, reference: str | None = None) -> Generator[Progress, None, Pairing]:
    """Scan a folder, a file or a manifest and pair what it holds.

    Parameters
    ----------
    source
        A folder of cases, or a manifest CSV.
    reference
        The name of the reference's folder or file; None for the usual names.

    Raises
    ------
    InputError
        The source does not exist, or no image in it is called ``reference``.
    """
    from app.images.manifest import pair_manifest
    from app.images.pairing import pair as match
    from app.images.scan import scan

    source = source.expanduser()
    if not source.exists():
        raise InputError(
            f"There is no folder or file {source}.", remedy="Check the path and try again."
        )
    if source.suffix.lower() == ".csv" and source.is_file():
        return (yield from pair_manifest(source))
    found = yield from scan(source)
    return match(found, source, reference=reference)


def write_pairs(found: Pairing, output: Path) -> None:
    """Write ``pairs.csv``: every reference, pair and problem, with its reason."""
    from app.images.tables import pairs_rows
    from app.store.tables import write_pairs as write

    write(output, pairs_rows(found))
