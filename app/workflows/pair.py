"""What belongs together, what does not, and why; and a manifest that says so again."""

import os
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.arrangement import Arrangement, NamedFile, Placement
from app.domain.pair import Pairing
from app.domain.progress import Progress
from app.errors import InputError

if TYPE_CHECKING:
    from app.images.manifest import Known


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
    return (yield from arrange(source, reference=reference)).pairing


def arrange(
    source: Path, *, reference: str | None = None
) -> Generator[Progress, None, Arrangement]:
    """Pair as ``pair`` does, and tell the place of every series, paired or not.

    Raises
    ------
    InputError
        As for ``pair``.
    """
    from app.images.arrangement import placements
    from app.images.manifest import arrange_manifest
    from app.images.pairing import pair as match
    from app.images.scan import scan

    source = source.expanduser()
    if not source.exists():
        raise InputError(
            f"There is no folder or file {source}.", remedy="Check the path and try again."
        )
    if source.suffix.lower() == ".csv" and source.is_file():
        return (yield from arrange_manifest(source))
    found = yield from scan(source)
    pairing = match(found, source, reference=reference)
    return Arrangement(pairing, placements(found, source, reference, pairing))


def replay(
    source: Path, placements: Sequence[Placement], known: "Known"
) -> Generator[Progress, None, Pairing]:
    """Pair what is placed, exactly as the manifest of these places will be paired.

    ``known`` keeps what was scanned; give the same mapping to the next call.
    """
    from app.images.manifest import ManifestRow, arrange_rows, frames_in_words

    root = source if source.is_dir() else source.parent
    rows = [
        ManifestRow(
            line,
            one.case,
            one.arm,
            one.role,
            _path_from(one.path, root),
            frames_in_words(one.frames),
            *_stated(one),
        )
        for line, one in enumerate(manifest_rows(placements), start=2)
    ]
    return (yield from arrange_rows(rows, root, source, known)).pairing


def manifest_rows(
    placements: Sequence[Placement], others: Sequence[NamedFile] = ()
) -> tuple[NamedFile, ...]:
    """Return the rows that name every series that has a place.

    A folder is named where all its files are of one series, otherwise each
    file; frames are named where one file holds several series. ``others`` are
    rows to keep as they are.
    """
    owners: dict[Path, set[object]] = {}
    for one in placements:
        for file in {slice_file.path for slice_file in one.series.slices}:
            owners.setdefault(file, set()).add(one.series.slices)
    shared = {file for file, series in owners.items() if len(series) > 1}
    return (*(row for one in placements if one.role for row in _rows(one, shared)), *others)


def write_manifest(rows: Sequence[NamedFile], target: Path) -> None:
    """Write a manifest; its paths are relative to its own folder where they can be.

    Raises
    ------
    StoreError
        The disk refused.
    """
    from app.images.manifest import COLUMNS, FRAMES, STATED, frames_in_words
    from app.store.csv_file import write_rows

    root = target.expanduser().absolute().parent.resolve()
    framed = any(row.frames for row in rows)
    stated = any(any(_stated(row)) for row in rows)
    lines = [
        [row.case, row.arm, row.role, _path_from(row.path, root)]
        + ([frames_in_words(row.frames)] if framed else [])
        + (list(_stated(row)) if stated else [])
        for row in rows
    ]
    columns = [*COLUMNS, *([FRAMES] if framed else []), *(STATED if stated else [])]
    write_rows(target, columns, lines)


def write_pairs(found: Pairing, output: Path) -> None:
    """Write ``pairs.csv``: every reference, pair and problem, with its reason."""
    from app.images.tables import pairs_rows
    from app.store.tables import write_pairs as write

    write(output, pairs_rows(found))


def _stated(row: NamedFile) -> tuple[str, str, str]:
    """Return slope, intercept and dataset as a manifest writes them."""
    slope, intercept = ("", "") if row.mapping is None else map(repr, row.mapping)
    return slope, intercept, row.dataset


def _rows(one: Placement, shared: set[Path]) -> Iterator[NamedFile]:
    from app.images.scan import list_files

    files = list(dict.fromkeys(slice_file.path for slice_file in one.series.slices))
    folder = files[0].parent
    alone = not shared.intersection(files) and len({file.parent for file in files}) == 1
    if alone and len(files) > 1 and set(list_files(folder)) == set(files):
        yield NamedFile(one.case, one.arm, one.role, folder, mapping=one.series.mapping)
        return
    for file in files:
        frames: tuple[int, ...] = ()
        if file in shared:
            mine = (s.frame + 1 for s in one.series.slices if s.path == file)
            frames = tuple(sorted(mine))
        member = one.series.storage.member if one.series.storage else ""
        mapping = one.series.mapping
        yield NamedFile(one.case, one.arm, one.role, file, frames, mapping, member)


def _path_from(path: Path, root: Path) -> str:
    """Return a path as a manifest in ``root`` names it.

    Folders are resolved, so that ``..`` means the same to everyone; a file
    that is a link goes by its own name.
    """
    real = path.resolve() if path.is_dir() else path.absolute().parent.resolve() / path.name
    try:
        named = Path(os.path.relpath(real, root.resolve())).as_posix()
    except ValueError:  # another drive
        named = real.as_posix()
    return f"./{named}" if named != named.lstrip() else named
