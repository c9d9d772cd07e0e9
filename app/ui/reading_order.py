"""Putting one image at a place of an order: who makes room, and how."""

from collections.abc import Mapping


def moved(places: Mapping[str, int], slot: str, to: int, count: int) -> dict[str, int]:
    """Return the places that change when a slot is put at a place, the slot's own last.

    Where others stand there, they make room by one place each, and so do those in their
    way, as far as the nearest place that is free: towards where the slot came from, else
    towards the end. Ties stay ties.

    Parameters
    ----------
    places
        The place of each slot that has one, from 1; the same for slots that are tied.
    count
        How many places there are.
    """
    others = {name: place for name, place in places.items() if name != slot}
    taken = set(others.values())
    if to not in taken:
        return {slot: to}
    ways = [range(to + 1, count + 1), range(to - 1, 0, -1)]
    if places.get(slot, count + 1) < to:
        ways.reverse()
    free = next((place for way in ways for place in way if place not in taken), to)
    step = 1 if free > to else -1
    between = range(to, free, step)
    changed = {name: place + step for name, place in others.items() if place in between}
    return {**changed, slot: to}
