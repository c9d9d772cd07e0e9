"""Who sees what, when, and on which side; and the same with every hint removed.

Everything here is drawn from a secret seed that lives only in the sealed key:
whoever knows the seed can redraw the schedule and so break the blind. The
protocol's own seed is public and is not used.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from random import Random

from app.domain.image import Window
from app.domain.presentation import PlannedPresentation, ReadingPlan
from app.domain.protocol import Protocol
from app.domain.trial import Trial, TrialKind
from app.study.design import arms_shown, check

# No vowels (no words), nothing that looks alike, first a letter (no spreadsheet takes it
# for a number), one case only (some disks do not tell the cases apart).
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_CODE = _LETTERS + "23456789"


def build_schedule(protocol: Protocol, *, seed: int) -> tuple[Trial, ...]:
    """Return the trials of all readers of a protocol.

    Each reader sees every unordered pair of arms of every case exactly once.
    A reader's trials depend only on the seed, the reader's code, the cases and
    the arms: other readers never change them.

    Parameters
    ----------
    seed
        The secret seed, kept in the sealed key only.

    Raises
    ------
    ProtocolError
        The design contradicts itself.
    """
    check(protocol)
    return tuple(
        trial for reader in protocol.readers for trial in schedule_for(protocol, reader, seed=seed)
    )


def schedule_for(
    protocol: Protocol, reader: str, *, seed: int, kind: TrialKind = "test"
) -> tuple[Trial, ...]:
    """Return the trials of one reader, who need not stand in the protocol.

    The screens come in rounds. In each round every case is shown once, in a
    random order that never starts with the case just seen; which pair of arms a
    case shows in which round follows a Williams square, so that every pair
    comes equally early and equally often after every other. Sides follow
    tournaments that are as regular as can be, each used once and once mirrored:
    per reader, every arm, and every pair of arms, stands left and right equally
    often, to within one.

    References
    ----------
    Williams (1949), doi:10.1071/CH9490149: designs balanced for residual effects.
    """
    arms = arms_shown(protocol)
    pair_order = _pair_orders(len(protocol.cases), len(arms), _generator(seed, reader, "pairs"))
    sides = _sides(len(protocol.cases), len(arms), _generator(seed, reader, "sides"))
    order = _generator(seed, reader, "order")
    codes = _draw_distinct(len(protocol.cases) * len(pair_order[0]), 12, seed, reader, "screens")
    trials: list[Trial] = []
    last = -1
    for round_ in range(len(pair_order[0])):
        for case in _shuffled_without(last, len(protocol.cases), order):
            left, right = sides[case][pair_order[case][round_]]
            trials.append(
                Trial(
                    reader=reader,
                    position=len(trials) + 1,
                    presentation=codes[len(trials)],
                    case=protocol.cases[case],
                    arms=(arms[left], arms[right]),
                    kind=kind,
                )
            )
            last = case
    return tuple(trials)


def draw_codes(cases: Sequence[str], arms: Sequence[str], seed: int) -> dict[str, tuple[str, str]]:
    """Return a random code for every case and arm, sorted by code.

    Neither the codes nor their order say anything about case or arm.
    """
    cells = [(case, arm) for case in cases for arm in arms]
    codes = _draw_distinct(len(cells), 8, seed, "", "pictures")
    return dict(sorted(zip(codes, cells, strict=True)))


def blind(
    trials: Sequence[Trial],
    codes: Mapping[str, tuple[str, str]],
    windows: Mapping[str, Window],
    protocol: Protocol,
    *,
    study: str,
    protocol_sha256: str,
) -> dict[str, ReadingPlan]:
    """Return each reader's plan: the trials with every hint removed.

    Parameters
    ----------
    codes
        Picture code -> (case, arm), as ``draw_codes`` returns it.
    windows
        The opening window of each case, common to its arms. Its explanation
        comes from the files and is left out.
    study
        The id of the study, shown to nobody but written beside each answer.
    """
    picture = {cell: code for code, cell in codes.items()}
    plans: dict[str, ReadingPlan] = {}
    for trial in trials:
        planned = PlannedPresentation(
            id=trial.presentation,
            position=trial.position,
            images=tuple(picture[trial.case, arm] for arm in trial.arms),
            window=replace(windows[trial.case], explanation=""),
        )
        plan = plans.get(trial.reader) or ReadingPlan(
            study=study,
            title=protocol.title,
            protocol_sha256=protocol_sha256,
            reader=trial.reader,
            criteria=protocol.criteria,
            ask_comment=protocol.ask_comment,
            instructions=protocol.instructions,
            presentations=(),
            simulated=trial.kind == "simulated",
        )
        plans[trial.reader] = replace(plan, presentations=(*plan.presentations, planned))
    return plans


def _generator(seed: int, reader: str, purpose: str) -> Random:
    """Return a generator of its own for each reader and each purpose."""
    digest = hashlib.sha256(f"{seed}\n{reader}\n{purpose}".encode()).digest()
    return Random(int.from_bytes(digest, "big"))  # noqa: S311 - secrecy is the seed's


def _draw_distinct(count: int, length: int, seed: int, reader: str, purpose: str) -> list[str]:
    """Draw distinct codes; dict keys keep the order of drawing."""
    generator = _generator(seed, reader, purpose)
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        rest = generator.choices(_CODE, k=length - 1)
        drawn["".join((generator.choice(_LETTERS), *rest))] = None
    return list(drawn)


def _shuffled_without(first: int, count: int, generator: Random) -> list[int]:
    """Return a random order of the cases that does not start with one of them."""
    order = list(range(count))
    generator.shuffle(order)
    if count > 1 and order[0] == first:
        other = generator.randrange(1, count)
        order[0], order[other] = order[other], order[0]
    return order


def _pair_orders(cases: int, arms: int, generator: Random) -> list[list[tuple[int, int]]]:
    """Return for each case the order of its pairs of arms, one Williams row a case."""
    pairs = list(combinations(range(arms), 2))
    generator.shuffle(pairs)
    rows: list[list[int]] = []
    while len(rows) < cases:
        for square in _williams(len(pairs)):
            generator.shuffle(square)
            rows.extend(square)
    dealt = rows[:cases]
    generator.shuffle(dealt)
    return [[pairs[index] for index in row] for row in dealt]


def _williams(count: int) -> list[list[list[int]]]:
    """Return the Latin squares of a Williams design: one for even counts, else two."""
    zigzag = [(step + 1) // 2 if step % 2 else count - step // 2 for step in range(1, count)]
    first = [0, *zigzag]
    square = [[(item + shift) % count for item in first] for shift in range(count)]
    return [square] if count % 2 == 0 else [square, [row[::-1] for row in square]]


def _sides(
    cases: int, arms: int, generator: Random
) -> list[dict[tuple[int, int], tuple[int, int]]]:
    """Return for each case which arm of each pair stands left.

    Two cases at a time share a tournament, the second one mirrored.
    """
    sides: list[dict[tuple[int, int], tuple[int, int]]] = []
    while len(sides) < cases:
        wins = _tournament(arms, generator)
        sides.append(wins)
        sides.append({pair: (right, left) for pair, (left, right) in wins.items()})
    dealt = sides[:cases]
    generator.shuffle(dealt)
    return dealt


def _tournament(arms: int, generator: Random) -> dict[tuple[int, int], tuple[int, int]]:
    """Return sides for all pairs where each arm is left as often as right, to within one."""
    labels = list(range(arms))
    generator.shuffle(labels)
    wins: dict[tuple[int, int], tuple[int, int]] = {}
    for one, other in combinations(range(arms), 2):
        # Around a circle, each arm stands left of those in the half after it.
        left, right = (one, other) if (other - one) * 2 <= arms else (other, one)
        pair = (labels[left], labels[right])
        wins[min(pair), max(pair)] = pair
    return wins
