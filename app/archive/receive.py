"""Taking what an archive sends with C-STORE: checked, kept, then confirmed."""

import threading
from collections.abc import Callable, Collection
from typing import Any

from app.archive.base import Keep, nonsense
from app.archive.instance import check_instance, hush
from app.archive.watch import Watch
from app.domain.archived import ArchivedSeries

SUCCESS, REFUSED = 0x0000, 0xA900


class Receiver:
    """The handler of C-STORE for the instances of one series.

    An instance is confirmed once ``keep`` has it on disk. The first failure is
    remembered in ``failure``, and ``cut`` ends the connection: an archive that
    sends what nobody asked for is not listened to any further.
    """

    def __init__(
        self,
        name: str,
        series: ArchivedSeries,
        wanted: Collection[str],
        keep: Keep,
        watch: Watch,
        cut: Callable[[], None],
    ) -> None:
        self._name, self._series, self._keep = name, series, keep
        self._watch, self._cut = watch, cut
        self._wanted = frozenset(wanted)
        self._changed = threading.Condition()
        self.kept: set[str] = set()
        self.failure: Exception | None = None

    def __call__(self, event: Any) -> int:
        """Take one instance and return the status for the archive."""
        hush()
        with self._changed:
            if self.failure is None:
                try:
                    self._take(event)
                except Exception as error:  # told by whoever started the transfer
                    self.failure = error
                self._watch.complete()
                self._changed.notify_all()
            if self.failure is None:
                return SUCCESS
        self._cut()
        return REFUSED

    def wait_for(self, count: int, seconds: float) -> None:
        """Wait until ``count`` instances are kept, a failure, or the time is over."""
        with self._changed:
            self._changed.wait_for(
                lambda: self.failure is not None or len(self.kept) >= count, seconds
            )

    def _take(self, event: Any) -> None:
        data = event.encoded_dataset()
        uid = check_instance(self._name, data, self._series)
        if str(event.request.AffectedSOPInstanceUID) != uid:
            raise nonsense(self._name, "sent an image under the UID of another")
        if self._wanted and uid not in self._wanted:
            raise nonsense(self._name, f"sent an image ({uid}) that was not asked for")
        if uid not in self.kept:
            self._keep(uid, data)
            self.kept.add(uid)
