"""Matching the labels of a hand-filled table with the names that exist."""

import re
import unicodedata
from collections.abc import Container, Hashable, Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from app.errors import InputError

LIKE_ENOUGH = 0.6
"""Labels less alike than that are not worth a guess."""

OFTEN = 3
"""Slips are rarer: a label given so many times may be a name of its own."""

BUT_FOR = "but for capitals, spaces, - and _, and leading zeros"
"""What two labels of one name may differ in, in words."""

_PARTS = re.compile(r"(?<!\S)-?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s-]")
"""Numbers with their sign and decimals, words, and every sign but the separators - and _."""

_WORDS = re.compile(r"\d+|[^\W\d_]+")


@lru_cache(maxsize=4096)
def folded(label: str) -> str:
    """Return a label without capitals, spaces, the separators - and _, and leading zeros.

    >>> folded("Set_01") == folded("set1")
    True
    >>> folded("UNet++") == folded("UNet") or folded("dose 0.5") == folded("dose 0.05")
    False
    """
    return _joined(_PARTS, label) or label


def words_of(heading: str) -> str:
    """Return the words and numbers of a heading alone, to guess what its column holds."""
    return _joined(_WORDS, heading)


def _joined(parts: re.Pattern[str], label: str) -> str:
    found = parts.findall(unicodedata.normalize("NFKC", label).casefold())
    return " ".join(str(int(part)) if part.isdecimal() else part for part in found)


def spellings(
    found: Iterable[tuple[str, Hashable]], *, often: bool = True
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the names that the labels of a column are, and the labels that are in doubt.

    Of labels that are the same when folded the most common is the name. Another is in
    doubt, rather than a spelling of it, where it stands in a place of the name's too.

    Parameters
    ----------
    found
        Each label with its place: the other labels of its row.
    often
        Whether a label is in doubt too where it is given at least half as often as the name.

    Returns
    -------
    tuple
        The names, and for each label in doubt the name that it may be.
    """
    groups: dict[str, dict[str, list[Hashable]]] = {}
    for label, place in found:
        groups.setdefault(folded(label), {}).setdefault(label, []).append(place)
    names, doubtful = [], {}
    for places in groups.values():
        name, *others = sorted(places, key=lambda label: -len(places[label]))
        names.append(name)
        for label in others:
            count = len(places[label])
            common = often and count >= OFTEN and 2 * count >= len(places[name])
            if common or not set(places[label]).isdisjoint(places[name]):
                doubtful[label] = name
    return tuple(names), doubtful


class Labels:
    """The names that a column can hold.

    Parameters
    ----------
    decided
        What a person decided that a label stands for: a name, or its number alone.
    doubtful
        Labels that may be a spelling of a name or a name of their own, with that name;
        they are neither until a person decides.
    """

    def __init__(
        self,
        what: str,
        known: Iterable[str],
        decided: Mapping[str, str],
        doubtful: Mapping[str, str] | None = None,
    ) -> None:
        self.what = what
        self.known = tuple(dict.fromkeys(known))
        self.folds: dict[str, str] = {}
        self._doubtful = dict(doubtful or {})
        self._exact = {*self.known, *self._doubtful}
        self._nearest: dict[str, str] = {}
        self._decided = decided
        self._folded: dict[str, list[str]] = {}
        for name in dict.fromkeys((*self.known, *self._doubtful)):
            self._folded.setdefault(folded(name), []).append(name)

    def find(self, label: str) -> str | None:
        """Return the name that a label is, exactly or when both are folded; None for none."""
        if label in self._doubtful:
            return None
        if label in self._exact:
            return label
        same = self._folded.get(folded(label), [])
        if len(same) == 1:
            self.folds[label] = same[0]
            return same[0]
        return None

    def why_not(self, label: str) -> str:
        """Return why a label is no name, for a sentence."""
        if label in self._doubtful:
            name = self._doubtful[label]
            return f"'{name}' {BUT_FOR}, yet given too often, or beside it, to be a slip"
        return f"no {self.what} has this name"

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
        if label in self._doubtful:
            return self._doubtful[label]
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
