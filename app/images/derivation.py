"""Pairing without names: by what the files say they were made from, and by geometry."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.pair import Series
from app.errors import GeometryMismatch
from app.images.layouts import parts_of
from app.images.matching import match


@dataclass(frozen=True, slots=True)
class Link:
    """A reconstruction, its reference and the rule that joined them."""

    case: str
    arm: str
    reference: Series
    reconstruction: Series
    matched_by: str


def links(series: Sequence[Series], source_name: str) -> tuple[list[Link], list[Series]]:
    """Join series that name their source, then those on one grid with a sole original.

    Returns
    -------
    tuple
        The links, and the series that belong to none.
    """
    chosen: dict[int, tuple[int, str]] = {}
    for index, one in enumerate(series):
        found = [
            other
            for other, candidate in enumerate(series)
            if other != index and candidate.uid in one.derived_from and fits(candidate, one)
        ]
        if len(found) == 1:
            chosen[index] = found[0], "source"
    sources = {target for target, _ in chosen.values()}
    for group in _same_frame(series).values():
        originals = [i for i in group if not series[i].derived and i not in chosen]
        if len(originals) != 1:
            continue
        for index in group:
            free = series[index].derived and index not in chosen and index not in sources
            if free and fits(series[originals[0]], series[index]):
                chosen[index] = originals[0], "geometry"
    chosen = {index: target for index, target in chosen.items() if target[0] not in chosen}
    used = set(chosen) | {target for target, _ in chosen.values()}
    return _named(series, chosen, source_name), [
        one for index, one in enumerate(series) if index not in used
    ]


def fits(reference: Series, reconstruction: Series) -> bool:
    """Return whether two series share a grid."""
    try:
        match(reference, reconstruction)
    except GeometryMismatch:
        return False
    return True


def _same_frame(series: Sequence[Series]) -> dict[tuple[object, ...], list[int]]:
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(series):
        grid = one.grid
        if grid.frame_of_reference and grid.positions:
            groups[grid.frame_of_reference, grid.rows, grid.columns].append(index)
    return groups


def _named(
    series: Sequence[Series], chosen: dict[int, tuple[int, str]], source_name: str
) -> list[Link]:
    """Name cases after what reference and reconstructions share of their path."""
    groups: dict[int, list[int]] = defaultdict(list)
    for index, (target, _) in chosen.items():
        groups[target].append(index)
    found: list[Link] = []
    cases: set[str] = set()
    for target, members in groups.items():
        paths = [parts_of(series[index]) for index in (target, *members)]
        shared = _shared(paths)
        case = "/".join(shared) or (source_name if len(groups) == 1 else "")
        case = _unused(case or "/".join(paths[0]) or source_name, cases)
        arms: set[str] = set()
        for index, path in zip(members, paths[1:], strict=True):
            name = "/".join(path[len(shared) :]) or series[index].description or "reconstruction"
            arm = _unused(name, arms)
            found.append(Link(case, arm, series[target], series[index], chosen[index][1]))
    return found


def _shared(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names that all paths begin with."""
    count = 0
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        count += 1
    return paths[0][:count]


def _unused(name: str, taken: set[str]) -> str:
    """Return the name, numbered where it is taken, and take it."""
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    taken.add(unique)
    return unique
