"""The worst place of every slice: local maps averaged in a window, inside the body.

All slices are looked at by one other process, which leaves the screen and the
other processors alone. What it found is kept under everything that it depends
on, so that it is there at once the next time.
"""

import contextlib
import multiprocessing
import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import IntensityRange
from app.domain.pair import Pair
from app.domain.progress import Progress
from app.domain.study_range import UNKNOWN, StudyRanges
from app.domain.worst_place import LOCAL_RULES, WINDOW, PlacesFound, WorstPlace
from app.errors import BlindReadError, WorkerDied

if TYPE_CHECKING:
    from app.workflows.inspect import PairView

Plane = NDArray[np.float64]
Mask = NDArray[np.bool_]
Found = list[tuple[str, float | None, float, float]]
"""Of one slice: rule, value, row and column, for each rule."""

BETWEEN_LOOKS = 0.05
STORE = "worst-places.sqlite"
_VERSION = 3
_SHARES = (0.999, 0.5)
"""Of a window's pixels that must have a value: all, so that windows can be compared; where
there is no such window, half."""


def worst_place(values: Plane, body: Mask, *, lowest: bool) -> tuple[float | None, float, float]:
    """Return the worst mean of a local map in a window whose middle lies in the body.

    Parameters
    ----------
    values
        The map, (rows, columns); NaN where it is not defined.
    body
        Where the middle of the window may lie, as large.
    lowest
        Whether low values are bad.

    Returns
    -------
    tuple
        The mean over the defined pixels of the window of 11 x 11, and the middle
        of the window as (row, column) in pixels from the upper left corner. The
        value is None where no window in the body has enough defined pixels: all
        of them, or half where no window has all.
    """
    from scipy import ndimage

    defined = np.isfinite(values)
    share = ndimage.uniform_filter(defined.astype(np.float64), WINDOW, mode="constant")
    sums = ndimage.uniform_filter(np.where(defined, values, 0.0), WINDOW, mode="constant")
    for least in _SHARES:
        able = body & defined & (share >= least)
        if able.any():
            break
    else:
        return None, 0.0, 0.0
    means = np.full(values.shape, np.inf if lowest else -np.inf)
    np.divide(sums, share, out=means, where=able)
    flat = int(means.argmin() if lowest else means.argmax())
    row, column = divmod(flat, values.shape[1])
    return float(means[row, column]), row + 0.5, column + 0.5


def find_in_slice(view: "PairView", index: int, body: Mask) -> Found:
    """Return the worst place of one slice by every rule; None where a map is refused."""
    from app.metrics.prepare import prepare
    from app.workflows.inspect_maps import make_map, slice_inputs

    inputs = slice_inputs(view, index)
    found: Found = []
    try:
        prepared = prepare(inputs)
    except BlindReadError:
        return [(rule.id, None, 0.0, 0.0) for rule in LOCAL_RULES]
    for rule in LOCAL_RULES:
        try:
            values = make_map(rule.map, inputs, prepared)
        except BlindReadError:
            found.append((rule.id, None, 0.0, 0.0))
        else:
            found.append((rule.id, *worst_place(values, body, lowest=rule.better == "higher")))
    return found


def find_places(
    pairs: Sequence[Pair],
    body_folder: Path,
    study: StudyRanges = UNKNOWN,
    *,
    only_kept: bool = False,
) -> Generator[Progress, None, None]:
    """Find the worst places of all slices; each PlacesFound holds what is new.

    What is kept from before comes first, at once. Closing the generator ends
    the other process; what was found is kept.

    Parameters
    ----------
    pairs
        In the order in which they are looked at.
    body_folder
        Where bodies drawn by hand lie; they count instead of those found.
    study
        Its intensity ranges.
    only_kept
        Return after what is kept.

    Raises
    ------
    WorkerDied
        The other process ended in the middle of its work.
    """
    from app.images.index import cache_folder
    from app.store.value_store import ValueStore

    total = sum(len(pair.slices) for pair in pairs)
    done = 0
    missing: list[tuple[int, tuple[int, ...]]] = []
    keys: dict[tuple[int, int], bytes] = {}
    with ValueStore(cache_folder().absolute() / STORE) as store:
        for number, pair in enumerate(pairs):
            yield Progress(done, total, f"{pair.case}: {pair.arm}")
            mine = _keys(pair, body_folder, study.ranges.get(pair.reference.modality))
            if mine is None:
                total -= len(pair.slices)
                continue
            known = store.get(mine)
            places: list[WorstPlace] = []
            for index, key in enumerate(mine):
                keys[number, index] = key
                if key in known:
                    places += _places(pair, index, known[key])
            left = tuple(index for index, key in enumerate(mine) if key not in known)
            if left:
                missing.append((number, left))
            done += len(mine) - len(left)
            if places:
                yield PlacesFound(done, total, f"{pair.case}: {pair.arm}", tuple(places))
        if only_kept or not missing:
            return
        for number, index, answer in _elsewhere(pairs, missing, body_folder, study):
            pair = pairs[number]
            what = f"{pair.case}: {pair.arm}"
            if isinstance(answer, str):
                left = next(indices for one, indices in missing if one == number)
                done += 1 if index >= 0 else len(left)
                yield PlacesFound(done, total, what, problem=answer)
            elif index < 0:
                yield Progress(done, total, what)
            else:
                store.put({keys[number, index]: answer})
                done += 1
                yield PlacesFound(done, total, what, tuple(_places(pair, index, answer)))


