"""Folder layouts: which names on the way to a file are its case and its arm.

The reference's name shows the layout, because it is an arm like the others:

    SOURCE/case/arm/*.dcm   SOURCE/case/arm.dcm
    SOURCE/arm/case/*.dcm   SOURCE/arm/case.dcm
    SOURCE/arm/*.dcm        SOURCE/arm.dcm         (one case, named as the source)
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from app.domain.pair import Series
from app.images.formats.stacks import unstack
from app.images.names import is_reference, stem_of

CaseName = Literal["above", "below", "stem", "source"]


def parts_of(series: Series) -> tuple[str, ...]:
    """Return the folders of a series, and its file's stem where it is one file."""
    files = {one.path for one in series.slices}
    stem = (stem_of(next(iter(files))),) if len(files) == 1 else ()
    return (*series.folder.parts, *stem)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the arm's name stands (``depth`` names below the source), and the case's.

    ``above``: the names before the arm; ``below``: the folders after it, or the
    name of a file that lies there instead of a folder;
    ``stem``: the file's name; ``source``: one case, named as the source.
    """

    depth: int
    case_name: CaseName
    source_name: str
    reference_name: str
    reference: str | None = None

    def place(self, names: Sequence[str], folders: int) -> tuple[str, str] | None:
        """Return case and arm of a path of names, ``folders`` of them folders."""
        if len(names) <= self.depth:
            return None
        arm = names[self.depth]
        if self.case_name == "above":
            case = "/".join(names[: self.depth])
        elif self.case_name == "below":
            case = "/".join(names[self.depth + 1 : folders])
            case = case or (names[-1] if folders == self.depth + 1 < len(names) else "")
        elif self.case_name == "stem":
            case = names[-1] if len(names) > self.depth + 1 else ""
        else:
            case = self.source_name
        return (case, arm) if case else None

    def place_series(self, series: Series) -> tuple[str, str] | None:
        """Return case and arm of a series, or None where it lies outside the layout."""
        return self.place(parts_of(series), len(series.folder.parts))

    def is_reference(self, arm: str) -> bool:
        """Return whether an arm's name is the reference's."""
        return is_reference(arm, self.reference)


def find_layout(series: Sequence[Series], source: Path, reference: str | None) -> Layout | None:
    """Return the layout that the reference's name shows, or None where no name does."""
    source_name = (source.resolve().stem if source.is_file() else source.resolve().name) or "case"
    hits = Counter(_hits(series, reference, folders=True))
    in_folders = bool(hits)
    hits = hits or Counter(_hits(series, reference, folders=False))
    if not hits:
        return None
    depth = hits.most_common(1)[0][0]
    name = next(
        parts_of(one)[depth]
        for one in series
        if len(parts_of(one)) > depth and is_reference(parts_of(one)[depth], reference)
    )
    layout = Layout(depth, "above", source_name, name, reference)
    if depth:
        return layout
    return replace(layout, case_name=_case_name(series, layout) if in_folders else "source")


def _hits(series: Iterable[Series], reference: str | None, *, folders: bool) -> Iterable[int]:
    """Yield how deep the reference's name stands, for each series that carries it."""
    for one in series:
        names, count = parts_of(one), len(one.folder.parts)
        for depth, name in enumerate(names):
            if (depth < count) == folders and is_reference(name, reference):
                yield depth
                break


def _case_name(series: Sequence[Series], layout: Layout) -> CaseName:
    """Choose how cases are named where the arms stand first.

    Names below the arm are cases only where the reference shares one with
    another arm; otherwise all arms show one case.
    """
    choices: tuple[CaseName, ...] = ("below", "stem")
    for choice in choices:
        tried = replace(layout, case_name=choice)
        placed = [found for found in map(tried.place_series, series) if found]
        ours = {case for case, arm in placed if tried.is_reference(arm)}
        others = {case for case, arm in placed if not tried.is_reference(arm)}
        if ours & others:
            return choice
    return "source"


def split_named(series: Iterable[Series], reference: str | None) -> list[Series]:
    """Take apart series whose files are arms: SOURCE/case/NAME.dcm with one UID for all.

    And folders of pictures where each has a reference of its own name.
    """
    found = []
    for one in unstack(series, reference):
        files = [slice_file.path for slice_file in one.slices]
        named = reference is not None and any(
            is_reference(stem_of(path), reference) for path in files
        )
        if not named or len(set(files)) < 2:
            found.append(one)
            continue
        for index, slice_file in enumerate(one.slices):
            positions = one.grid.positions
            here = (positions[index],) if positions else None
            grid = replace(one.grid, slices=1, positions=here)
            found.append(replace(one, slices=(slice_file,), grid=grid))
    return found
