"""A folder of files -> series, and a reason for everything that is none.

Only headers are read. A damaged or hostile file becomes a Problem, never an
end of the scan.
"""

import os
import time
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.pair import Problem, Series
from app.domain.progress import Progress
from app.errors import InputError, NotAnImage
from app.images import values
from app.images.fact_reader import FactReader
from app.images.facts import SliceFacts, same_grid, series_of, sort_slices
from app.images.files import looks_like_dicom
from app.images.formats.find import describe, recognise
from app.images.formats.stacks import join
from app.images.index import LEAST_FILES, Index
from app.images.names import is_reference, relative_path, stem_of

STEP = 50
"""Files between two reports of progress."""

LISTED = 300
"""What is looked at between two reports while files are looked for."""

LONGEST_S = 0.2
"""Seconds between two reports where a drive is slow: whoever waits can stop there."""


LOOKING = "looking for files"


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found under one source."""

    series: tuple[Series, ...]
    problems: tuple[Problem, ...]


def scan(source: Path) -> Generator[Progress, None, Found]:
    """Find every series under a folder, or in one file.

    Hidden files, DICOMDIR and files that do not pretend to be DICOM are passed
    over. Folders stand alone: one SeriesInstanceUID in two folders is two series.

    Raises
    ------
    InputError
        The source does not exist.
    """
    if not source.exists():
        raise InputError(
            f"There is no folder or file {source}.", remedy="Check the path and try again."
        )
    root = source if source.is_dir() else source.parent
    yield Progress(0, 0, LOOKING)
    files = (yield from find_files(source)) if source.is_dir() else [source]
    index = Index(root) if len(files) >= LEAST_FILES else None
    found = yield from scan_files(files, root, demanded=not source.is_dir(), index=index)
    if index is not None:
        index.save()
    return found


def scan_files(
    files: Sequence[Path],
    root: Path,
    *,
    demanded: bool = False,
    datasets: Mapping[Path, str] | None = None,
    index: Index | None = None,
) -> Generator[Progress, None, Found]:
    """Read the headers of files and group them into series.

    ``demanded`` files were named by a person: each is an image or a Problem.
    ``datasets`` names the array that is the image in a file of several. What an
    ``index`` knows is not read again.
    """
    facts: list[SliceFacts] = []
    others: list[Series] = []
    problems: list[Problem] = []
    reader, folders = FactReader(), _Folders(root)
    told = time.monotonic()
    for done, path in enumerate(files):
        if done % STEP == 0 or time.monotonic() - told > LONGEST_S:
            values.hush()
            yield Progress(done, len(files), "reading headers")
            told = time.monotonic()
        try:
            folder = folders.of(path)
            found = index.find(path, folder) if index is not None else None
            if found is not None:
                facts += found
                continue
            found = reader.ordinary(path, folder)
            if found is None and recognise(path):
                others.append(describe(path, folder, (datasets or {}).get(path, "")))
                continue
            if found is None and (demanded or _pretends(path)):
                found = reader.unusual(path, folder)
            if found and index is not None:
                index.keep(path, found)
            facts += found or ()
        except NotAnImage as error:
            if index is not None and error is reader.lasting:
                index.keep(path, error)
            problems.append(_problem(relative_path(path, root), str(error), error.remedy))
        except Exception:  # whatever one file can do, the others are read
            problems.append(
                _problem(
                    relative_path(path, root),
                    f"{path.name}: its header is damaged and cannot be read.",
                    "Copy the file again from its source, or leave it out.",
                )
            )
    yield Progress(len(files), len(files), "reading headers")
    named = {one.folder for one in facts if is_reference(one.file.path.stem)}
    named |= {one.folder for one in others if is_reference(stem_of(one.slices[0].path))}
    series, more = _series(facts, root, named)
    return Found(tuple(sorted([*series, *join(others, named)], key=_order)), (*problems, *more))


def _order(one: Series) -> tuple[tuple[str, ...], str, int]:
    return one.folder.parts, one.slices[0].path.name, one.slices[0].frame


def list_files(folder: Path) -> Iterable[Path]:
    """Yield regular, visible files in a fixed order; links to folders are not followed."""
    return (path for path in _walk(folder) if path is not None)


def find_files(folder: Path) -> Generator[Progress, None, list[Path]]:
    """Return what ``list_files`` yields; a whole drive can be looked through in small steps."""
    found: list[Path] = []
    told = time.monotonic()
    for looked, path in enumerate(_walk(folder), start=1):
        if path is not None:
            found.append(path)
        if looked % LISTED == 0 or time.monotonic() - told > LONGEST_S:
            yield Progress(0, 0, f"{LOOKING}: {len(found)} so far")
            told = time.monotonic()
    return found


def _walk(folder: Path) -> Iterator[Path | None]:
    """Yield the files of ``list_files``, and None for whatever else the drive was asked about."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        entries: list[os.DirEntry[str]] = []
        try:
            with os.scandir(here) as found:
                for entry in found:
                    entries.append(entry)
                    yield None
        except OSError:
            continue
        entries.sort(key=lambda entry: entry.name)
        folders = set()
        visible = [entry for entry in entries if not entry.name.startswith(".")]
        for entry in visible:
            if _is_folder(entry):
                folders.add(entry.name)
            yield None
        for entry in visible:
            name = entry.name
            wanted = name not in folders and name.upper() != "DICOMDIR" and _is_file(entry)
            yield here / name if wanted else None
        waiting += [here / name for name in sorted(folders, reverse=True)]


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Return whether an entry is a folder itself; a link to one is not followed."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: "os.DirEntry[str]") -> bool:
    """Return whether an entry is a regular file, or a link to one that can be followed."""
    try:
        return entry.is_file()
    except OSError:
        return False