def _places(pair: Pair, index: int, found: Found) -> Iterator[WorstPlace]:
    number = pair.slices[index][0] + 1
    for rule, value, row, column in found:
        yield WorstPlace(pair.case, pair.arm, number, rule, value, row, column)


def _keys(pair: Pair, body_folder: Path, chosen: IntensityRange | None) -> list[bytes] | None:
    """Return what each slice's answer depends on; None where a file is gone."""
    from app.store import body_masks
    from app.store.value_store import key_of
    from app.workflows.measure_keys import state_of, version

    spread = [chosen.low, chosen.high] if chosen is not None else []
    try:
        made = []
        for index, (first, _) in enumerate(pair.slices):
            drawn = body_masks.path_of(body_folder, pair.reference.uid, first + 1)
            mark = [drawn.stat().st_mtime_ns, drawn.stat().st_size] if drawn.is_file() else []
            made.append(key_of("worst", _VERSION, version(), spread, state_of(pair, index), mark))
    except OSError:
        return None
    return made


# ---- the other process -------------------------------------------------------------------


def _elsewhere(
    pairs: Sequence[Pair],
    missing: Sequence[tuple[int, tuple[int, ...]]],
    body_folder: Path,
    study: StudyRanges,
) -> Generator[tuple[int, int, Any], None, None]:
    """Yield pair, slice and answer as they come; slice -1 for a pair, and while none has come.

    An answer in words is why there is no other.
    """
    context = multiprocessing.get_context("spawn")  # nothing of Qt's goes along
    ours, theirs = context.Pipe(duplex=False)
    tasks = [(number, pairs[number], indices) for number, indices in missing]
    asked = (theirs, tasks, str(body_folder), study)
    process = context.Process(target=_work, args=asked, daemon=True)
    try:
        process.start()
        theirs.close()
        number = missing[0][0]
        while True:
            while not ours.poll(BETWEEN_LOOKS):
                yield number, -1, None
            message = ours.recv()
            if message is None:
                return
            number, index, answer = message
            yield number, index, answer
    except (EOFError, OSError) as error:
        raise WorkerDied(
            "The process that looks for the worst places ended unexpectedly "
            "(often: not enough memory).",
            remedy="Start it again: what was found is kept.",
        ) from error
    finally:
        if process.pid is not None:  # it was started
            process.kill()
            process.join()
        ours.close()


def _work(
    connection: Connection,
    tasks: Sequence[tuple[int, Pair, tuple[int, ...]]],
    folder: str,
    study: StudyRanges,
) -> None:
    """Look at slice after slice until all are done, or nobody listens."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(10)  # the screen comes first
    try:
        for number, pair, indices in tasks:
            try:
                for index, answer in _of_pair(pair, indices, Path(folder), study):
                    connection.send((number, index, answer))
            except BlindReadError as error:
                connection.send((number, -1, error.sentence))
            except MemoryError:
                connection.send((number, -1, "There is not enough memory for this pair."))
        connection.send(None)
    except (BrokenPipeError, EOFError, OSError, KeyboardInterrupt):
        return


def _of_pair(
    pair: Pair,
    indices: Sequence[int],
    folder: Path,
    study: StudyRanges,
) -> Generator[tuple[int, Found | str], None, None]:
    """Yield the places of each slice, or why it cannot be read."""
    from app.workflows.inspect import load
    from app.workflows.inspect_maps import drawn_body, find_body, range_of

    modality = pair.reference.modality
    if modality in study.refused and not _fixes_range(pair):
        raise study.refused[modality]
    loading = load(pair)
    while True:
        try:
            next(loading)
        except StopIteration as finished:
            view: PairView = finished.value
            break
    view = replace(view, range=study.ranges.get(modality, view.range))
    range_of(view)  # else every slice would fail alone
    for index in indices:
        if why := view.unread(index):
            yield index, why
            continue
        try:
            body = drawn_body(folder, view, index)
        except BlindReadError:
            body = None
        yield index, find_in_slice(view, index, find_body(view, index) if body is None else body)


def _fixes_range(pair: Pair) -> bool:
    """Return whether the reference tells its range itself, by its first slice."""
    from app.images.read import read_image
    from app.metrics.ranges import fixed_range

    first = read_image(pair.reference, [pair.slices[0][0]])
    return fixed_range(first.modality, first.bits_stored, unit=first.unit) is not None
