"""The rows of the import view: cases with their arms and series, and what is not paired."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.domain.pair import Problem
from app.ui.import_state import Outcome, Review, State

NAME, SLICES, MATCHED, RULE, SLICES_BY, REMARK = range(6)
TITLES = ("Cases and arms", "Slices", "Matched", "Paired by", "Slices by", "What to know")
NOT_PAIRED = "not paired"
WAITING = "pairing again…"
LEFT_OUT = "left out"


@dataclass(eq=False)
class Node:
    """One row: what it says, which series it stands for, and where it stands.

    ``kind`` is case, arm, series, section, reason or problem; ``key`` finds the
    row again in the next tree. ``remedy`` stands below the last cell.
    """

    kind: str
    key: tuple[object, ...]
    cells: tuple[str, ...]
    members: tuple[int, ...] = ()
    status: str = ""
    remedy: str = ""
    case: str = ""
    arm: str = ""
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    row: int = 0
    number: int = 0

    def add(self, child: "Node") -> "Node":
        """Put a row below this one."""
        child.parent, child.row = self, len(self.children)
        self.children.append(child)
        return child


def root_row() -> Node:
    """Return the row that all others stand below; nobody sees it."""
    return Node("root", (), ("",) * len(TITLES))


def plant(state: State, review: Review) -> Node:
    """Return the root of all rows."""
    return _Planter(state, review).root


class _Planter:
    """Makes the rows of one state of things."""

    def __init__(self, state: State, review: Review) -> None:
        self._state, self._review = state, review
        self._paths = Counter(one.path for one in state.placements)
        self.root = root_row()
        cases: dict[str, list[int]] = defaultdict(list)
        for index, one in enumerate(state.placements):
            if one.role:
                cases[one.case].append(index)
        for case in sorted(cases):
            self._add_case(case, cases[case])
        self._add_problems()
        out = [index for index, one in enumerate(state.placements) if one.left_out]
        if out:
            title = f"Left out by hand: {len(out)}"
            section = self.root.add(_section(LEFT_OUT, title, out, "out"))
            for index in out:
                section.add(self._series(index, "series", self._place(index)))

    def _add_case(self, case: str, members: Sequence[int]) -> None:
        outcomes = [self._review.outcomes[index] for index in members]
        status, words = _of_case(outcomes)
        cells = (case, "", "", "", "", words)
        node = self.root.add(Node("case", ("case", case), cells, tuple(members), status, case=case))
        groups: dict[tuple[bool, str], list[int]] = defaultdict(list)
        for index in members:
            one = self._state.placements[index]
            groups[one.role != "reference", one.arm].append(index)
        for (reconstruction, arm), series in sorted(groups.items()):
            node.add(self._arm(case, arm, series, reconstruction=reconstruction))

    def _arm(self, case: str, arm: str, series: Sequence[int], *, reconstruction: bool) -> Node:
        """Return the row of an arm; where it has one series, the row is that series."""
        key = ("arm", case, reconstruction, arm)
        if len(series) == 1:
            node = self._series(series[0], "arm", arm)
            node.key = key
            return node
        statuses = {self._review.outcomes[index].status for index in series}
        worst = next((s for s in ("refused", "waiting", "remark") if s in statuses), "paired")
        node = Node(
            "arm",
            key,
            (arm, "", "", "" if reconstruction else "reference", "", f"{len(series)} series"),
            tuple(series),
            worst if reconstruction else "reference",
            case=case,
            arm=arm,
        )
        for index in series:
            node.add(self._series(index, "series", self._place(index)))
        return node

    def _series(self, index: int, kind: str, name: str) -> Node:
        one, outcome = self._state.placements[index], self._review.outcomes[index]
        rule = outcome.rule
        if one.role == "reference":
            rule = "reference"
        elif outcome.status in ("refused", "waiting"):
            rule = NOT_PAIRED if outcome.status == "refused" else WAITING
        return Node(
            kind,
            ("series", index),
            (
                name,
                str(one.series.grid.slices),
                str(outcome.matched) if outcome.matched else "",
                rule,
                outcome.slices_by,
                outcome.words,
            ),
            (index,),
            outcome.status,
            case=one.case,
            arm=one.arm,
        )

    def _place(self, index: int) -> str:
        """Return where a series lies; with a file's name where another lies there too."""
        one = self._state.placements[index]
        if self._paths[one.path] == 1:
            return one.path
        return f"{one.path}/{one.series.slices[0].path.name}…"

    def _add_problems(self) -> None:
        """Add what is not paired; a reason that several share stands above them."""
        groups: dict[tuple[str, str], list[tuple[Problem, int | None]]] = defaultdict(list)
        for problem, index in self._review.problems:
            groups[problem.what, problem.remedy].append((problem, index))
        if not groups:
            return
        members = (index for _, index in self._review.problems if index is not None)
        title = f"Not paired: {len(self._review.problems)}"
        section = self.root.add(_section(NOT_PAIRED, title, dict.fromkeys(members), "refused"))
        for (what, remedy), found in groups.items():
            above, said = section, (what, remedy)
            if len(found) > 1:
                cells = (_count(found), "", "", "", "", what)
                which = tuple(index for _, index in found if index is not None)
                node = Node("reason", ("reason", what), cells, which, "refused", remedy)
                above, said = section.add(node), ("", "")
            for place, (problem, index) in enumerate(found):
                above.add(self._problem(problem, index, ("problem", what, place), *said))

    def _problem(
        self, problem: Problem, index: int | None, key: tuple[object, ...], what: str, remedy: str
    ) -> Node:
        where = (problem.path or problem.case) if index is None else self._place(index)
        slices = str(problem.slices) if problem.slices else ""
        cells = (where, slices, "", NOT_PAIRED, "", what)
        return Node("problem", key, cells, () if index is None else (index,), "refused", remedy)


def _section(name: str, title: str, members: Iterable[int], status: str) -> Node:
    return Node("section", ("section", name), (title, "", "", "", "", ""), tuple(members), status)


def _of_case(outcomes: Sequence[Outcome]) -> tuple[str, str]:
    """Return the status of a case, and it in words."""
    arms = [one for one in outcomes if one.status != "reference"]
    paired = sum(one.status in ("paired", "remark") for one in arms)
    if any(one.status == "waiting" for one in outcomes):
        return "waiting", WAITING
    if not arms:
        return "refused", "a reference, and nothing to compare with it"
    if len(arms) == len(outcomes):
        return "refused", "no reference"
    if paired == len(arms):
        return "paired", "all paired" if paired > 1 else "paired"
    return "remark" if paired else "refused", f"{paired} of {len(arms)} paired"


def _count(found: Sequence[tuple[Problem, int | None]]) -> str:
    return f"{len(found)} {'series' if all(i is not None for _, i in found) else 'files'}"
