"""Measure every reconstruction against its reference."""

import hashlib
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.metric import MetricDefinition, MetricValue, Space
from app.domain.pair import Pairing
from app.domain.progress import Progress
from app.errors import InputError, MetricUnavailable
from app.workflows.measure_task import CHANGED, Done, Plan
from app.workflows.processes import Crew, default_jobs, pool, run_all

if TYPE_CHECKING:
    from app.store.value_store import ValueStore
    from app.workflows.likeness import Likeness
    from app.workflows.measure_keys import FirstKeys, Keys
    from app.workflows.measure_memory import Memory

NATIVE = Space()


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure, and how.

    ``metrics`` empty means the default set, of which those that are not
    available are left out and told; named metrics must be available.
    ``data_range`` is ``auto``, a width such as ``255``, or ``LOW..HIGH``.
    ``fresh`` computes what is known already once more. ``scheduler`` is the
    address of a Dask cluster that does the work. ``body_masks`` is a folder of
    body masks that a person changed.
    """

    metrics: tuple[str, ...] = ()
    regions: tuple[str, ...] = ("whole", "body")
    spaces: tuple[Space, ...] = (NATIVE,)
    data_range: str = "auto"
    device: str = "auto"
    jobs: int = 0
    fresh: bool = False
    scheduler: str = ""
    body_masks: Path | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The finished table and all that a person should know about it.

    ``resumed`` counts the slices of pairs that were known from an earlier run.
    """

    rows: int
    output: Path
    notes: tuple[str, ...]
    resumed: int

    @property
    def values(self) -> tuple[MetricValue, ...]:
        """The rows of the table, read from it."""
        return read_values(self.output)


def measure(
    pairing: Pairing, request: Request, output: Path
) -> Generator[Progress, None, Measured]:
    """Measure every pair and write ``metrics.csv``; closing early keeps finished slices.

    Finished values are kept in the person's cache folder under the hash of all that
    they depend on: the pixels, the metric and its parameters, its weights, the
    program's version. What was measured before is read, not computed. The table
    appears whole or not at all, and does not depend on the number of processes,
    on their order, or on where an earlier run was stopped.

    Parameters
    ----------
    pairing
        What :func:`app.workflows.pair.pair` found.
    request
        Metrics, regions, spaces and intensity range.
    output
        The table to write.

    Raises
    ------
    InputError
        Nothing is paired.
    MetricUnavailable
        A metric asked for by name lacks its weights.
    WorkerDied
        A measuring process ended; finished slices are kept.
    """
    if not pairing.pairs:
        first = pairing.problems[0].what if pairing.problems else "It holds no images."
        raise InputError(
            f"Nothing in {pairing.source} could be paired. {first}",
            remedy="Run `blindread pair` to see the reason for each file; "
            "give the name of the reference (on the command line: --reference NAME).",
        )
    definitions, notes = _choose(request)
    with (
        open_store(request) as store,
        _crew(request, pairing, [one.id for one in definitions]) as crew,
    ):
        from app.workflows.measure_memory import Memory

        memory = Memory(store, crew)
        run = _Run(pairing, request, definitions, store, crew, notes, memory)
        return (yield from run.finish(output))


def read_values(path: Path) -> tuple[MetricValue, ...]:
    """Read a ``metrics.csv`` back."""
    from app.store.tables import read_metrics

    return read_metrics(path)


def values_in(path: Path) -> Iterator[MetricValue]:
    """Yield the values of a ``metrics.csv``; of a large one not all need to be read."""
    from app.store.tables import metric_values

    return metric_values(path)


def default_output(source: Path) -> Path:
    """Return where the application keeps the values of a source."""
    import platformdirs

    home = os.environ.get("BLINDREAD_SETTINGS")
    base = Path(home) if home else Path(platformdirs.user_data_dir("blindread", appauthor=False))
    mark = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:12]
    return base / "measurements" / f"{source.resolve().name}-{mark}" / "metrics.csv"


def _crew(
    request: Request, pairing: Pairing, metrics: Sequence[str]
) -> AbstractContextManager[Crew]:
    if request.scheduler:
        from app.workflows.cluster import cluster

        return cluster(request.scheduler, needs=(pairing.source,), metrics=metrics)
    return pool(request.jobs or default_jobs())


