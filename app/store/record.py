"""What the record of a study says: who reads it, what it holds, whether it is unblinded.

A file that lies in the folder counts only as far as the record knows of it.
"""

from collections.abc import Iterable

from app.store.ledger import UNBLINDED, LedgerEvent

LOCKED, SIMULATED = "locked", "simulated"
READER_ADDED, CASES_ADDED, ROUND_ADDED = AMENDED = ("reader added", "cases added", "round added")
"""Events that record what a locked study holds from then on: numbers, no case and no arm."""


class Record:
    """The audit trail of one study, asked for what it means."""

    def __init__(self, events: Iterable[LedgerEvent]) -> None:
        self.events = tuple(events)

    @property
    def lock(self) -> LedgerEvent | None:
        """The first record, by which locking began it; None where another one stands there."""
        first = self.events[0] if self.events else None
        return first if first and (first.seq, first.what) == (1, LOCKED) else None

    @property
    def marks(self) -> dict[str, object]:
        """The readers and fingerprints of what the study holds now.

        Locking records them; each amendment, a recorded act, records them anew.
        """
        marks = dict(self.lock.details) if self.lock else {}
        for event in self.events:
            if event.what in AMENDED:
                marks.update(event.details)
        return marks

    @property
    def readers(self) -> tuple[str, ...] | None:
        """The people who read; None where the record is older than that it named them."""
        if self.lock is None:
            return ()
        readers = self.marks.get("readers")
        return tuple(map(str, readers)) if isinstance(readers, list) else None

    @property
    def simulated(self) -> frozenset[str]:
        """The simulated readers of a dry run."""
        return frozenset(event.reader for event in self.events if event.what == SIMULATED)

    @property
    def unblinding(self) -> LedgerEvent | None:
        """The unblinding: answers end with it."""
        return next((event for event in self.events if event.what == UNBLINDED), None)
