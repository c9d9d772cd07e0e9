"""Which arms stand together on a screen: the test screens of one reader, round by round."""

import re
from itertools import combinations

from app.domain.protocol import Protocol
from app.study.design import arms_shown
from app.study.orders import generator, shuffled_without, sides_of, turns_of, williams_rows

Screen = tuple[str, tuple[str, ...]]
"""A case, and the arms in their slots."""


def test_screens(
    protocol: Protocol, reader: str, *, seed: int, cases: tuple[str, ...]
) -> list[Screen]:
    """Return the test screens of a reader on some cases, in order.

    The screens come in rounds. In each round every case is shown once, in a random
    order that never starts with the case just seen. Which arms a case shows in which
    round follows a Williams square.
    """
    plans = _plans(protocol, reader, seed, cases)
    order = generator(seed, reader, _purpose("order", protocol, cases))
    screens: list[Screen] = []
    last = -1
    for round_ in range(len(plans[0]) if plans else 0):
        for case in shuffled_without(last, len(cases), order):
            screens.append((cases[case], plans[case][round_]))
            last = case
    return screens


def _plans(
    protocol: Protocol, reader: str, seed: int, cases: tuple[str, ...]
) -> list[list[tuple[str, ...]]]:
    """Return for each case its screens, one a round."""
    if protocol.slots == 2:
        return _pairs(protocol, reader, seed, cases)
    anchor = protocol.anchor_arm
    arms = [arm for arm in arms_shown(protocol) if arm != anchor]
    ordinal = _ordinal(protocol, reader, seed, len(arms))
    rows = williams_rows(
        len(arms),
        len(cases),
        ordinal,
        generator(seed, "", _purpose("arms", protocol, cases)),
    )
    size = protocol.slots - bool(anchor)
    plans = [[tuple(arms[item] for item in chunk) for chunk in _chunks(row, size)] for row in rows]
    if not anchor:
        return plans
    # The anchor takes each slot in turn, from case to case, screen to screen and reader to reader.
    turns = list(range(protocol.slots))
    generator(seed, "", _purpose("anchors", protocol, cases)).shuffle(turns)
    anchored = []
    for case, plan in enumerate(plans):
        places = [turns[(ordinal + case + at) % protocol.slots] for at in range(len(plan))]
        anchored.append(
            [(*shown[:at], anchor, *shown[at:]) for shown, at in zip(plan, places, strict=True)]
        )
    return anchored


def _chunks(row: list[int], size: int) -> list[list[int]]:
    """Divide an order into screens; the last is filled with the first ones of the order."""
    chunks = [row[start : start + size] for start in range(0, len(row), size)]
    chunks[-1] += [item for item in row if item not in chunks[-1]][: size - len(chunks[-1])]
    return chunks


def _pairs(
    protocol: Protocol, reader: str, seed: int, cases: tuple[str, ...]
) -> list[list[tuple[str, ...]]]:
    """Return the pairs of each case with their sides.

    Sides follow tournaments that are as regular as can be, each used once and once
    mirrored: per reader, every arm, and every pair of arms, stands left and right
    equally often, to within one.
    """
    arms = arms_shown(protocol)
    sides = sides_of(
        len(cases), len(arms), generator(seed, reader, _purpose("sides", protocol, cases))
    )
    if protocol.pairing == "adaptive":
        chosen = _matchings(protocol, reader, seed, cases, len(arms))
    else:
        pairs = list(combinations(range(len(arms)), 2))
        chosen = [
            [pairs[item] for item in row]
            for row in williams_rows(
                len(pairs),
                len(cases),
                _ordinal(protocol, reader, seed, len(pairs)),
                generator(seed, "", _purpose("pairs", protocol, cases)),
            )
        ]
    return [
        [tuple(arms[arm] for arm in sides[case][pair]) for pair in chosen[case]]
        for case in range(len(cases))
    ]


def _matchings(
    protocol: Protocol, reader: str, seed: int, cases: tuple[str, ...], arms: int
) -> list[list[tuple[int, int]]]:
    """Return for each case pairs that hold every arm once: the first round of an adaptive study."""
    chance = generator(seed, reader, _purpose("matchings", protocol, cases))
    found = []
    for _ in cases:
        order = list(range(arms))
        chance.shuffle(order)
        pairs = zip(order[::2], order[1::2], strict=False)
        found.append([(min(pair), max(pair)) for pair in pairs])
    return found


def _ordinal(protocol: Protocol, reader: str, seed: int, items: int) -> int:
    """Return which reader this is: by the last number in the code, such as R3 or site1-R3.

    Codes without a number count by their place in the protocol, and one who is not in it
    comes anywhere. Where readers before in the protocol have the same turn in the squares,
    as site1-R3 and site2-R3 would, the first turn that fewest of them have is this one's.
    """
    if reader not in protocol.readers:
        own = _number_in(reader)
        return generator(seed, reader, "ordinal").randrange(2**16) if own is None else own
    turns = turns_of(items)
    taken = [0] * turns
    ordinal = 0
    for place, one in enumerate(protocol.readers[: protocol.readers.index(reader) + 1]):
        own = _number_in(one)
        ordinal = place if own is None else own
        if taken[ordinal % turns] > min(taken):
            ordinal = taken.index(min(taken))
        taken[ordinal % turns] += 1
    return ordinal


def _number_in(code: str) -> int | None:
    """Return the last number in a code."""
    numbers = re.findall(r"\d+", code)
    return int(numbers[-1]) if numbers else None


def _purpose(name: str, protocol: Protocol, cases: tuple[str, ...]) -> str:
    """Return the purpose of a draw; cases that were added later have draws of their own."""
    return name if cases == protocol.cases else f"{name} {' '.join(cases)}"
