"""A place on a blinded image that a reader points at."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.domain.protocol import MarkShape

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ReaderMark:
    """A point, box or outline on one slice.

    Parameters
    ----------
    slice
        From 1.
    places
        (row, column) in parts of pixels from the upper left corner: one for a point, two
        opposite corners for a box, three or more for an outline.
    places_mm
        The same in millimetres from that corner (down, across); empty where the image has
        no pixel spacing.
    confidence
        A value of the criterion's scale, or None where it has none.
    """

    type: str
    shape: MarkShape
    slice: int
    places: tuple[Place, ...]
    confidence: int | None = None
    places_mm: tuple[Place, ...] = ()
    note: str = ""


def marks_to_json(marks: Sequence[ReaderMark]) -> str:
    """Return marks as one line of JSON, as ``responses.csv`` has it."""
    return json.dumps([asdict(mark) for mark in marks], separators=(",", ":"))


def marks_from_json(text: str) -> tuple[ReaderMark, ...]:
    """Return the marks of a line of JSON.

    Raises
    ------
    ValueError, TypeError, KeyError
        The text holds no marks.
    """
    return tuple(
        ReaderMark(
            **{
                **data,
                "places": _places(data["places"]),
                "places_mm": _places(data.get("places_mm", ())),
            }
        )
        for data in json.loads(text)
    )


def _places(data: Sequence[Sequence[float]]) -> tuple[Place, ...]:
    return tuple((float(down), float(across)) for down, across in data)
