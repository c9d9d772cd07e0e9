"""Corrections of a pairing, and what came of each series; plain values, no Qt."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from app.domain.arrangement import Arrangement, NamedFile, Placement
from app.domain.pair import Pair, Pairing, Problem, Series

Status = Literal["reference", "paired", "remark", "refused", "out", "waiting"]

_RULES = {
    "folder": "folder names",
    "geometry": "geometry",
    "source": "headers",
    "manifest": "manifest",
}


@dataclass(frozen=True, slots=True)
class State:
    """The place of every series, as corrected so far, and rows to keep as they are."""

    placements: tuple[Placement, ...]
    others: tuple[NamedFile, ...] = ()

    @property
    def cases(self) -> tuple[str, ...]:
        """The names of the cases that hold a series."""
        return tuple(sorted({one.case for one in self.placements if one.role}))

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of the arms that hold a reconstruction."""
        return tuple(sorted({one.arm for one in self.placements if one.role == "reconstruction"}))

    def moved(self, which: Iterable[int], case: str = "", arm: str = "") -> "State":
        """Return the state with series in another case or arm; empty keeps what each has.

        A series without a place becomes a reconstruction, named as its file.
        """
        placed = list(self.placements)
        for index in which:
            one = placed[index]
            there = case or (one.case if one.role else one.case or one.home)
            name = arm or one.arm or _free_name(placed, index, there)
            role = one.role or "reconstruction"
            placed[index] = replace(one, case=there, arm=name, role=role, left_out=False)
        return replace(self, placements=tuple(placed))

    def with_reference(self, which: Iterable[int], case: str = "") -> "State":
        """Return the state with series as the reference of their case.

        The one that was the reference until now becomes a reconstruction.
        """
        placed = list(self.placements)
        for index in which:
            one = placed[index]
            there = case or one.case or one.home
            for other, former in enumerate(placed):
                if former.role == "reference" and former.case == there and other != index:
                    placed[other] = replace(former, role="reconstruction")
                    if _taken(placed, other, there, former.arm):
                        placed[other] = replace(
                            placed[other], arm=_free_name(placed, other, there, former.arm)
                        )
            name = one.arm or one.name
            placed[index] = replace(one, case=there, arm=name, role="reference", left_out=False)
        return replace(self, placements=tuple(placed))

    def without(self, which: Iterable[int]) -> "State":
        """Return the state with series left out."""
        placed = list(self.placements)
        for index in which:
            placed[index] = replace(placed[index], role="", left_out=True)
        return replace(self, placements=tuple(placed))

    def case_renamed(self, old: str, new: str) -> "State":
        """Return the state with a case under another name."""
        return State(
            tuple(replace(one, case=new) if one.case == old else one for one in self.placements),
            tuple(replace(one, case=new) if one.case == old else one for one in self.others),
        )

    def arm_renamed(self, old: str, new: str, case: str | None = None) -> "State":
        """Return the state with an arm under another name, in one case or in all."""

        def meant(one: Placement | NamedFile) -> bool:
            return one.arm == old and case in (None, one.case)

        return State(
            tuple(replace(one, arm=new) if meant(one) else one for one in self.placements),
            tuple(replace(one, arm=new) if meant(one) else one for one in self.others),
        )

    def alike(self, which: Iterable[int]) -> tuple[int, ...]:
        """Return all placed series of the same arm and role, whatever their case."""
        wanted = {(self.placements[i].arm, self.placements[i].role) for i in which}
        return tuple(
            index
            for index, one in enumerate(self.placements)
            if one.role and (one.arm, one.role) in wanted
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one series: its matching slices and the rules, or why there are none."""

    status: Status
    matched: int = 0
    rule: str = ""
    slices_by: str = ""
    words: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """All that the import view shows: an outcome for each series, and every problem.

    ``problems`` carry the series they speak of, or None for a mere file.
    """

    outcomes: tuple[Outcome, ...]
    problems: tuple[tuple[Problem, int | None], ...]

    @property
    def paired(self) -> int:
        """How many reconstructions have a partner."""
        return sum(one.status in ("paired", "remark") for one in self.outcomes)


def review(found: Arrangement, state: State, pairing: Pairing) -> Review:
    """Join every series with what a pairing says of it.

    ``found`` is the source as it was scanned; ``pairing`` is the pairing of
    ``state``. What was wrong with files, and with series that still have no
    place, is taken from the former.
    """
    paired = _by_file(pairing.pairs)
    told = _problems_of(state.placements, pairing.problems)
    outcomes = tuple(
        _outcome(one, paired, told.get(index)) for index, one in enumerate(state.placements)
    )
    linked = {id(problem): index for index, problem in told.items()}
    problems = [(problem, linked.get(id(problem))) for problem in pairing.problems]
    if pairing is not found.pairing:
        before = _problems_of(found.placements, found.pairing.problems)
        alone = {id(problem): index for index, problem in before.items()}
        for problem in found.pairing.problems:
            index = alone.get(id(problem))
            if index is None:
                problems.append((problem, None))
            elif not state.placements[index].role and not state.placements[index].left_out:
                problems.append((problem, index))
    return Review(outcomes, tuple(problems))


def waiting(before: Review, old: State, new: State) -> Review:
    """Return a review where what has changed says that it is being paired."""
    touched = {
        case
        for one, other in zip(old.placements, new.placements, strict=True)
        if one != other
        for case in (one.case, other.case)
    }
    outcomes = tuple(
        Outcome("waiting" if one.role else "out") if one.case in touched or not one.role else was
        for one, was in zip(new.placements, before.outcomes, strict=True)
    )
    return Review(outcomes, before.problems)


def refused(before: Review, words: str, remedy: str) -> Review:
    """Return a review where all that waits to be paired was refused."""
    told = Outcome("refused", words=words, remedy=remedy)
    return replace(
        before,
        outcomes=tuple(told if one.status == "waiting" else one for one in before.outcomes),
    )


def _outcome(
    one: Placement, paired: dict[tuple[str, str, str, int], Pair], problem: Problem | None
) -> Outcome:
    status: Status
    if not one.role:
        if problem is not None and not one.left_out:
            return Outcome("out", words=problem.what, remedy=problem.remedy)
        return Outcome("out")
    pair = paired.get((one.case, one.role, *_place(one.series)))
    if problem is not None and (one.role == "reconstruction" or pair is None):
        status = "refused" if one.role == "reconstruction" else "reference"
        return Outcome(status, words=problem.what, remedy=problem.remedy)
    if one.role == "reference":
        return Outcome("reference", words="" if pair is not None else "Nothing is paired with it.")
    if pair is None:
        return Outcome("refused", words="It was not paired.", remedy="Undo the last correction.")
    told = (pair.note, pair.regrid.words if pair.regrid is not None else "")
    words = "; ".join(dict.fromkeys(filter(None, told)))
    if told[1] and told[1] in pair.note:
        words = pair.note
    rule = _RULES.get(pair.matched_by, pair.matched_by)
    status = "remark" if words else "paired"
    return Outcome(status, len(pair.slices), rule, pair.slices_by, _sentence(words))


def _by_file(pairs: Iterable[Pair]) -> dict[tuple[str, str, str, int], Pair]:
    """Return the pair of every slice: case, role, file and frame."""
    found: dict[tuple[str, str, str, int], Pair] = {}
    absolute: dict[Path, str] = {}

    def name(path: Path) -> str:
        if path not in absolute:
            absolute[path] = _absolute(path)
        return absolute[path]

    for pair in pairs:
        for role, series in (
            ("reference", pair.reference),
            ("reconstruction", pair.reconstruction),
        ):
            for one in series.slices:
                found[pair.case, role, name(one.path), one.frame] = pair
    return found


def _problems_of(
    placements: Sequence[Placement], problems: Sequence[Problem]
) -> dict[int, Problem]:
    """Return the problem of each series that has one."""
    exact: dict[tuple[object, ...], list[Problem]] = defaultdict(list)
    near: dict[tuple[str, str, str], Problem] = {}
    for problem in problems:
        exact[problem.path, problem.series_uid, problem.slices, problem.case].append(problem)
        if problem.series_uid:
            near.setdefault((problem.case, problem.arm, problem.role), problem)
    found = {}
    for index, one in enumerate(placements):
        grid = one.series.grid
        case = one.case if one.role else ""
        mine = exact.get((one.path, one.series.uid, grid.slices, case))
        if mine:
            found[index] = mine.pop(0) if len(mine) > 1 else mine[0]
        elif one.role == "reconstruction" and (case, one.arm, one.role) in near:
            problem = near[case, one.arm, one.role]
            if Path(one.path).is_relative_to(problem.path):  # several series were taken as one
                found[index] = problem
    return found


def _place(series: Series) -> tuple[str, int]:
    return _absolute(series.slices[0].path), series.slices[0].frame


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links


def _taken(placed: Sequence[Placement], index: int, case: str, arm: str) -> bool:
    return any(
        one.role == "reconstruction" and (one.case, one.arm) == (case, arm)
        for other, one in enumerate(placed)
        if other != index
    )


def _free_name(placed: Sequence[Placement], index: int, case: str, name: str = "") -> str:
    """Return a name for an arm that no other series of the case has."""
    one = placed[index]
    wanted = [name or one.name, one.path]
    wanted += [f"{wanted[0]} ({number})" for number in range(2, len(placed) + 3)]
    return next(word for word in wanted if not _taken(placed, index, case, word))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
