"""The choices of a criterion as one line of text that a person can edit."""

import re
from collections.abc import Sequence

from app.domain.protocol import Choice
from app.errors import ProtocolError

_ONE = re.compile(r"([+-]?\d{1,6})\s+(\S.*)|([+-]?\d{1,6})")


def choices_to_text(choices: Sequence[Choice]) -> str:
    r"""Return choices as text: value and words, with semicolons between.

    >>> choices_to_text([Choice(1, "Bad"), Choice(2, "Good")])
    '1 Bad; 2 Good'
    """
    return "; ".join(f"{one.value} {one.label.replace(';', ',')}".strip() for one in choices)


def choices_from_text(text: str) -> tuple[Choice, ...]:
    """Return the choices of a text; a number without words is its own label.

    Raises
    ------
    ProtocolError
        A part does not begin with a whole number.
    """
    found = []
    for part in (part.strip() for part in text.split(";")):
        if not part:
            continue
        match = _ONE.fullmatch(part)
        if match is None:
            raise ProtocolError(
                f"'{part}' is no choice: it does not begin with a whole number.",
                remedy="Write value and words with semicolons between, e.g. 1 Bad; 2 Fair; 3 Good.",
            )
        value = int(match[1] or match[3])
        found.append(Choice(value, (match[2] or str(value)).strip()))
    return tuple(found)
