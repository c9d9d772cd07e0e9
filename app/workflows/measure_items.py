"""What is left to measure, divided into work items."""

from collections import Counter
from collections.abc import Iterable

from app.metrics import registry
from app.store.value_store import ValueStore
from app.workflows.measure_keys import Keys
from app.workflows.measure_task import Item, Plan

SLICES_AT_ONCE = 8
"""Slices of one work item where a file holds several, which is opened once for them."""

PLANES_AT_ONCE = 8
"""Slices times arms of one work item: enough to share the work on a reference and to be worth
handing over, few enough to lose."""

LEARNED_AT_ONCE = 4
"""Arms of the one slice of a work item where a metric takes a second for each."""


def at_once(metrics: Iterable[str], arms: int) -> tuple[int, int]:
    """Return how many slices, and how many of their arms, one work item takes."""
    if any(registry.definition(metric).needs_weights for metric in metrics):
        return 1, LEARNED_AT_ONCE
    return max(1, PLANES_AT_ONCE // arms), PLANES_AT_ONCE


def outstanding(plan: Plan, keys: Keys, store: ValueStore) -> tuple[list[Item], int, int]:
    """Return the work items of what is not known, the slices of all pairs, and those known."""
    todo: dict[tuple[int, int], None] = {}
    total = 0
    states = {}
    for number, pair in enumerate(plan.pairs):
        total += len(pair.slices)
        for index in range(len(pair.slices)):
            todo[number, index] = None
            try:
                keys.regions_mark(number, index)
                states[number, index] = keys.state(number, index)
            except OSError:
                continue  # the file is gone; reading it will say so
    seen = store.get(list(states.values()))
    wanted: dict[tuple[int, int], list[bytes]] = {}
    for (number, index), state in states.items():
        if state in seen:
            marks = [*seen[state]["marks"][:2], keys.regions_mark(number, index)]
            wanted[number, index] = [key for _, key in keys.values(number, marks)]
            if plan.features:
                for space in plan.spaces:
                    wanted[number, index] += keys.features(number, space.label, marks)
    known = store.get([key for some in wanted.values() for key in some]).keys()
    for slice_of_pair, some in wanted.items():
        if all(key in known for key in some):
            del todo[slice_of_pair]
    return _items(plan, todo), total, total - len(todo)


def _items(plan: Plan, todo: Iterable[tuple[int, int]]) -> list[Item]:
    """Put together what lies on the same slice of one reference, or near it where arms are few."""
    groups: dict[tuple[object, ...], dict[int, list[int]]] = {}
    owners = [(pair.case, str(pair.reference.folder), pair.reference.uid) for pair in plan.pairs]
    arms_of = Counter(owners)
    slices_of = {arms: at_once(plan.metrics, arms)[0] for arms in set(arms_of.values())}
    for number, index in todo:
        pair, owner = plan.pairs[number], owners[number]
        one_by_one = pair.reference.storage is None and pair.reconstruction.storage is None
        together = slices_of[arms_of[owner]] if one_by_one else SLICES_AT_ONCE
        place = (one_by_one, pair.slices[index][0] // together)
        groups.setdefault((owner, place), {}).setdefault(number, []).append(index)
    items = []
    count = at_once(plan.metrics, 1)[1]
    for parts in groups.values():
        arms = [(number, tuple(indices)) for number, indices in parts.items()]
        items += [Item(tuple(arms[start : start + count])) for start in range(0, len(arms), count)]
    return items
