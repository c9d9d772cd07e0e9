"""What could not be judged: how often, in which arm, and why."""

from collections import Counter
from collections.abc import Sequence

from app.analysis.cells import Cells
from app.analysis.resampling import LEVEL
from app.domain.result import Declined, Estimate, ScoreRow

UNSAID = "no reason given"
ALL_PAIRS = "all pairs"
_WHAT = "share of the answers asked for that could not be given"


def cannot_judge(
    declined: Sequence[Declined], rows: Sequence[ScoreRow], criterion: str
) -> list[Estimate]:
    """Return the share of answers that could not be given, for each arm, then for its reasons.

    A mean is of the images that could be judged. Where an arm cannot be judged more often
    than others, its mean leaves out what may have been its worst.

    Parameters
    ----------
    declined, rows
        What was declined and what was scored, of one criterion.

    Returns
    -------
    list of Estimate
        The groups are ``arm`` for all arms, and ``arm: reason`` where there are some; none
        where everything was judged. ``n`` counts the answers asked for. A comparison that could
        not be made is one of both its arms; where the second is not named, all comparisons are
        counted together.
    """
    if not declined:
        return []
    unnamed = any(row.opponent for row in rows) and not all(one.opponent for one in declined)

    def arms(one: Declined | ScoreRow) -> tuple[str, ...]:
        if unnamed:
            return (ALL_PAIRS,)
        return (one.arm, one.opponent) if one.opponent else (one.arm,)

    given = [(arm, row.reader, row.case) for row in rows for arm in arms(row)]
    refused = [
        (arm, one.reader, one.case, one.reason or UNSAID) for one in declined for arm in arms(one)
    ]
    estimates = []
    for arm in sorted({one[0] for one in (*given, *refused)}):
        reasons = Counter(one[3] for one in refused if one[0] == arm)
        asked = [one[:3] for one in (*given, *refused) if one[0] == arm]
        counts = {arm: reasons.total()} | {
            f"{arm}: {reason}": count for reason, count in sorted(reasons.items())
        }
        estimates += [
            Estimate(
                analysis="missing",
                quantity=f"cannot_judge {criterion}",
                group=group,
                value=count / len(asked),
                low=None,
                high=None,
                level=LEVEL,
                n_cases=len({case for _, _, case in asked}),
                n_readers=len({reader for _, reader, _ in asked}),
                n=len(asked),
                method=_WHAT,
                note=f"{count} of {len(asked)}",
            )
            for group, count in counts.items()
        ]
    return estimates


def unlike_cells(cells: Cells, criterion: str) -> str:
    """Return a warning where the arms were not scored by the same readers on the same cases."""
    seen = cells.seen
    if not cells.columns or (seen == seen[:, :, :1]).all():
        return ""
    every = int(seen.any(2).sum())
    counts = seen.sum((0, 1))
    fewer = ", ".join(
        f"{name} {count}"
        for name, count in zip(cells.columns, counts, strict=True)
        if count < every
    )
    return (
        f"{criterion}: some arms have fewer scores than the {every} pairs of reader and case "
        f"({fewer}), so the means are not of the same. The differences are of what both arms have."
    )
