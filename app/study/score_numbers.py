"""Numbers as people write them in a table, and whether a criterion's scale has them."""

import re
import unicodedata

from app.domain.protocol import Criterion

_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_MINUS = str.maketrans({"−": "-", "–": "-", ",": ".", "'": "", "’": ""})


def number_in(text: str) -> float | None:
    """Return a text as a number; None where it is not written as one."""
    return float(text) if _NUMBER.fullmatch(text) else None


def number_meant(text: str) -> float | None:
    """Return the number that a text may mean: with a comma, in quotes, in other digits; or None.

    >>> number_meant("3,5")
    3.5
    """
    plain = unicodedata.normalize("NFKC", text).translate(_MINUS)
    return number_in("".join(plain.split()))


def in_words(criterion: Criterion, text: str) -> int | None:
    """Return the value whose words on the scale a text is; None for none."""
    same = [one.value for one in criterion.choices if one.label.casefold() == text.casefold()]
    return same[0] if len(same) == 1 else None


def told_scale(criterion: Criterion, places: int) -> str:
    """Return the values that an answer may have, in words.

    Parameters
    ----------
    places
        How many images are ranked together.
    """
    values = sorted(choice.value for choice in criterion.choices)
    if criterion.kind == "ranking":
        return f"1 to {places}"
    if criterion.kind == "marks":
        return "a number of marks"
    if criterion.kind == "slider" or values == list(range(values[0], values[-1] + 1)):
        return f"{values[0]} to {values[-1]}"
    return ", ".join(map(str, values))


def on_scale(criterion: Criterion, value: float, places: int) -> bool:
    """Return whether a scale has a value."""
    if not value.is_integer():
        return False
    if criterion.kind == "ranking":
        return 1 <= value <= places
    if criterion.kind == "marks":
        return value >= 0
    values = [choice.value for choice in criterion.choices]
    if criterion.kind == "slider":
        return min(values) <= value <= max(values)
    return value in values


def plain(value: float) -> int | float:
    """Return a number without a decimal point where it is whole."""
    return int(value) if value.is_integer() else value


def label_of(criterion: Criterion | None, value: float) -> str:
    """Return the words of the scale for a value; empty where it has none."""
    if criterion is None or not any(one.value == value for one in criterion.choices):
        return ""
    return criterion.label_of(int(value))
