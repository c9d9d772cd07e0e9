"""What a measuring process does: read some slices of one pair and evaluate them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from app.domain.image import Image
from app.domain.pair import Pair, Series
from app.errors import InputError
from app.images.duplicates import fingerprint
from app.images.formats.borrow import value_mapping
from app.images.formats.plausible import FLAG as RANGE_DIFFERS
from app.images.formats.plausible import range_differs
from app.images.read import read_image
from app.images.regrid import read_reconstruction
from app.metrics.evaluate import SliceInputs, SliceResult, evaluate_slice
from app.metrics.regions import body_mask, body_rule
from app.workflows.inspect import value_limits
from app.workflows.measure_task import Limits, Task


def limits_of(series: Series) -> Limits | None:
    """Read a reference and return its unit, depth and extreme values; None if unreadable."""
    try:
        image = read_image(series)
    except InputError:
        return None  # each of its pairs tells the reason when it is measured
    low, high = value_limits(image)
    return Limits(image.unit, image.bits_stored, low, high)


def measure_slices(task: Task) -> list[list[dict[str, Any]]]:
    """Evaluate every metric on the task's slices; plain values, ready for the journal.

    Images that cannot be read give no values, and their reason.
    """
    try:
        return _measure_slices(task)
    except InputError as error:
        unreadable = [
            _pack(SliceResult(metric, region, None, {}, ("unreadable",), error.sentence), (), {})
            for region in task.regions
            for metric in task.metrics
        ]
        return [unreadable for _ in task.slices]


def _measure_slices(task: Task) -> list[list[dict[str, Any]]]:
    pair = task.pair
    first = [pair.slices[i][0] for i in task.slices]
    reference = _reference(pair.reference, tuple(first))
    reconstruction = read_reconstruction(pair, task.slices)
    notes = _notes(reference, reconstruction, pair)
    common = {**_resampling(pair), **_mapping(pair)}
    answers = []
    for position in range(len(task.slices)):
        valid = _both(reference.valid(position), reconstruction.valid(position))
        values = reference.values(position)
        differs = range_differs(
            values, reconstruction.values(position), task.range.width, valid=valid
        )
        body = None
        if "body" in task.regions:
            body = body_mask(
                values,
                reference.modality,
                task.range,
                unit=reference.unit,
                valid=reference.valid(position),
                inverted=reference.inverted,
            )
        results = evaluate_slice(
            SliceInputs(
                reference=values,
                reconstruction=reconstruction.values(position),
                valid=valid,
                body=body,
                range=task.range,
                space=task.space,
                metrics=task.metrics,
                regions=task.regions,
                body_rule=body_rule(reference.modality, task.range, unit=reference.unit),
                device=task.device,
            )
        )
        told = (*notes, RANGE_DIFFERS) if differs else notes
        packed = [_pack(result, told, common) for result in results]
        marks = [fingerprint(image, position) for image in (reference, reconstruction)]
        answers.append([packed[0] | {"pixels": marks}, *packed[1:]])
    return answers


def unpack(packed: object) -> dict[tuple[str, str], SliceResult]:
    """Return the results of one slice by (metric, region)."""
    results: dict[tuple[str, str], SliceResult] = {}
    for entry in packed if isinstance(packed, list) else []:
        value = entry["value"]
        results[entry["metric"], entry["region"]] = SliceResult(
            metric=entry["metric"],
            region=entry["region"],
            value=float(value) if value is not None else None,
            parameters=entry["parameters"],
            flags=tuple(entry["flags"]),
            reason=entry["reason"],
        )
    return results


def fingerprints_of(packed: object) -> tuple[str, str]:
    """Return the hashes of one slice's pixels, of the reference and the reconstruction."""
    first = packed[0] if isinstance(packed, list) and packed else {}
    marks = first.get("pixels") or ("", "")
    return str(marks[0]), str(marks[1])


def _pack(
    result: SliceResult, notes: tuple[str, ...], common: Mapping[str, object]
) -> dict[str, Any]:
    parameters: Mapping[str, object] = {**result.parameters, **common}
    return {
        "metric": result.metric,
        "region": result.region,
        # repr keeps every bit, and JSON has no infinity
        "value": None if result.value is None else repr(float(result.value)),
        "parameters": dict(parameters),
        "flags": [*result.flags, *notes],
        "reason": result.reason,
    }


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


def _resampling(pair: Pair) -> dict[str, object]:
    """Return what stands in ``parameters`` of every value of a regridded pair."""
    regrid = pair.regrid
    if regrid is None:
        return {}
    return {
        "resampling": {
            "interpolation": regrid.interpolation,
            "slices": regrid.slices,
            "rows": regrid.rows,
            "columns": regrid.columns,
            "covered": regrid.covered,
        }
    }


def _mapping(pair: Pair) -> dict[str, object]:
    """Return how stored numbers became values, where not DICOM alone says so."""
    told = {
        "value_mapping": value_mapping(pair.reconstruction),
        "reference_value_mapping": value_mapping(pair.reference),
    }
    return {name: words for name, words in told.items() if words is not None}


def _both(
    first: "np.ndarray[Any, np.dtype[np.bool_]] | None",
    second: "np.ndarray[Any, np.dtype[np.bool_]] | None",
) -> "np.ndarray[Any, np.dtype[np.bool_]] | None":
    if first is None or second is None:
        return second if first is None else first
    return first & second


@lru_cache(maxsize=2)
def _reference(series: Series, slices: tuple[int, ...]) -> Image:
    """Keep the last reference: its arms come one after the other."""
    return read_image(series, list(slices))
