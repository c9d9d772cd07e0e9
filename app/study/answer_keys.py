"""Which key of the keyboard gives which answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.presentation import SLOTS
from app.domain.protocol import Criterion
from app.errors import ProtocolError

ROWS = ("1234567890", "qwertyuiop", "asdfghjkl;", "zxcvbnm,./")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one key says: the criterion, the slot judged and the value."""

    criterion: str
    slot: str
    value: int


def answer_keys(criteria: Sequence[Criterion], slots: int = 2) -> dict[str, Answer]:
    """Return every answer key of a screen, in lower case.

    A preference takes the keys of its choices. A rating takes them for slot A,
    and for each further slot the keys one row lower on the keyboard: ``q w e r
    t`` rates A, ``a s d f g`` rates B.

    Raises
    ------
    ProtocolError
        Two answers share a key, or a rating has no row of keys left for a slot.
    """
    keys: dict[str, Answer] = {}
    for criterion in criteria:
        judged = range(slots) if criterion.kind == "rating" else range(1)
        for index in judged:
            for choice in criterion.choices:
                key = _lower_key(criterion, choice.key.lower(), index)
                if key in keys:
                    raise ProtocolError(
                        f"The key '{key}' gives two answers: {keys[key].criterion} of "
                        f"{keys[key].slot} and {criterion.id} of {SLOTS[index]}.",
                        remedy="Give every choice a key of its own in protocol.yaml.",
                    )
                keys[key] = Answer(criterion.id, SLOTS[index], choice.value)
    return keys


def _lower_key(criterion: Criterion, key: str, rows: int) -> str:
    """Return the key that lies some rows below on the keyboard."""
    if rows == 0 and len(key) == 1:
        return key
    for number, row in enumerate(ROWS):
        if len(key) == 1 and key in row and number + rows < len(ROWS):
            return ROWS[number + rows][row.index(key)]
    raise ProtocolError(
        f"The key '{key}' of criterion {criterion.id} cannot serve slot {SLOTS[rows]}.",
        remedy="Use one letter or digit; for ratings one from the rows 1-0 or q-p.",
    )
