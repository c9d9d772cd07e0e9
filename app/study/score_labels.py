"""Matching the labels of a hand-filled table with the names that exist."""

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from difflib import SequenceMatcher

from app.errors import InputError

LIKE_ENOUGH = 0.6
"""Labels less alike than that are not worth a guess."""

_PARTS = re.compile(r"\d+|[^\W\d_]+")


def folded(label: str) -> str:
    """Return a label without capitals, spaces, signs and leading zeros.

    >>> folded("Set 01") == folded("set1")
    True
    """
    parts = _PARTS.findall(unicodedata.normalize("NFKC", label).casefold())
    return " ".join(str(int(part)) if part.isdecimal() else part for part in parts)


def most_common_spellings(labels: Iterable[str]) -> tuple[str, ...]:
    """Return each label that occurs, of those that are the same when folded the most common."""
    groups: dict[str, Counter[str]] = {}
    for label in labels:
        if label:
            groups.setdefault(folded(label) or label, Counter())[label] += 1
    return tuple(spellings.most_common(1)[0][0] for spellings in groups.values())


class Labels:
    """The names that a column can hold.

    Parameters
    ----------
    decided
        What a person decided that a label stands for: a name, or its number alone.
    """

    def __init__(self, what: str, known: Iterable[str], decided: Mapping[str, str]) -> None:
        self.what = what
        self.known = tuple(dict.fromkeys(known))
        self.folds: dict[str, str] = {}
        self._exact = set(self.known)
        self._nearest: dict[str, str] = {}
        self._decided = decided
        self._folded: dict[str, list[str]] = {}
        for name in self.known:
            self._folded.setdefault(folded(name), []).append(name)

    def find(self, label: str) -> str | None:
        """Return the name that a label is, exactly or when both are folded; None for none."""
        if label in self._exact:
            return label
        same = self._folded.get(folded(label), [])
        if len(same) == 1:
            self.folds[label] = same[0]
            return same[0]
        return None

    def decided(self, label: str) -> str | None:
        """Return the name that a person has put in the place of a label; None for none.

        Raises
        ------
        InputError
            What was decided is no name either.
        """
        meant = self._decided.get(label)
        if meant is None:
            return None
        same = [meant] if meant in self._exact else self._folded.get(folded(meant), [])
        if not same and meant.isdecimal():
            same = [name for name in self.known if re.findall(r"\d+", name)[-1:] == [meant]]
            same = same or [
                name
                for name in self.known
                if [int(number) for number in re.findall(r"\d+", name)[-1:]] == [int(meant)]
            ]
        if len(same) != 1:
            near = self.nearest(meant)
            raise InputError(
                f"The mapping reads '{label}' as '{meant}', which is no {self.what}.",
                remedy=f"Did you mean '{near}'?" if near else f"There is: {self.some()}.",
            )
        return same[0]

    def nearest(self, label: str, used: Container[str] = ()) -> str:
        """Return the name that is most like a label, of equals one that is not used; or ''."""
        if label not in self._nearest:  # one slip often stands in many rows
            self._nearest[label] = self._most_like(label, used)
        return self._nearest[label]

    def _most_like(self, label: str, used: Container[str]) -> str:
        matcher = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(folded(label))
        best, most = "", (LIKE_ENOUGH, False)
        for folds, names in self._folded.items():
            matcher.set_seq1(folds)
            if matcher.real_quick_ratio() < most[0] or matcher.quick_ratio() < most[0]:
                continue
            ratio = matcher.ratio()
            for name in names:
                if (ratio, name not in used) > most:
                    best, most = name, (ratio, name not in used)
        return best

    def some(self) -> str:
        """Return the first names, for a sentence."""
        more = f" and {len(self.known) - 6} more" if len(self.known) > 6 else ""
        return ", ".join(self.known[:6]) + more