class _Folders:
    """The folders of files, relative to the source, each made once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Path] = {}

    def of(self, path: Path) -> Path:
        place = os.path.dirname(path)  # noqa: PTH120 - Path.parent takes as long as the file
        if place not in self._known:
            self._known[place] = relative_path(path.parent, self._root)
        return self._known[place]


def _pretends(path: Path) -> bool:
    """Return whether a file claims, by its name or its first bytes, to be DICOM."""
    if {suffix.lower() for suffix in path.suffixes[-2:]} & {".dcm", ".dicom"}:
        return True
    try:
        return looks_like_dicom(path)
    except OSError:
        return False


def _series(
    facts: list[SliceFacts], root: Path, by_file: Collection[Path]
) -> tuple[list[Series], list[Problem]]:
    owner: dict[str, set[str]] = defaultdict(set)
    for one in facts:
        owner[one.instance_uid].add(one.series_uid)
        owner[one.series_uid].add(one.series_uid)
    found: list[Series] = []
    problems: list[Problem] = []
    for group in map(list, _groups(facts, by_file)):
        if group[0].localizer:
            problems.append(_localizer(group, root))
            continue
        if any(one.place.position for one in group):
            lost = [one for one in group if one.place.position is None]
            problems += [_placeless(one, root) for one in lost]
            group = [one for one in group if one.place.position is not None]
        kept, repeated = sort_slices(group)
        if len(kept) == 1 and repeated:  # one place, many files: each is an image of its own
            apart = [[one] for one in sorted(group, key=lambda one: one.file.path.name)]
        else:
            apart = [kept]
            if repeated:
                problems.append(_repeated(kept, repeated, root))
        for slices in apart:
            named = dict.fromkeys(uid for one in slices for uid in one.sources)
            sources = {series for uid in named for series in owner.get(uid, set())}
            mine = {one.series_uid for one in slices}
            found.append(series_of(slices, tuple(sorted(sources - mine))))
    return found, problems


def _groups(facts: list[SliceFacts], by_file: Collection[Path]) -> list[list[SliceFacts]]:
    """Group slices by folder, series, kind and grid.

    A multi-frame file is a series by itself, and so is every file of a folder
    (``by_file``) where one is named as the reference (case/reference.dcm,
    case/method.dcm).
    """
    rough: dict[tuple[object, ...], list[SliceFacts]] = defaultdict(list)
    for one in facts:
        own = one.multiframe or one.folder in by_file
        rough[one.folder, one.series_uid, one.localizer, one.file.path if own else None].append(one)
    groups = []
    for members in rough.values():
        for group in same_grid(members):
            unnumbered = len({one.instance_number for one in group}) == 1
            nowhere = all(one.place.position is None for one in group)
            if len(group) > 1 and unnumbered and nowhere and not group[0].multiframe:
                groups += [[one] for one in group]
            else:
                groups.append(group)
    return groups


def _localizer(group: list[SliceFacts], root: Path) -> Problem:
    return _problem(
        relative_path(group[0].file.path, root),
        f"{group[0].file.path.name}: it is a localizer, set apart from the series.",
        "Nothing needs to be done.",
        group,
    )


def _placeless(one: SliceFacts, root: Path) -> Problem:
    return _problem(
        relative_path(one.file.path, root),
        f"{one.file.path.name}: it has no usable ImagePositionPatient, unlike the other slices "
        "of its series.",
        "Copy the file again from its source, or leave it out.",
        [one],
    )


def _repeated(kept: list[SliceFacts], repeated: list[SliceFacts], root: Path) -> Problem:
    first = repeated[0].file.path
    return _problem(
        relative_path(first, root),
        f"{first.name}: {len(repeated)} of {len(kept) + len(repeated)} slices of its series lie "
        "where another slice lies; the one with the lowest InstanceNumber is used.",
        "Put every echo, phase or time point into a folder of its own.",
        repeated,
    )


def _problem(path: Path, what: str, remedy: str, slices: Sequence[SliceFacts] = ()) -> Problem:
    uid = slices[0].series_uid if slices else ""
    return Problem(path.as_posix(), what, remedy, series_uid=uid, slices=len(slices))
