"""One step of the ladder: a slice of a reference, degraded and measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.domain.metric import IntensityRange, Space
from app.domain.pair import Pair, Series
from app.errors import MetricRefused

if TYPE_CHECKING:
    from app.metrics.inputs import Mask, Plane, SliceInputs, SliceResult
    from app.metrics.ladder import Rung


@dataclass(frozen=True, slots=True)
class Foot:
    """What every step of one ladder shares: a slice of a reference, and what to measure.

    ``masks`` gives further regions by case and name, each laid on the reference;
    ``cohorts`` the models fitted to all references, by label of the space.
    """

    case: str
    series: Series
    index: int
    range: IntensityRange
    metrics: tuple[str, ...]
    regions: tuple[str, ...]
    spaces: tuple[Space, ...]
    device: str
    body_masks: str = ""
    masks: Mapping[tuple[str, str], Pair] = field(default_factory=dict, compare=False)
    cohorts: Mapping[str, object] = field(default_factory=dict, compare=False)


def measure_rung(foot: Foot, rung: "Rung") -> "list[tuple[str, SliceResult]]":
    """Return the results of one step, each with the label of its space."""
    from app.metrics.evaluate import evaluate_slice
    from app.metrics.inputs import SliceResult
    from app.metrics.ladder import degrade

    ground = _ground(foot)
    try:
        worse = degrade(ground.reference, rung, range=foot.range, body=ground.body)
    except MetricRefused as refused:  # no room for the lesion; the other steps go on
        flags, reason = ("refused:no-room",), refused.sentence
        return [
            (space.label, SliceResult(metric, region, None, {}, flags, reason))
            for space in foot.spaces
            for metric in foot.metrics
            for region in foot.regions
        ]
    results = []
    for space in foot.spaces:
        inputs = _inputs(foot, ground, worse, space)
        results += [(space.label, result) for result in evaluate_slice(inputs)]
    return results


class _Ground:
    """The slice that all steps start from, read and looked at once in each process."""

    def __init__(self, foot: Foot) -> None:
        from app.images.read import read_image
        from app.metrics.inputs import Kept
        from app.metrics.regions import body_mask, body_rule
        from app.store import body_masks
        from app.workflows.measure_worker import masks_on

        image = read_image(foot.series, [foot.index])
        values, valid = image.values(0), image.valid(0)
        there = np.isfinite(values)
        if valid is not None:
            there &= valid
        if not there.any():
            raise MetricRefused(
                "The middle slice of the reference holds no tissue value.",
                remedy="Choose another case.",
            )
        self.modality = image.modality
        self.valid: Mask | None = None if there.all() else there
        self.reference: Plane = np.where(there, values, foot.range.low)
        drawn = None
        if foot.body_masks:
            drawn = body_masks.load(Path(foot.body_masks), foot.series.uid, foot.index + 1)
        self.body_edited = drawn is not None and drawn.shape == values.shape
        found = body_mask(
            self.reference,
            image.modality,
            foot.range,
            unit=image.unit,
            valid=self.valid,
            inverted=image.inverted,
        )
        self.body: Mask = drawn if drawn is not None and self.body_edited else found
        self.masks = masks_on(foot.masks, foot.case, foot.index)
        self.rule = body_rule(image.modality, foot.range, unit=image.unit)
        self.shared = Kept()


@lru_cache(maxsize=1)
def _ground(foot: Foot) -> _Ground:
    return _Ground(foot)


def _inputs(foot: Foot, ground: _Ground, worse: "Plane", space: Space) -> "SliceInputs":
    from app.metrics.inputs import SliceInputs
    from app.metrics.spaces import needs_statistics, percentages, statistics_of

    own = reference = None
    if needs_statistics((space,)):
        inside = ... if ground.valid is None else ground.valid
        wanted = percentages((space,))
        own = statistics_of(worse[inside], wanted)
        reference = statistics_of(ground.reference[inside], wanted)
    return SliceInputs(
        reference=ground.reference,
        reconstruction=worse,
        valid=ground.valid,
        body=ground.body,
        range=foot.range,
        space=space,
        metrics=foot.metrics,
        regions=foot.regions,
        body_rule=ground.rule,
        device=foot.device,
        modality=ground.modality,
        masks=ground.masks,
        body_edited=ground.body_edited,
        cohort=foot.cohorts.get(space.label),
        own_statistics=own,
        reference_statistics=reference,
        shared=ground.shared,
    )
