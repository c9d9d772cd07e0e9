"""What must be known of all images before the first can be measured."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.metric import IntensityRange, Statistics
from app.domain.pair import Pair, Pairing, Series
from app.domain.progress import Progress
from app.errors import InputError, MetricRefused
from app.workflows.measure_memory import Memory
from app.workflows.measure_task import UNREADABLE, Plan
from app.workflows.processes import Crew, run_all
from app.workflows.study_range import Chosen, choose_ranges, unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.metrics.cohort import CohortModel
    from app.workflows.measure import Request

DISTRIBUTIONS = ("fid", "kid", "precision", "recall")
"""Metrics of all images of an arm together."""


class Planner:
    """Finds out what depends on all images of a study; ``notes`` tell what could not be had."""

    def __init__(self, pairing: Pairing, request: "Request", memory: Memory, crew: Crew) -> None:
        self._pairing = pairing
        self._request = request
        self._memory = memory
        self._crew = crew
        self.notes: list[str] = []

    def plan(self, wanted: Sequence[str], store: Path | None) -> Generator[Progress, None, Plan]:
        """Plan the measuring of some metrics; ``store`` is the file of values known already."""
        from app.metrics.parameters import COHORT_METRICS
        from app.metrics.spaces import needs_statistics
        from app.workflows.measure_keys import place_of, version

        request = self._request
        ranges, units = yield from self.ranges()
        modalities = {pair.reference.modality for pair in self._pairing.pairs}
        plan = Plan(
            pairs=self._pairing.pairs,
            metrics=tuple(name for name in wanted if name not in DISTRIBUTIONS),
            regions=request.regions,
            spaces=request.spaces,
            ranges={**{name: self._unread(name) for name in modalities}, **ranges},
            units=units,
            device=request.device,
            place=place_of(request.device),
            features=any(name in DISTRIBUTIONS for name in wanted),
            masks=masks(self._pairing, request.regions),
            body_masks=str(request.body_masks.absolute()) if request.body_masks else "",
            store=str(store) if store else "",
            version=version(),
        )
        if needs_statistics(request.spaces):
            plan = yield from self._with_statistics(plan)
        if any(name in COHORT_METRICS for name in plan.metrics):
            plan = yield from self._with_cohorts(plan)
        return plan

    def _unread(self, modality: str) -> IntensityRange:
        """Return the range of a modality of which no reference could be read."""
        from app.metrics.ranges import given_range

        if self._request.data_range == "auto":
            return IntensityRange(0.0, 1.0, UNREADABLE)
        return given_range(self._request.data_range, modality)

    def ranges(self, modality: str | None = None) -> Generator[Progress, None, Chosen]:
        """Choose one intensity range a modality, as ``choose_ranges``."""
        data_range = self._request.data_range
        return (yield from choose_ranges(self._pairing, data_range, self._memory, modality))

    def range_of(self, series: Series) -> Generator[Progress, None, tuple[IntensityRange, str]]:
        """Return the range of the study for one reference, and its unit.

        Raises
        ------
        InputError
            No reference of its modality can be read, or their units differ.
        """
        ranges, units = yield from self.ranges(series.modality)
        if series.modality not in ranges:
            raise unreadable(series.modality)
        return ranges[series.modality], units[series.modality]

    def _with_statistics(self, plan: Plan) -> Generator[Progress, None, Plan]:
        """Add the statistics of whole images, for the spaces that follow them."""
        from app.metrics.spaces import percentages
        from app.workflows.measure_memory import pair_state, statistics_again
        from app.workflows.measure_worker import statistics_of_pair

        wanted = percentages(plan.spaces)
        own: dict[int, Statistics] = {}
        references: dict[int, Statistics] = {}
        answers = yield from self._memory.remembered(
            "values of whole images",
            plan.pairs,
            statistics_of_pair,
            wanted,
            state=lambda pair: [wanted, *pair_state(pair)],
            again=lambda kept: tuple(statistics_again(one) for one in kept),
        )
        for number, (_, found) in enumerate(answers):
            if found is not None:
                references[number], own[number] = found
        return replace(plan, own=own, references=references)

    def _with_cohorts(self, plan: Plan) -> Generator[Progress, None, Plan]:
        """Fit the model of natural-looking images to the references of this study."""
        from app.metrics.cohort import fit_cohort
        from app.workflows.measure_worker import cohort_blocks

        first: dict[tuple[str, str], int] = {}
        for number, pair in enumerate(plan.pairs):
            first.setdefault((pair.case, str(pair.reference.folder)), number)
        shared = self._crew.share(plan)
        blocks: dict[int, Mapping[str, NDArray[np.float64]]] = {}
        answers = run_all(self._crew, cohort_blocks, tuple(first.values()), shared)
        for done, (number, found) in enumerate(answers, start=1):
            blocks[number] = found
            yield Progress(done, len(first), "fitting to the references")
        models: dict[str, CohortModel] = {}
        for space in plan.spaces:
            label = space.label
            features = [blocks[one][label] for one in sorted(blocks) if label in blocks[one]]
            try:
                models[label] = fit_cohort(features)
            except MetricRefused as refused:
                self.notes.append(f"niqe@cohort, {space.label}: {refused.sentence}")
        return replace(plan, cohorts=models)


def masks(pairing: Pairing, regions: Sequence[str]) -> dict[tuple[str, str], Pair]:
    """Return the masks that regions ask for, by case and name.

    Raises
    ------
    InputError
        No case has a mask of this name.
    """
    wanted = {name for name in regions if name.startswith("mask:")}
    found = {
        (case, f"mask:{name}"): laid
        for (case, name), laid in pairing.masks.items()
        if f"mask:{name}" in wanted
    }
    for name in sorted(wanted - {name for _, name in found}):
        raise InputError(
            f"No case has a mask '{name.removeprefix('mask:')}'.",
            remedy="Name masks in a manifest: rows of the role mask or segmentation, "
            "with the name in the column arm.",
        )
    return found
