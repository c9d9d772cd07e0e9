"""``pairs.csv``: what belongs together, what does not, and why."""

from app.domain.pair import Pair, Pairing, Series
from app.images.pairing import path_of

PAIRS_COLUMNS = (
    "case",
    "arm",
    "role",
    "series_uid",
    "path",
    "slices",
    "matched_slices",
    "matched_by",
    "status",
    "problem",
)


def pairs_rows(pairing: Pairing) -> list[dict[str, str]]:
    """Return the rows of ``pairs.csv``: references, their reconstructions, then problems.

    ``status`` is ``reference``, ``paired`` or ``problem``. ``matched_by`` says
    how the series and then how its slices were matched, e.g.
    ``folder+position``. ``problem`` also holds a remark on a pair.
    """
    rows: list[dict[str, str]] = []
    told: set[tuple[str, str, str]] = set()
    for pair in pairing.pairs:
        key = pair.case, pair.reference.uid, path_of(pair.reference)
        if key not in told:
            told.add(key)
            rows.append(_reference_row(pair, pairing.reference_name))
        rows.append(
            _row(pair.case, pair.arm, "reconstruction", pair.reconstruction)
            | {
                "matched_slices": str(len(pair.slices)),
                "matched_by": f"{pair.matched_by}+{pair.slices_by}",
                "status": "paired",
                "problem": pair.note,
            }
        )
    rows += [
        {
            "case": problem.case,
            "arm": problem.arm,
            "role": problem.role,
            "series_uid": problem.series_uid,
            "path": problem.path,
            "slices": str(problem.slices) if problem.slices else "",
            "matched_slices": "",
            "matched_by": "",
            "status": "problem",
            "problem": f"{problem.what} {problem.remedy}".strip(),
        }
        for problem in pairing.problems
    ]
    return rows


def _reference_row(pair: Pair, name: str) -> dict[str, str]:
    return _row(pair.case, name, "reference", pair.reference) | {"status": "reference"}


def _row(case: str, arm: str, role: str, series: Series) -> dict[str, str]:
    return {
        "case": case,
        "arm": arm,
        "role": role,
        "series_uid": series.uid,
        "path": path_of(series),
        "slices": str(series.grid.slices),
        "matched_slices": "",
        "matched_by": "",
        "status": "",
        "problem": "",
    }
