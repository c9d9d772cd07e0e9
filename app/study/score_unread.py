"""What a key or a protocol asks for and no row of a table of scores is about."""

from collections.abc import Collection, Mapping, Sequence

from app.domain.protocol import Protocol
from app.domain.score_sheet import KeyEntry, Oddity, ScoreMapping

Cell = tuple[str, str]


def unread(
    key: Sequence[KeyEntry],
    protocol: Protocol | None,
    readers: Sequence[str],
    seen: Mapping[Cell, Collection[str]],
    mapping: ScoreMapping,
) -> list[Oddity]:
    """Return what has no score: whole cases first, then whole arms, then single images.

    Parameters
    ----------
    seen
        Which readers have a row for each case and arm.
    """
    cells = _expected(key, protocol, {case for case, _ in seen})
    by_case: dict[str, list[Cell]] = {}
    by_arm: dict[str, list[Cell]] = {}
    for cell in cells:
        by_case.setdefault(cell[0], []).append(cell)
        by_arm.setdefault(cell[1], []).append(cell)
    told: set[Cell] = set()
    found: list[tuple[int, str, str]] = []
    for what, groups in (("case", by_case), ("arm", by_arm)):
        for name, own in groups.items():
            if name and len(own) > 1 and not any(seen.get(cell) for cell in own):
                told.update(own)
                found.append((cells[own[0]], name, f"no row scores this {what}"))
    for cell, row in cells.items():
        missing = [reader for reader in readers if reader not in seen.get(cell, ())]
        if cell in told or not missing:
            continue
        of = f" of {cell[0]}" if cell[0] else ""
        who = "anybody" if len(missing) == len(readers) else ", ".join(missing)
        found.append((row, cell[1], f"no row scores this arm{of} by {who}"))
    decision = "known to be so" if "unread" in mapping.accept else ""
    return [
        Oddity("key", row, "", name, "unread", what, decision=decision) for row, name, what in found
    ]


def _expected(
    key: Sequence[KeyEntry], protocol: Protocol | None, cases: Collection[str]
) -> dict[Cell, int]:
    """Return the images that are to be scored, and the row of the key that asks for each."""
    if key:
        with_cases = [(entry, entry.case) for entry in key if entry.case]
        every = [(entry, case) for entry in key if not entry.case for case in sorted(cases)]
        return {(case, entry.arm): entry.row for entry, case in (*with_cases, *every)}
    if protocol is not None:
        hidden = (protocol.reference,) if protocol.reference_as_arm else ()
        return {(case, arm): 0 for case in protocol.cases for arm in (*protocol.arms, *hidden)}
    return {}
