"""What the dialog for importing scores shows and allows; QtCore only."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from PySide6.QtCore import QObject, Signal

from app.domain.score_sheet import (
    ROLES,
    Accepted,
    Correction,
    Imported,
    Oddity,
    Role,
    ScoreMapping,
    Sheet,
)
from app.errors import BlindReadError
from app.ui.jobs import LatestJob, Workflow, one_step

if TYPE_CHECKING:
    from app.workflows.import_scores import Opened

What = Literal["scores", "key", "protocol", "mapping"]
SCORE = "score of "
"""How the meaning of a column begins that holds the scores of one criterion."""

KEY_PARTS = ("case", "code", "arm")
_WORDS = {"arm": "code or arm", "value": "score", "opponent": "opponent (code or arm)"}


@dataclass(frozen=True, slots=True)
class Line:
    """Oddities that differ only in their row."""

    oddity: Oddity
    rows: str


@dataclass(frozen=True, slots=True)
class _Looked:
    opened: "Opened"
    imported: Imported | None
    lines: tuple[Line, ...] = ()
    fault: BlindReadError | None = None
    missing: tuple[str, ...] = ()


class ImportScoresModel(QObject):
    """Reads tables of scores, lets columns and oddities be decided on, and writes them.

    Signals
    -------
    changed()
        Other tables, another mapping or other oddities.
    failed(BlindReadError)
        What happened and what to do.
    written(Written)
        The observations are on the disk.
    """

    changed = Signal()
    failed = Signal(object)
    written = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.paths: dict[What, Path] = {}
        self._opened: Opened | None = None
        self._imported: Imported | None = None
        self.lines: tuple[Line, ...] = ()
        self.missing: tuple[str, ...] = ()  # what no column says yet
        self._before: ScoreMapping | None = None
        self._job = LatestJob(self)
        self._job.ready.connect(self._take)
        self._job.failed.connect(self._fail)

    # ---- what there is -----------------------------------------------------------------

    @property
    def sheet(self) -> Sheet | None:
        """The table of scores."""
        return self._opened.sheet if self._opened else None

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The headings of the key; empty without one."""
        return self._opened.key.columns if self._opened and self._opened.key else ()

    @property
    def mapping(self) -> ScoreMapping:
        """How the table is read."""
        return self._opened.mapping if self._opened else ScoreMapping()

    @property
    def imported(self) -> Imported | None:
        """What would be written now; None where a column is not told."""
        return self._imported

    @property
    def can_save(self) -> bool:
        """Whether there are scores to write."""
        return self._imported is not None and bool(self._imported.rows)

    @property
    def busy(self) -> bool:
        """Whether something is being read or written."""
        return self._job.busy

    def meanings(self, column: str) -> tuple[tuple[str, str], ...]:
        """Return what a column can hold, each with its words."""
        roles = [(role, _WORDS.get(role, role)) for role in ROLES]
        design = self._opened.protocol if self._opened else None
        names = [one.id for one in design.criteria] if design else [column]
        scores = [(f"{SCORE}{name}", f"{SCORE}{name}") for name in names]
        return (("", "not used"), *roles, *scores)

    def meaning(self, column: str) -> str:
        """Return what a column holds."""
        if column in self.mapping.criteria:
            return f"{SCORE}{self.mapping.criteria[column]}"
        return next((role for role, name in self.mapping.columns.items() if name == column), "")

    # ---- what can be done --------------------------------------------------------------

    def choose(self, what: What, path: Path | None) -> None:
        """Read another file; None takes it away."""
        if path is None:
            self.paths.pop(what, None)
        else:
            self.paths[what] = path
        if what != "mapping":  # what was decided was decided for another table
            self.paths.pop("mapping", None)
        self._read()

    def mean(self, column: str, meaning: str) -> None:
        """Say what a column holds; no two columns hold the same."""
        mapping = self.mapping
        columns = {r: name for r, name in mapping.columns.items() if r != meaning}
        columns = {role: name for role, name in columns.items() if name != column}
        name = meaning.removeprefix(SCORE) if meaning.startswith(SCORE) else ""
        criteria = {c: n for c, n in mapping.criteria.items() if c != column and n != name}
        if name:
            criteria[column] = name
            columns.pop("value", None)
            columns.pop("criterion", None)
        elif meaning in ("value", "criterion"):
            criteria = {}
        if meaning and not name:
            columns[cast("Role", meaning)] = column
        self._change(replace(mapping, columns=columns, criteria=criteria))

    def mean_key(self, part: str, column: str) -> None:
        """Say which column of the key holds the case, the code or the arm."""
        key = {p: name for p, name in self.mapping.key.items() if p != part and name != column}
        if column:
            key[part] = column
        self._change(replace(self.mapping, key=key))

    def accept(self, what: Accepted, wanted: bool) -> None:
        """Take numbers that are written as text, or know that scores are missing."""
        kept = tuple(one for one in self.mapping.accept if one != what)
        self._change(replace(self.mapping, accept=(*kept, what) if wanted else kept))

    def can_decide(self, oddity: Oddity) -> bool:
        """Return whether a person can say what an oddity means."""
        if oddity.table != "scores" or oddity.kind == "duplicate":
            return False
        return oddity.kind == "label" or self._holds_scores(oddity.column)

    def decide_label(self, label: str, meant: str) -> None:
        """Say what a label stands for; empty takes the decision back."""
        self._before = self.mapping
        labels = {name: own for name, own in self.mapping.labels.items() if name != label}
        if meant:
            labels[label] = meant
        self._change(replace(self.mapping, labels=labels))

    def decide_score(self, oddity: Oddity, value: float | None, reason: str) -> None:
        """Say what a score is; None leaves it out for good."""
        self._before = self.mapping
        made = Correction(oddity.row, oddity.column, oddity.value, value, reason)
        self._change(replace(self.mapping, corrections=(*self._other_corrections(oddity), made)))

    def take_back(self, oddity: Oddity) -> None:
        """Take the decision on an oddity back."""
        if oddity.kind == "label":
            self.decide_label(oddity.value, "")
        else:
            others = self._other_corrections(oddity)
            if len(others) == len(self.mapping.corrections):  # it counts as all like it do
                self.accept("text", False)
            else:
                self._change(replace(self.mapping, corrections=others))

    def save(self, output: Path) -> None:
        """Write the observations, the oddities and the mapping; ``written`` follows."""
        opened = self._opened
        if opened is None:
            return

        def work() -> Workflow:
            from app.workflows.import_scores import import_scores

            return import_scores(opened, output)

        self._job.request("written", work)

    def drop(self) -> None:
        """Give up what is under way and wait for nobody; for when the dialog closes."""
        self._job.drop()

    # ---- inside ------------------------------------------------------------------------

    def _holds_scores(self, column: str) -> bool:
        return column in (*self.mapping.criteria, self.mapping.columns.get("value", ""))

    def _other_corrections(self, oddity: Oddity) -> tuple[Correction, ...]:
        cell = (oddity.row, oddity.column)
        return tuple(one for one in self.mapping.corrections if (one.row, one.column) != cell)

    def _read(self) -> None:
        paths = dict(self.paths)
        if "scores" not in paths:
            self._opened, self._imported, self.lines, self.missing = None, None, (), ()
            self.changed.emit()
            return

        def read() -> _Looked:
            from app.workflows.import_scores import open_scores

            return _look(
                open_scores(
                    paths["scores"],
                    key=paths.get("key"),
                    protocol=paths.get("protocol"),
                    mapping=paths.get("mapping"),
                )
            )

        self._request(read)

    def _change(self, mapping: ScoreMapping) -> None:
        if self._opened is None or mapping == self.mapping:
            return
        opened = self._opened = replace(self._opened, mapping=mapping)
        self._request(lambda: _look(opened))

    def _request(self, function: Callable[[], _Looked]) -> None:
        self._job.request("looked", one_step(function))
        self.changed.emit()

    def _take(self, key: object, result: Any) -> None:
        if key == "written":
            self.written.emit(result)
            return
        before, self._before = self._before, None
        if result.fault is not None:
            self.failed.emit(result.fault)
            if before is not None:  # a decision that does not fit is as if not made
                self._opened = replace(result.opened, mapping=before)
                self.changed.emit()
                return
        self._opened, self._imported = result.opened, result.imported
        self.lines, self.missing = result.lines, result.missing
        self.changed.emit()

    def _fail(self, error: BlindReadError) -> None:
        self.failed.emit(error)
        self.changed.emit()


def _look(opened: "Opened") -> _Looked:
    """Return what the tables hold as they are read now."""
    from app.workflows.import_scores import grouped, take_scores

    try:
        missing = opened.missing
        if missing:
            return _Looked(opened, None, missing=missing)
        imported = take_scores(opened)
    except BlindReadError as error:
        return _Looked(opened, None, fault=error)
    lines = tuple(Line(one, rows) for one, rows in grouped(imported.oddities))
    return _Looked(opened, imported, lines)
