"""Slices of many pairs, one after the other, with their difference or a local map."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import MapDefinition
from app.domain.pair import Pair
from app.domain.progress import Progress
from app.domain.study_range import UNKNOWN, StudyRanges
from app.errors import BlindReadError, GeometryMismatch

if TYPE_CHECKING:
    from app.workflows.inspect import PairView
    from app.workflows.inspect_maps import MapProcess


@dataclass(frozen=True, slots=True, eq=False)
class SheetSlice(Progress):
    """One slice that has come: the pair, the place in it, and its third plane.

    ``values`` is reconstruction minus reference in real-world values, or a local map,
    (rows, columns); None where it cannot be made. ``view`` is None where the pair
    cannot be read. ``problem`` then says why.
    """

    view: "PairView | None" = None
    index: int = 0
    values: NDArray[np.float64] | None = None
    problem: str = ""


def sheet_slices(
    wanted: Sequence[tuple[Pair, int]],
    local_map: MapDefinition | None = None,
    study: StudyRanges = UNKNOWN,
) -> Generator[Progress, None, None]:
    """Read slice after slice; each comes as a SheetSlice, in the order asked for.

    Parameters
    ----------
    wanted
        Pairs, and numbers of slices in the tables, from 1.
    local_map
        The local map to make; None is the difference.
    study
        Its intensity ranges.

    Notes
    -----
    What cannot be read, or made, is told in its SheetSlice; the others still come.
    """
    from app.workflows.inspect_maps import MapProcess

    process = MapProcess()  # of our own: that of the screen answers one question at a time
    total = len(wanted)
    try:
        for done, (pair, number) in enumerate(wanted):
            what = f"{pair.case}: {pair.arm}, slice {number}"
            yield Progress(done, total, what)
            try:
                one = _one(pair, number, local_map, process, study)
                found = yield from _told(one, done, total)
            except BlindReadError as error:
                found = (None, 0, None, error.sentence)
            yield SheetSlice(done + 1, total, what, *found)
    finally:
        process.end()


_Found = tuple["PairView | None", int, NDArray[np.float64] | None, str]


def _one(
    pair: Pair,
    number: int,
    local_map: MapDefinition | None,
    process: "MapProcess",
    study: StudyRanges,
) -> Generator[Progress, None, _Found]:
    from app.workflows.inspect import difference, load
    from app.workflows.inspect_maps import make_map, slice_inputs

    modality = pair.reference.modality
    index = next((at for at, (first, _) in enumerate(pair.slices) if first == number - 1), None)
    if index is None:
        raise GeometryMismatch(
            f"{pair.case}: {pair.arm} has no slice {number} any more.",
            remedy="Measure again, so that the values are those of the slices there now.",
        )
    view = yield from load(pair, lambda _: index)
    view = replace(view, range=study.ranges.get(modality, view.range))
    if why := view.unread(index):
        return view, index, None, why
    if local_map is None:
        return view, index, difference(view, index), ""
    if view.range is None and modality in study.refused:
        return view, index, None, study.refused[modality].sentence
    try:
        inputs = slice_inputs(view, index)
        if local_map.needs_weights:
            return view, index, (yield from process.make(local_map.id, inputs)), ""
        return view, index, make_map(local_map.id, inputs), ""
    except BlindReadError as error:
        return view, index, None, error.sentence


def _told(
    work: Generator[Progress, None, _Found], done: int, total: int
) -> Generator[Progress, None, _Found]:
    """Go through the steps of one slice, telling the progress of the whole."""
    while True:
        try:
            step = next(work)
        except StopIteration as ended:
            found: _Found = ended.value
            return found
        yield Progress(done, total, step.what)
