"""One intensity range a modality for a whole study, from its references alone."""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

from app.domain.metric import IntensityRange
from app.domain.pair import Pairing, Series
from app.domain.progress import Progress
from app.domain.study_range import StudyRanges
from app.errors import BlindReadError, InputError, WorkerDied
from app.workflows.aside import Aside
from app.workflows.measure_task import Limits

if TYPE_CHECKING:
    from app.workflows.measure_memory import Memory

Chosen = tuple[Mapping[str, IntensityRange], Mapping[str, str]]
"""Ranges and units, by modality."""


def limits_of(series: Series) -> Limits | None:
    """Return unit, depth and extreme values of a reference.

    Slices that cannot be read are left out, which is told where they are measured; None
    where there is no other.
    """
    from app.images.read import read_image
    from app.workflows.inspect import value_limits

    whole = True
    try:
        image = read_image(series)
    except InputError:
        readable = [index for index in range(len(series.slices)) if _is_readable(series, index)]
        if not readable:
            return None
        image, whole = read_image(series, readable), False
    return Limits(image.unit, image.bits_stored, *value_limits(image), whole)


def _is_readable(series: Series, index: int) -> bool:
    from app.images.read import read_image

    try:
        read_image(series, [index])
    except InputError:
        return False
    return True


def choose_ranges(
    pairing: Pairing, data_range: str, memory: "Memory", modality: str | None = None
) -> Generator[Progress, None, Chosen]:
    """Choose one intensity range a modality, and tell the unit of its references.

    Modalities of which no reference can be read are left out.

    Parameters
    ----------
    data_range
        ``auto``, a width, or ``LOW..HIGH``.
    memory
        Knows the references that were looked at before, and looks at the others.
    modality
        Look at the references of this one only.

    Raises
    ------
    InputError
        The references of a modality have different units.
    MetricRefused
        They hold one single value.
    """
    from app.metrics.ranges import auto_range, given_range
    from app.workflows.measure_memory import whole_state

    references: dict[tuple[str, str], Series] = {}
    for pair in pairing.pairs:
        if modality is None or pair.reference.modality == modality:
            references.setdefault((pair.case, str(pair.reference.folder)), pair.reference)
    answers = yield from memory.remembered(
        "intensity range of the references",
        tuple(references.values()),
        limits_of,
        state=whole_state,
        again=lambda kept: Limits(**kept),
        sure=lambda limits: limits.whole,
    )
    found: dict[str, list[Limits]] = {}
    for series, limits in answers:
        if limits is not None:
            found.setdefault(series.modality, []).append(limits)
    ranges: dict[str, IntensityRange] = {}
    units: dict[str, str] = {}
    for name, all_limits in found.items():
        seen = {limits.unit for limits in all_limits}
        if len(seen) > 1:
            raise InputError(
                f"The {name} references have different units: "
                f"{', '.join(sorted(unit or 'none' for unit in seen))}.",
                remedy="Measure them apart, one folder for each unit.",
            )
        unit = units[name] = seen.pop()
        extremes = (min(x.low for x in all_limits), max(x.high for x in all_limits))
        if data_range == "auto":
            depth = max(limits.bits_stored for limits in all_limits)
            ranges[name] = auto_range(name, depth, extremes, unit=unit)
        else:
            ranges[name] = given_range(data_range, name, unit=unit, limits=extremes)
    return ranges, units


def unreadable(modality: str) -> InputError:
    """Return what to say where no reference of a modality can be read."""
    return InputError(
        f"The {modality or 'unknown'} references cannot be read.",
        remedy="Run `blindread measure` to see the reason.",
    )


def study_ranges(pairing: Pairing) -> Generator[Progress, None, StudyRanges]:
    """Find the ranges that measuring takes, for all modalities of a source.

    References are read by another process, unless they were read before: what is known
    of them is kept with the values. Closing the generator ends the process.
    """
    from app.workflows.measure import Request, open_store
    from app.workflows.measure_memory import MemoryAside

    ranges: dict[str, IntensityRange] = {}
    refused: dict[str, BlindReadError] = {}
    passing: set[str] = set()
    aside = Aside(limits_of, "the intensity range of the study")
    try:
        with open_store(Request()) as store:
            memory = MemoryAside(store, aside)
            for modality in dict.fromkeys(pair.reference.modality for pair in pairing.pairs):
                try:
                    found, _ = yield from choose_ranges(pairing, "auto", memory, modality)
                except BlindReadError as error:
                    refused[modality] = error
                    passing |= {modality} if isinstance(error, WorkerDied) else set()
                else:
                    if modality in found:
                        ranges[modality] = found[modality]
                    else:
                        refused[modality] = unreadable(modality)
                        passing.add(modality)
    finally:
        aside.end()
    return StudyRanges(ranges, refused, frozenset(passing))
