"""Balanced orders: Williams squares, regular tournaments, and codes that tell nothing."""

import hashlib
from itertools import combinations
from random import Random

# No vowels (no words), nothing that looks alike, first a letter (no spreadsheet takes it
# for a number), one case only (some disks do not tell the cases apart).
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_CODE = _LETTERS + "23456789"

Sides = dict[tuple[int, int], tuple[int, int]]
"""For each pair of arms (lower number first), which stands left and which right."""


def generator(seed: int, owner: str, purpose: str) -> Random:
    """Return a generator of its own for each owner (a reader, or the study) and each purpose."""
    digest = hashlib.sha256(f"{seed}\n{owner}\n{purpose}".encode()).digest()
    return Random(int.from_bytes(digest, "big"))  # noqa: S311 - secrecy is the seed's


def draw_distinct(count: int, length: int, seed: int, owner: str, purpose: str) -> list[str]:
    """Draw distinct codes; more of them begin with the same ones."""
    chance = generator(seed, owner, purpose)
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        rest = chance.choices(_CODE, k=length - 1)
        drawn["".join((chance.choice(_LETTERS), *rest))] = None
    return list(drawn)


def shuffled_without(first: int, count: int, chance: Random) -> list[int]:
    """Return a random order of so many things that does not start with one of them."""
    order = list(range(count))
    chance.shuffle(order)
    if count > 1 and order[0] == first:
        other = chance.randrange(1, count)
        order[0], order[other] = order[other], order[0]
    return order


def williams_rows(items: int, rows: int, ordinal: int, chance: Random) -> list[list[int]]:
    """Return so many orders of the items, dealt from Williams squares.

    ``chance`` is the study's: the squares are the same for every reader, and the reader of
    the next ordinal begins one row later in them. Over the rows of one reader, and over the
    readers in one row, each item comes equally early and equally often after every
    other, as far as whole squares fit.

    References
    ----------
    Williams (1949), doi:10.1071/CH9490149: designs balanced for residual effects.
    """
    names = list(range(items))
    chance.shuffle(names)
    squares = _williams(items)
    for square in squares:
        chance.shuffle(square)
    places = list(range(rows))
    chance.shuffle(places)
    found = []
    for place in places:
        block, within = divmod(place, items)
        square = squares[(block + ordinal // items) % len(squares)]
        found.append([names[item] for item in square[(within + ordinal) % items]])
    return found


def turns_of(items: int) -> int:
    """Return after how many readers the rows of the squares come again."""
    return items * len(_williams(items))


def _williams(count: int) -> list[list[list[int]]]:
    """Return the Latin squares of a Williams design: one for even counts, else two."""
    zigzag = [(step + 1) // 2 if step % 2 else count - step // 2 for step in range(1, count)]
    first = [0, *zigzag]
    square = [[(item + shift) % count for item in first] for shift in range(count)]
    return [square] if count % 2 == 0 else [square, [row[::-1] for row in square]]


def sides_of(cases: int, arms: int, chance: Random) -> list[Sides]:
    """Return for each case which arm of each pair stands left.

    Two cases at a time share a tournament, the second one mirrored.
    """
    sides: list[Sides] = []
    while len(sides) < cases:
        wins = _tournament(arms, chance)
        sides.append(wins)
        sides.append({pair: (right, left) for pair, (left, right) in wins.items()})
    dealt = sides[:cases]
    chance.shuffle(dealt)
    return dealt


def _tournament(arms: int, chance: Random) -> Sides:
    """Return sides for all pairs where each arm is left as often as right, to within one."""
    labels = list(range(arms))
    chance.shuffle(labels)
    wins: Sides = {}
    for one, other in combinations(range(arms), 2):
        # Around a circle, each arm stands left of those in the half after it.
        left, right = (one, other) if (other - one) * 2 <= arms else (other, one)
        pair = (labels[left], labels[right])
        wins[min(pair), max(pair)] = pair
    return wins
