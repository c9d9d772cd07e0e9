"""Answers about whole images, kept for the next run like the values of slices."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from app.domain.metric import Statistics
from app.domain.pair import Pair, Series
from app.domain.progress import Progress
from app.images.alignment import Alignment
from app.store.value_store import ValueStore, key_of
from app.workflows.aside import Aside
from app.workflows.measure_keys import series_state, state_of, version
from app.workflows.processes import Crew, run_all

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Memory:
    """Asks a crew what the store does not know."""

    def __init__(self, store: ValueStore, crew: Crew) -> None:
        self._store = store
        self._crew = crew

    def remembered(
        self,
        what: str,
        tasks: Sequence[Task],
        work: Callable[..., Answer | None],
        *shared: object,
        state: Callable[[Task], list[object]],
        again: Callable[[Any], Answer],
        sure: Callable[[Answer], bool] = lambda _: True,
    ) -> Generator[Progress, None, list[tuple[Task, Answer | None]]]:
        """Return the answer for each task, in order: from the store where it is known.

        Answers are dataclasses, or tuples of them; None is no answer and not kept, nor are
        answers that are not ``sure``.
        """
        keys: dict[int, bytes] = {}
        for place, task in enumerate(tasks):
            try:
                keys[place] = key_of(what, version(), *state(task))
            except OSError:
                continue  # the file is gone; reading it will say so
        known = self._store.get(list(keys.values()))
        found: dict[int, Answer | None] = {
            place: again(known[key]) for place, key in keys.items() if key in known
        }
        todo = [place for place in range(len(tasks)) if place not in found]
        yield Progress(len(found), len(tasks), what)
        by_task = {id(tasks[place]): place for place in todo}
        asked = [tasks[place] for place in todo]
        for come in self._ask(work, asked, *shared):
            if come is not None:
                task, answer = come
                place = by_task[id(task)]
                found[place] = answer
                if answer is not None and place in keys and sure(answer):
                    self._store.put([(keys[place], _plain(answer))])
            yield Progress(len(found), len(tasks), what)
        return [(task, found[place]) for place, task in enumerate(tasks)]

    def _ask(
        self, work: Callable[..., Answer | None], tasks: Sequence[Task], *shared: object
    ) -> Iterator[tuple[Task, Answer | None] | None]:
        """Yield tasks with their answers as they come; None while nothing has."""
        yield from run_all(self._crew, work, tasks, *shared)


class MemoryAside(Memory):
    """Asks a process that answers one question after the other, and may be ended at any time."""

    def __init__(self, store: ValueStore, aside: Aside) -> None:
        self._store = store
        self._aside = aside

    def _ask(
        self, _work: Callable[..., Answer | None], tasks: Sequence[Task], *_shared: object
    ) -> Iterator[tuple[Task, Answer | None] | None]:
        for task in tasks:
            asking = self._aside.ask(task)
            while True:
                try:
                    next(asking)
                except StopIteration as answered:
                    yield task, answered.value
                    break
                yield None


def whole_state(series: Series) -> list[object]:
    """Return what tells a series from all others, without reading pixels."""
    return series_state(series, range(len(series.slices)))


def pair_state(pair: Pair) -> list[object]:
    """Return what tells a pair from all others, without reading pixels."""
    return [state_of(pair, index) for index in range(len(pair.slices))]


def statistics_again(kept: Mapping[str, Any]) -> Statistics:
    """Return the statistics of an image as they were kept."""
    percentiles = {float(p): float(value) for p, value in kept["percentiles"].items()}
    return Statistics(**{**kept, "percentiles": percentiles})


def alignment_again(kept: Mapping[str, Any]) -> Alignment:
    """Return how a pair lies as it was kept."""
    shift = kept["shift"]
    return Alignment(**{**kept, "shift": None if shift is None else tuple(shift)})


def _plain(answer: Any) -> object:
    return [asdict(one) for one in answer] if isinstance(answer, tuple) else asdict(answer)