def open_store(request: Request) -> "ValueStore":
    """Open what is known from earlier runs; an empty store where all is to be computed anew."""
    from app.images.index import cache_folder
    from app.store.value_store import ValueStore

    return ValueStore(None if request.fresh else cache_folder().absolute() / "values.sqlite")


def _choose(request: Request) -> tuple[tuple[MetricDefinition, ...], list[str]]:
    from app.metrics import registry
    from app.metrics.prepare import check_regions

    check_regions(request.regions)
    notes: list[str] = []
    chosen: list[MetricDefinition] = []
    for name in dict.fromkeys(request.metrics or registry.DEFAULT):
        definition = registry.definition(name)
        reason = registry.available(name)
        if not reason:
            chosen.append(definition)
        elif request.metrics:
            raise MetricUnavailable(
                f"The metric {name} is not available: {reason}",
                remedy="Run `blindread weights`, or leave this metric out of --metrics.",
            )
        else:
            notes.append(f"{name} was left out: {reason}")
    return tuple(chosen), notes


@dataclass
class _Run:
    """One run from the plan to the table."""

    pairing: Pairing
    request: Request
    definitions: tuple[MetricDefinition, ...]
    store: "ValueStore"
    crew: Crew
    notes: list[str]
    memory: "Memory"
    failed: dict[tuple[int, int], str] = field(default_factory=dict)

    def finish(self, output: Path) -> Generator[Progress, None, Measured]:
        """Do all that is not known yet, and write the table."""
        from app.store.tables import write_metrics
        from app.workflows.measure_items import outstanding
        from app.workflows.measure_keys import FirstKeys
        from app.workflows.measure_plan import Planner
        from app.workflows.measure_rows import Table
        from app.workflows.measure_worker import measure_item

        planner = Planner(self.pairing, self.request, self.memory, self.crew)
        wanted = tuple(one.id for one in self.definitions)
        plan = yield from planner.plan(wanted, self.store.path if self.store.kept else None)
        self.notes += planner.notes
        keys = FirstKeys(plan)
        items, total, resumed = outstanding(plan, keys, self.store)
        shared = self.crew.share(plan)
        done = resumed
        yield Progress(done, total, "measuring" if not resumed else f"{resumed} slices known")
        for item, answers in run_all(self.crew, measure_item, items, shared):
            self.store.put([entry for one in answers for entry in self._entries(keys, one)])
            done += len(answers)
            pair = plan.pairs[item.parts[-1][0]]
            yield Progress(done, total, f"{pair.case}  {pair.arm}")
        likeness = yield from self._likeness(plan, keys)
        table = Table(plan, keys, self.definitions, self.store, self.failed, likeness.flags)
        write_metrics(output, table.rows())
        self.notes += likeness.notes
        self.notes += table.notes()
        if not self.store.kept and not self.request.fresh:
            self.notes.append(
                "The finished values could not be kept for the next run: the cache folder "
                "cannot be written. Name another one in BLINDREAD_CACHE."
            )
        return Measured(table.count, output, tuple(self.notes), resumed)

    def _entries(self, keys: "FirstKeys", done: Done) -> list[tuple[bytes, object]]:
        """Return what to keep of a slice; note why it has no values where there are none."""
        if done.reason or not keys.holds(done):
            self.failed[done.number, done.index] = done.reason or CHANGED
            return []
        return [(done.state, done.seen), *done.entries]

    def _likeness(self, plan: Plan, keys: "Keys") -> Generator[Progress, None, "Likeness"]:
        """Judge how every pair lies, and find what was measured twice."""
        from app.images.alignment import Alignment
        from app.workflows.likeness import judge, look, looks_of
        from app.workflows.measure_memory import alignment_again, pair_state

        answers = yield from self.memory.remembered(
            "how reconstructions lie on their references",
            plan.pairs,
            look,
            state=pair_state,
            again=alignment_again,
        )
        alignments = {(pair.case, pair.arm): found or Alignment() for pair, found in answers}
        marks = {}
        for number, pair in enumerate(plan.pairs):
            indices = [i for i in range(len(pair.slices)) if (number, i) not in self.failed]
            states = {i: keys.state(number, i) for i in indices}
            seen = self.store.get(list(states.values()))
            marks[pair.case, pair.arm] = [
                tuple(seen[states[i]]["fingerprints"]) if i in states else ("", "")
                for i in range(len(pair.slices))
            ]
        return judge(self.pairing, looks_of(plan.pairs, alignments, marks))
