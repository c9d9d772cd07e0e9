"""Which way a criterion goes, and its scores turned so that higher is better."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.findings import Best
from app.domain.protocol import Criterion
from app.domain.result import ScoreRow

_TURNED = "scores negated, so that higher is better"


@dataclass(frozen=True, slots=True)
class Quality:
    """The scores of one criterion as quality, higher being better.

    ``name`` says what they are, ``note`` what was done to them.
    """

    name: str
    rows: list[ScoreRow]
    note: str = ""


def best_of(known: Criterion | None) -> Best:
    """Return which values of a criterion's scores are the better ones.

    Of a criterion that is not known higher is better: a table alone does not say.
    """
    if known is None or known.kind == "preference":
        return Best()
    if known.kind == "ranking":
        return Best("lower", value=1, place=True)
    if known.neutral is not None:
        return Best("neither", value=known.neutral)
    return Best(known.better)


def as_quality(criterion: str, rows: Sequence[ScoreRow], best: Best) -> Quality | None:
    """Return the scores of a criterion turned so that higher is better; None where nothing is."""
    if best.place:
        return Quality(f"{criterion}, first is best", _negated(rows), _TURNED)
    if best.value is not None:
        neutral = best.value
        near = [replace(row, value=-abs(row.value - neutral)) for row in rows]
        what = f"scores taken as minus their distance from {neutral}"
        return Quality(f"{criterion}, nearness to {neutral}", near, what)
    if best.better == "lower":
        return Quality(f"{criterion}, lower is better", _negated(rows), _TURNED)
    return Quality(criterion, list(rows)) if best.better == "higher" else None


def _negated(rows: Sequence[ScoreRow]) -> list[ScoreRow]:
    return [replace(row, value=-row.value) for row in rows]
