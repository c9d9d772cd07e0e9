"""What a cell of a table of scores is worth: its number, held against the scale."""

from collections import Counter
from collections.abc import Collection

from app.domain.protocol import Criterion, Protocol
from app.domain.score_sheet import Correction, Oddity, OddityKind, ScoreMapping, SheetRow
from app.errors import InputError
from app.study.score_labels import Labels
from app.study.score_numbers import in_words, number_in, number_meant, on_scale, plain, told_scale


class Oddities(list[Oddity]):
    """What is odd in a table of scores, in the order in which it was found."""

    def tell(
        self,
        row: SheetRow,
        column: str,
        value: str,
        kind: OddityKind,
        what: str,
        nearest: str = "",
        decision: str = "",
    ) -> None:
        """Keep what is odd in a cell."""
        self.append(Oddity("scores", row.number, column, value, kind, what, nearest, decision))


class Values:
    """The numbers of one table.

    ``in_words`` counts, by column, the scores given in the words of the scale.
    """

    def __init__(self, mapping: ScoreMapping, protocol: Protocol | None, odd: Oddities) -> None:
        self.mapping, self.protocol, self._tell = mapping, protocol, odd.tell
        self.in_words: Counter[str] = Counter()
        self._criteria = {one.id: one for one in protocol.criteria} if protocol else {}
        self._corrections = {(one.row, one.column): one for one in mapping.corrections}
        self._corrected: set[tuple[int, str]] = set()

    def read(self, row: SheetRow, column: str, name: str, arm: str) -> float | None:
        """Return the score in a cell; None where it is odd and nobody has decided."""
        text = row.text(column)
        correction = self._correction(row, column, text)
        criterion = self._criteria.get(name)
        value, kind, what, near = self._number(row, column, text, criterion)
        if not kind and value is not None:
            kind, what, near = self._fault(criterion, value, arm)
        if correction is not None:
            return self._corrected_value(row, column, text, correction, criterion, kind, what, near)
        if not kind:
            return value
        accepted = kind == "text" and "text" in self.mapping.accept and value is not None
        if accepted and value is not None:
            self._tell(row, column, text, kind, what, near, f"taken as {plain(value)}")
            kind, what, near = self._fault(criterion, value, arm)
            if not kind:
                return value
        self._tell(row, column, text, kind, what, near)
        return None

    def _number(
        self, row: SheetRow, column: str, text: str, criterion: Criterion | None
    ) -> tuple[float | None, OddityKind | None, str, str]:
        """Return the number in a cell, and what is odd about it with the nearest."""
        if not text:
            return None, "missing", "no score is given", ""
        number = number_in(text)
        if number is not None and column not in row.as_text:
            return number, None, "", ""
        if number is not None:
            return number, "text", "a number stored as text", f"{plain(number)}"
        words = in_words(criterion, text) if criterion else None
        if words is not None:
            self.in_words[column] += 1
            return float(words), None, "", ""
        meant = number_meant(text)
        if meant is not None:
            return meant, "text", "a number that is not written as one", f"{plain(meant)}"
        near = ""
        if criterion and criterion.choices:
            near = Labels("answer", [one.label for one in criterion.choices], {}).nearest(text)
        return None, "not a number", "this is no score", near

    def _fault(
        self, criterion: Criterion | None, value: float, arm: str
    ) -> tuple[OddityKind | None, str, str]:
        """Return what a scale has against a number."""
        if criterion is None or self.protocol is None:
            return None, "", ""
        places = self.protocol.slots
        if not on_scale(criterion, value, places):
            scale = told_scale(criterion, places)
            return (
                "outside its scale",
                f"{criterion.id} goes from {scale}"
                if (" to " in scale)
                else f"{criterion.id} is {scale}",
                "",
            )
        labels = {one.arm: one.label for one in self.protocol.declared}
        for anchor in criterion.anchors:
            if labels.get(arm) == anchor.label and value != anchor.value:
                what = f"{anchor.label} is fixed at {anchor.value} on {criterion.id}"
                return "anchor", what, str(anchor.value)
        return None, "", ""

    def _correction(self, row: SheetRow, column: str, text: str) -> Correction | None:
        found = self._corrections.get((row.number, column))
        if found is None:
            return None
        self._corrected.add((row.number, column))
        if found.was.strip() != text:
            raise InputError(
                f"The mapping corrects row {row.number}, column '{column}', where it says "
                f"'{found.was}'; the table has '{text}' there.",
                remedy="Look at the row again; the table may have been sorted or edited.",
            )
        return found

    def _corrected_value(
        self,
        row: SheetRow,
        column: str,
        text: str,
        correction: Correction,
        criterion: Criterion | None,
        kind: OddityKind | None,
        what: str,
        near: str,
    ) -> float | None:
        value = correction.value
        if value is not None and criterion and self.protocol:
            places = self.protocol.slots
            if not on_scale(criterion, value, places):
                raise InputError(
                    f"The mapping corrects row {row.number}, column '{column}', to "
                    f"{plain(value)}; {criterion.id} is {told_scale(criterion, places)}.",
                    remedy="Give a value of the scale, or none to leave the score out.",
                )
        done = "left out" if value is None else f"taken as {plain(value)}"
        reason = f": {correction.reason}" if correction.reason else ""
        said = what or "a person corrected it"
        self._tell(row, column, text, kind or "text", said, near, f"{done}{reason}")
        return value

    def check_used(self, odd_rows: Collection[int]) -> None:
        """Refuse a correction of a cell that holds no score.

        Parameters
        ----------
        odd_rows
            Rows that are left out for another reason.

        Raises
        ------
        InputError
            Names the correction.
        """
        for one in self.mapping.corrections:
            read = (one.row, one.column) in self._corrected
            if not read and one.row not in odd_rows:
                raise InputError(
                    f"The mapping corrects row {one.row}, column '{one.column}', "
                    "where there is no score.",
                    remedy="Look at the row again; the table may have been sorted or edited.",
                )
