"""What a measuring process does: read some slices of one reference, and measure every arm."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image
from app.domain.metric import Space, Statistics
from app.domain.pair import Pair, Series
from app.errors import InputError
from app.images.duplicates import fingerprint
from app.images.formats.plausible import FLAG as RANGE_DIFFERS
from app.images.formats.plausible import range_differs, sampling_step
from app.images.read import read_image
from app.images.regrid import read_reconstruction
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import Kept, SliceInputs, SliceResult
from app.metrics.regions import body_mask, body_rule
from app.metrics.spaces import statistics_of
from app.metrics.stored import Stored
from app.store import body_masks
from app.store.value_store import ValueStore
from app.workflows.measure_keys import Keys
from app.workflows.measure_task import CHANGED, UNREADABLE, Done, Item, Plan

Mask = NDArray[np.bool_]


def statistics_of_pair(
    percentages: tuple[float, ...], pair: Pair
) -> tuple[Statistics, Statistics] | None:
    """Return the statistics of both images of a pair over their matching slices.

    None where an image cannot be read, or holds no finite tissue value.
    """
    try:
        images = read_image(pair.reference, [a for a, _ in pair.slices]), read_reconstruction(pair)
    except InputError:
        return None
    found = []
    for image in images:
        taken = []
        for index in range(image.grid.slices):
            values, valid = image.values(index), image.valid(index)
            values = values if valid is None else values[valid]
            taken.append(values[np.isfinite(values)])
        joined = np.concatenate([values.ravel() for values in taken])
        if not joined.size:
            return None
        found.append(statistics_of(joined, percentages))
    return found[0], found[1]


def measure_item(plan: Plan, item: Item) -> list[Done]:
    """Measure some slices of one reference in all its arms.

    What the store knows is not computed again; what cannot be read says why.
    """
    work = _work(plan)
    done: list[Done] = []
    arms: dict[int, list[_Arm]] = {}
    for number, indices in item.parts:
        pair = plan.pairs[number]
        try:
            first = tuple(pair.slices[i][0] for i in indices)
            reference = _read_reference(pair.reference, first)
            reconstruction = read_reconstruction(pair, indices)
        except InputError as error:
            if len(indices) == 1:
                done.append(Done(number, indices[0], reason=error.sentence))
            for index in indices if len(indices) > 1 else ():  # one bad file costs one slice
                done += measure_item(plan, Item(((number, (index,)),)))
            continue
        if plan.range_of(number).origin == UNREADABLE:
            done += [Done(number, index, reason=_no_range(pair)) for index in indices]
            continue
        for position, index in enumerate(indices):
            arm = _Arm(number, index, reference, reconstruction, position, first)
            arms.setdefault(first[position], []).append(arm)
    for together in arms.values():  # what a slice keeps of its reference goes with its last arm
        one = together[0]
        known = _Reference(one.reference, one.position, plan.pairs[one.number], one.first)
        done += [
            work.slice(arm.number, arm.index, known, arm.image, arm.position) for arm in together
        ]
    return done


def _no_range(pair: Pair) -> str:
    return (
        f"No reference of the modality {pair.reference.modality or 'unknown'} could be read when "
        "the intensity range was chosen. Measure again, or give the range with --data-range."
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Arm:
    """One slice of one pair as it was read, and the slices of the reference read with it."""

    number: int
    index: int
    reference: Image
    image: Image
    position: int
    first: tuple[int, ...]


class _Reference:
    """One slice of a reference, and what its arms share."""

    def __init__(self, image: Image, position: int, pair: Pair, first: Sequence[int]) -> None:
        self.image = image
        self.stored = stored_plane(image, position)
        self.valid = image.valid(position)
        self.slice_number = first[position] + 1
        self.uid = pair.reference.uid
        self.shown = fingerprint(image, position)
        self.mark = pixel_mark(image, position, self.shown)
        self.shared = Kept()

    @property
    def values(self) -> NDArray[np.float64]:
        return self.stored.values


class _Work:
    """Measures slices of one plan; made once in each process."""

    def __init__(self, plan: Plan) -> None:
        cv2.setNumThreads(1)  # one process is one thread
        self._plan = plan
        self._keys = Keys(plan)
        self._store = ValueStore(Path(plan.store), reading=True) if plan.store else None
        self._folder = Path(plan.body_masks) if plan.body_masks else None

    def slice(
        self, number: int, index: int, reference: _Reference, image: Image, position: int
    ) -> Done:
        """Measure one slice of one pair as far as it is not known."""
        plan = self._plan
        shown = fingerprint(image, position)
        edited = self._edited(reference)
        try:
            state = self._keys.state(number, index)
            regions = self._keys.regions_mark(number, index)
        except OSError:
            return Done(number, index, reason=CHANGED)
        marks = [reference.mark, pixel_mark(image, position, shown), regions]
        valid = _both(reference.valid, image.valid(position))
        values = stored_plane(image, position)
        step = sampling_step(values.shape)
        differs = range_differs(
            reference.stored.sample(step),
            values.sample(step),
            plan.range_of(number).width,
            valid=None if valid is None else valid[::step, ::step],
        )
        notes = _notes(reference.image, image, plan.pairs[number])
        seen = {
            "marks": marks,
            "fingerprints": [reference.shown, shown],
            "notes": [*notes, RANGE_DIFFERS] if differs else list(notes),
        }
        entries: list[tuple[bytes, object]] = []
        keys = dict(self._keys.values(number, marks))
        known = self._store.get(list(keys.values())) if self._store else {}
        missing = [cell for cell, key in keys.items() if key not in known]
        for space in plan.spaces:
            metrics = tuple(
                dict.fromkeys(metric for label, _, metric in missing if label == space.label)
            )
            if not metrics:
                continue
            inputs = self._inputs(number, reference, values, valid, edited, space, metrics)
            entries += [
                (keys[space.label, result.region, result.metric], pack(result))
                for result in evaluate_slice(inputs)
            ]
        if plan.features:
            entries += self._features(number, reference, values, valid, marks, edited)
        return Done(number, index, tuple(entries), state=state, seen=seen)

    def _edited(self, reference: _Reference) -> Mask | None:
        if self._folder is None:
            return None
        found = body_masks.load(self._folder, reference.uid, reference.slice_number)
        return found if found is not None and found.shape == reference.stored.shape else None

    def _inputs(
        self,
        number: int,
        reference: _Reference,
        values: Stored,
        valid: Mask | None,
        edited: Mask | None,
        space: Space,
        metrics: tuple[str, ...],
    ) -> SliceInputs:
        plan = self._plan
        image, chosen = reference.image, plan.range_of(number)
        body = None
        if "body" in plan.regions or any(name.startswith("mask:") for name in plan.regions):
            body = reference.shared.once(
                "body",
                lambda: (
                    edited
                    if edited is not None
                    else body_mask(
                        reference.values,
                        image.modality,
                        chosen,
                        unit=image.unit,
                        valid=reference.valid,
                        inverted=image.inverted,
                    )
                ),
            )
        return SliceInputs(
            reference=reference.stored,
            reconstruction=values,
            valid=valid,
            body=body,
            range=chosen,
            space=space,
            metrics=metrics,
            regions=plan.regions,
            body_rule=body_rule(image.modality, chosen, unit=image.unit),
            device=plan.device,
            modality=image.modality,
            masks=masks_on(plan.masks, plan.pairs[number].case, reference.slice_number - 1),
            body_edited=edited is not None,
            own_statistics=plan.own.get(number),
            reference_statistics=plan.references.get(number),
            cohort=plan.cohorts.get(space.label),
            shared=reference.shared,
        )

    def _features(
        self,
        number: int,
        reference: _Reference,
        values: Stored,
        valid: Mask | None,
        marks: Sequence[str],
        edited: Mask | None,
    ) -> list[tuple[bytes, object]]:
        from app.metrics.distribution import features_of
        from app.metrics.inputs import Refusal
        from app.metrics.prepare import prepare

        entries: list[tuple[bytes, object]] = []
        for space in self._plan.spaces:
            keys = self._keys.features(number, space.label, marks)
            known = self._store.get(keys) if self._store else {}
            if all(key in known for key in keys):
                continue
            try:
                prepared = prepare(
                    self._inputs(number, reference, values, valid, edited, space, ("mse",))
                )
                theirs, ours = prepared.scaled
                known_there = prepared.of_reference.once(
                    "features", partial(_listed, features_of, theirs)
                )
                entries += [(keys[0], known_there), (keys[1], _listed(features_of, ours))]
            except Refusal:
                continue  # the reason stands beside the values of the slice
        return entries


def masks_on(masks: Mapping[tuple[str, str], Pair], case: str, index: int) -> dict[str, Mask]:
    """Return a case's further masks of one slice; those that do not fit are left out.

    Parameters
    ----------
    masks
        Each laid on its reference, by case and name.
    index
        The slice of the reference, from 0.
    """
    found = {}
    for (owner, name), laid in masks.items():
        here = [i for i, (there, _) in enumerate(laid.slices) if there == index]
        if owner == case and here:
            with suppress(InputError):  # the region is then said to be missing
                image = read_reconstruction(laid, here)
                inside = image.values(0) >= 0.5  # between 0 and 1 where it was resampled
                valid = image.valid(0)
                found[name] = inside if valid is None else inside & valid
    return found


def _listed(
    make: Callable[[NDArray[np.float64]], NDArray[np.float32]], plane: NDArray[np.float64]
) -> list[float]:
    return [float(one) for one in make(plane)]


def cohort_blocks(plan: Plan, number: int) -> dict[str, NDArray[np.float64]]:
    """Return the features of all blocks of one reference, by label of the space."""
    from app.metrics.cohort import block_features_of
    from app.metrics.inputs import Refusal
    from app.metrics.prepare import prepare

    pair, work = plan.pairs[number], _work(plan)
    found: dict[str, list[NDArray[np.float64]]] = {space.label: [] for space in plan.spaces}
    first = tuple(sorted({a for a, _ in pair.slices}))
    try:
        image = read_image(pair.reference, list(first))
    except InputError:
        return {}
    for position in range(len(first)):
        reference = _Reference(image, position, pair, first)
        for space in plan.spaces:
            inputs = work._inputs(
                number, reference, reference.stored, reference.valid, None, space, ("mse",)
            )
            try:
                prepared = prepare(inputs)
                found[space.label].append(block_features_of(prepared.scaled[0], prepared.body))
            except Refusal:
                continue
    return {label: np.concatenate(blocks) for label, blocks in found.items() if blocks}


def pack(result: SliceResult) -> list[object]:
    """Return what the store keeps of a value: all that does not follow from its key."""
    value = None if result.value is None else repr(float(result.value))
    return [value, list(result.flags), result.reason, result.outside, result.weight]


def unpack(
    kept: Sequence[object],
) -> tuple[float | None, tuple[str, ...], str, float | None, float | None]:
    """Return value, flags, reason, share outside the body, and weight."""
    value, flags, reason, outside, weight = kept
    return (
        None if value is None else float(str(value)),
        tuple(str(flag) for flag in flags) if isinstance(flags, list) else (),
        str(reason),
        None if outside is None else float(str(outside)),
        None if weight is None else float(str(weight)),
    )


def stored_plane(image: Image, position: int) -> Stored:
    """Return one slice as the metrics read it."""
    return Stored.of(
        Stored(image.pixels[position], image.slopes[position], image.intercepts[position])
    )


def pixel_mark(image: Image, position: int, shown: str) -> str:
    """Return the hash of all that a value can depend on in one slice of one image.

    ``shown`` is its fingerprint, which serves where float32 holds every value exactly.
    """
    stored = image.pixels[position]
    scale = (image.slopes[position], image.intercepts[position])
    whole = all(float(number).is_integer() and abs(number) < 2**8 * 2**8 for number in scale)
    small = stored.dtype.kind in "iub" and stored.dtype.itemsize <= 2 and abs(scale[0]) <= 2**7
    mark = hashlib.sha256(repr((stored.shape, image.inverted, image.unit)).encode())
    if shown and whole and small:
        mark.update(shown.encode())
    else:
        mark.update(repr((scale, stored.dtype.str)).encode())
        mark.update(np.ascontiguousarray(stored).tobytes())
    valid = image.valid(position)
    if valid is not None:
        mark.update(np.packbits(valid).tobytes())
    return mark.hexdigest()[:32]


def _notes(reference: Image, reconstruction: Image, pair: Pair) -> tuple[str, ...]:
    notes = [*reference.flags, *reconstruction.flags]
    if pair.regrid is not None:
        notes += pair.regrid.flags
    dicom = pair.reference.storage is None and pair.reconstruction.storage is None
    if dicom and reference.unit != reconstruction.unit:
        notes.append("units-differ")
    if reference.bits_stored > 8 >= reconstruction.bits_stored:
        notes.append("8-bit")
    return tuple(dict.fromkeys(notes))


def _both(first: Mask | None, second: Mask | None) -> Mask | None:
    if first is None or second is None:
        return second if first is None else first
    return first & second


@lru_cache(maxsize=1)
def _read_reference(series: Series, slices: tuple[int, ...]) -> Image:
    """Keep the last reference: its arms come one after the other."""
    return read_image(series, list(slices))


_made: list[tuple[Plan, _Work]] = []


def _work(plan: Plan) -> _Work:
    """Return what this process made for a plan; plans are the same object while one runs."""
    if not _made or _made[0][0] is not plan:
        _read_reference.cache_clear()  # between two runs its files may have changed
        _made[:] = [(plan, _Work(plan))]
    return _made[0][1]
