"""A table of scores, a key and the scales: what it says, and everything that is odd in it.

Nothing is mended: what is odd is left out until a person decides on it in the mapping.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.domain.protocol import Criterion, Protocol
from app.domain.score_sheet import (
    Imported,
    KeyEntry,
    Role,
    ScoreMapping,
    Sheet,
    SheetRow,
)
from app.study.score_columns import tells_case
from app.study.score_labels import BUT_FOR, Labels, folded, spellings
from app.study.score_numbers import label_of, plain
from app.study.score_unread import unread
from app.study.score_values import Oddities, Values

COMMENT: Final = "comment"

_LABELS: Final[tuple[Role, ...]] = ("reader", "case", "arm", "opponent", "criterion")


@dataclass(slots=True)
class _Scored:
    """One score on its way into the table."""

    row: SheetRow
    column: str
    criterion: str
    value: float | None
    cells: dict[str, object] = field(default_factory=dict)
    same: tuple[str, ...] = ()


def import_scores(
    sheet: Sheet,
    mapping: ScoreMapping,
    *,
    key: Sequence[KeyEntry] = (),
    protocol: Protocol | None = None,
    protocol_sha256: str = "",
    software: str = "",
    carry: Collection[str] = (),
) -> Imported:
    """Return the rows of ``observations.csv`` that a table of scores holds.

    Parameters
    ----------
    mapping
        Which column holds what, complete and checked.
    key
        What each code stands for; without one, codes are taken as the arms themselves.
    protocol
        Gives the scales, the readers and the named arms; without one no score can lie
        outside its scale.
    carry
        Columns that are taken over as they stand, where the table has them.

    Raises
    ------
    InputError
        A decision in the mapping does not fit the table.
    """
    work = _Import(sheet, mapping, tuple(key), protocol)
    scored = [one for row in sheet.rows for one in work.read(row)]
    kept = work.without_duplicates(scored)
    asked = None if work.ours else protocol  # what a screen of ours showed, the table says
    readers = asked.readers if asked else work.readers.known
    odd = [*work.odd, *unread(key, asked, readers, work.seen, mapping)]
    carried = [name for name in carry if name in sheet.columns]
    rows = [
        {
            **{name: one.row.text(name) for name in carried if name not in ("case", "arm")},
            "protocol_sha256": protocol_sha256 or one.row.text("protocol_sha256"),
            **one.cells,
            "kind": one.row.text("kind") if "kind" in carried else "test",
            "software": "; ".join(
                part for part in (one.row.text("software"), f"imported by {software}") if part
            ),
        }
        for one in kept
    ]
    for row in rows:
        row["kind"] = row["kind"] or "test"
    work.check_corrections()
    return Imported(tuple(rows), tuple(odd), tuple(work.notes()))


class _Import:
    """One pass over a table."""

    def __init__(
        self,
        sheet: Sheet,
        mapping: ScoreMapping,
        key: tuple[KeyEntry, ...],
        protocol: Protocol | None,
    ) -> None:
        self.sheet, self.mapping, self.key, self.protocol = sheet, mapping, key, protocol
        self.odd = Oddities()
        self._tell = self.odd.tell
        self.seen: dict[tuple[str, str], set[str]] = {}
        self._criteria = {one.id: one for one in protocol.criteria} if protocol else {}
        self._values = Values(mapping, protocol, self.odd)
        # A table of ours names simulated readers, training cases and variants of arms too.
        self.ours = {"presentation", "kind"} <= set(sheet.columns)
        readers = protocol.readers if protocol and not self.ours else ()
        self.readers = self._labels("reader", readers)
        cases = [entry.case for entry in key if entry.case]
        told = protocol.cases if protocol and not self.ours else ()
        self.cases = self._labels("case", cases or told)
        self._case_of = {entry.code: entry.case for entry in key} if tells_case(key) else {}
        self._arms = self._labels_of_arms()
        self._used = {found for one in self._all("case") if (found := self.cases.find(one))}
        known = [*self._criteria, COMMENT] if protocol else self._all("criterion")
        self.criteria = self._labels("criterion", known)

    # ---- one row -----------------------------------------------------------------------

    def read(self, row: SheetRow) -> list[_Scored]:
        """Return the scores of one row; what is odd about it is kept apart."""
        reader = self._label(row, "reader", self.readers)
        if reader is None:
            return []
        named = {"reader": reader}
        long = not self.mapping.criteria
        criterion = self._label(row, "criterion", self.criteria) if long else ""
        if criterion is None:
            return []
        code_text = self._text(row, "arm")
        of_screen = long and not code_text and self._is_of_screen(criterion)
        if "case" in self.mapping.columns or "case" in self.mapping.fixed:
            case = self._label(row, "case", self.cases, self._used)
        else:
            case = "" if of_screen else self._case_by_code(row, code_text)
        if case is None:
            return []
        named["case"] = case
        arm = "" if of_screen else self._arm(row, "arm", case)
        if arm is None:
            return []
        opponent = ""
        if self._text(row, "opponent"):
            found = self._arm(row, "opponent", case)
            if found is None:
                return []
            opponent = found
        named |= {"arm": arm, "opponent": opponent}
        if arm:
            self.seen.setdefault((case, arm), set()).add(reader)
        if long:
            value_column = self.mapping.columns.get("value", "")
            return self._scores(row, named, [(value_column, criterion or "")], comment_apart=False)
        return self._scores(row, named, list(self.mapping.criteria.items()), comment_apart=True)

    def _scores(
        self,
        row: SheetRow,
        named: Mapping[str, str],
        columns: list[tuple[str, str]],
        *,
        comment_apart: bool,
    ) -> list[_Scored]:
        comment = self._text(row, COMMENT)
        found = []
        for column, name in columns:
            criterion = self._criteria.get(name)
            told = "" if comment_apart else comment
            if name == COMMENT:
                value: float | None = None
            elif not row.text(column) and self._is_reason(criterion, told):
                value = None
            else:
                value = self._values.read(row, column, name, named["arm"])
                if value is None:
                    continue
            label = "" if value is None else label_of(criterion, value)
            cells: dict[str, object] = {
                **named,
                "criterion": name,
                "value": None if value is None else plain(value),
                "label": label or row.text("label"),
                "comment": told,
            }
            found.append(self._made(row, column, name, value, cells))
        if comment_apart and comment:
            cells = {**named, "criterion": COMMENT, "value": None, "comment": comment}
            found.append(self._made(row, self.mapping.columns[COMMENT], COMMENT, None, cells))
        return found

    def _is_of_screen(self, criterion: str) -> bool:
        """Return whether an answer may be about several images together."""
        known = self._criteria.get(criterion)
        return criterion == COMMENT or (known is not None and known.kind == "question")

    def _is_reason(self, criterion: Criterion | None, comment: str) -> bool:
        """Return whether a comment says why an answer cannot be given."""
        if criterion is None:
            return self.ours and bool(comment)
        return comment in criterion.cannot_judge

    def _made(
        self,
        row: SheetRow,
        column: str,
        criterion: str,
        value: float | None,
        cells: dict[str, object],
    ) -> _Scored:
        of_screen = (row.text("presentation"), row.text("slot"))
        who = (str(cells[name]) for name in ("reader", "case", "arm", "opponent"))
        return _Scored(row, column, criterion, value, cells, (*who, criterion, *of_screen))

    # ---- labels ------------------------------------------------------------------------

    def _label(
        self, row: SheetRow, role: Role, labels: Labels, used: Collection[str] = ()
    ) -> str | None:
        """Return the name that a cell gives; None where it is odd and nobody has decided."""
        label = self._text(row, role)
        column = self.mapping.columns.get(role, role)
        if not label:
            self._tell(row, column, "", "missing", f"no {labels.what} is given")
            return None
        decided = labels.decided(label)
        if decided is None:
            found = labels.find(label)
            if found is not None:
                return found
        near = labels.nearest(label, used)
        decision = f"read as {decided}" if decided is not None else ""
        self._tell(row, column, label, "label", labels.why_not(label), near, decision)
        return decided

    def _arm(self, row: SheetRow, role: Role, case: str) -> str | None:
        label = self._text(row, role)
        column = self.mapping.columns.get(role, role)
        if not label:
            self._tell(row, column, "", "missing", "no code or arm is given")
            return None
        codes, labels = self._arms.get(case) or self._arms.get("") or ({}, None)
        if labels is None:
            labels = Labels("code", (), {})
        decided = labels.decided(label)
        found = decided or labels.find(label)
        if found is not None and decided is None:
            return codes[found]
        of = f" for {case}" if case and case in self._arms else ""
        what = f"the key has no such code{of}" if self.key else labels.why_not(label)
        decision = f"read as {decided}" if decided is not None else ""
        self._tell(row, column, label, "label", what, labels.nearest(label), decision)
        return None if found is None else codes[found]

    def _labels_of_arms(self) -> dict[str, tuple[dict[str, str], Labels]]:
        """Return, for each case and for '' (all of them), what each code stands for."""
        named = list(self.mapping.named_arms)
        doubtful: dict[str, str] = {}
        if self.protocol is not None:
            named += [one.arm for one in self.protocol.declared]
            if not self.key:
                named += [*self.protocol.arms, self.protocol.reference]
        if not self.key and (self.protocol is None or self.ours):
            names, found = spellings([*self._placed("arm"), *self._placed("opponent")])
            doubtful = {label: name for label, name in found.items() if label not in named}
            named += [*names, *doubtful]
        codes: dict[str, dict[str, str]] = {}
        for entry in self.key:
            codes.setdefault(entry.case, {})[entry.code] = entry.arm
        if not self.key:
            codes[""] = {}
        for own in codes.values():
            for arm in named:
                own.setdefault(arm, arm)
        what, decided = "code" if self.key else "arm", self.mapping.labels
        return {case: (own, Labels(what, own, decided, doubtful)) for case, own in codes.items()}

    def _case_by_code(self, row: SheetRow, code: str) -> str | None:
        if code in self._case_of:
            return self._case_of[code]
        column = self.mapping.columns.get("arm", "arm")
        near = Labels("code", self._case_of, {}).nearest(code)
        self._tell(row, column, code, "label", "the key has no such code", near)
        return None

    # ---- the whole table ---------------------------------------------------------------

    def without_duplicates(self, scored: list[_Scored]) -> list[_Scored]:
        """Return the scores without those given twice; where two differ, neither counts."""
        groups: dict[tuple[str, ...], list[_Scored]] = {}
        for one in scored:
            if not one.row.text("amends"):  # a change of mind is no slip
                groups.setdefault(one.same, []).append(one)
        dropped: set[int] = set()
        for group in groups.values():
            if len(group) < 2 or group[0].criterion == COMMENT:
                continue
            agree = len({one.value for one in group}) == 1
            for one in group[1:] if agree else group:
                others = [str(other.row.number) for other in group if other is not one]
                what = f"row {', '.join(others)} scores the same" + (
                    ", alike" if agree else ", otherwise"
                )
                self._tell(one.row, one.column, one.row.text(one.column), "duplicate", what)
                dropped.add(id(one))
        return [one for one in scored if id(one) not in dropped]

    def check_corrections(self) -> None:
        """Refuse a correction of a cell that holds no score."""
        self._values.check_used({one.row for one in self.odd})

    def notes(self) -> list[str]:
        """Return what to know, though it is not odd."""
        notes = list(self.sheet.notes)
        arms = [labels for _, labels in self._arms.values()]
        for what, several in (
            ("reader", [self.readers]),
            ("case", [self.cases]),
            ("code" if self.key else "arm", arms),
            ("criterion", [self.criteria]),
        ):
            folds = dict.fromkeys(fold for labels in several for fold in labels.folds.items())
            pairs = [f"{label} as {name}" for label, name in folds]
            if pairs:
                notes.append(
                    f"the same {BUT_FOR}, so read {what} "
                    f"{', '.join(pairs[:3])}{f' and {len(pairs) - 3} more' if pairs[3:] else ''}"
                )
        for column, count in self._values.in_words.items():
            notes.append(f"{count} scores of '{column}' are given in the words of the scale")
        if self.protocol is None:
            notes.append("no protocol was given, so no score can be outside its scale")
        if not self.key:
            notes.append("no key was given, so the arms are those that the table names")
        elif "presentation" in self.sheet.columns and "case" not in self.mapping.columns:
            notes.append(
                "the table is a blind one, which does not tell hidden repeats, catch trials and "
                "training: all count as test; unblind the study to have them told apart"
            )
        return notes

    def _labels(self, role: Role, known: Collection[str]) -> Labels:
        """Return the names that a column can hold; where none are known, those that it holds."""
        if known:
            return Labels(role, known, self.mapping.labels)
        # a reader may well give a whole case another spelling: often says nothing there
        names, doubtful = spellings(self._placed(role), often=role != "case")
        return Labels(role, names, self.mapping.labels, doubtful)

    def _placed(self, role: Role) -> list[tuple[str, tuple[str, ...]]]:
        """Return each label of a column with its place: the other labels of its row, folded."""
        others = [one for one in _LABELS if one != role]
        return [
            (label, tuple(folded(self._text(row, one)) for one in others))
            for row in self.sheet.rows
            if (label := self._text(row, role))
        ]

    def _all(self, role: Role) -> list[str]:
        return [self._text(row, role) for row in self.sheet.rows if self._text(row, role)]

    def _text(self, row: SheetRow, role: Role) -> str:
        column = self.mapping.columns.get(role, "")
        return row.text(column) if column else self.mapping.fixed.get(role, "").strip()
