"""Read the images of the next screens while the reader looks at this one."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from PySide6.QtCore import QObject, Signal

from app.domain.presentation import PlannedPresentation, Presentation

Load = Callable[[PlannedPresentation], Presentation]


class _Messenger(QObject):
    """Carries results to the screen's thread; lives as long as whoever may still speak.

    A load can end after the loader is gone. What it says then reaches nobody,
    instead of a deleted object.
    """

    arrived = Signal(str, object)


class PresentationLoader(QObject):
    """Loads screens one after the other on a thread of its own.

    What is loaded stays at hand until `keep` lets it go; a screen that is asked
    for twice is loaded once. The signals arrive on the thread of this object.
    """

    loaded = Signal(str)
    failed = Signal(str, object)

    def __init__(self, load: Load, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._ready: dict[str, Presentation] = {}
        self._under_way: dict[str, Future[None]] = {}
        self._closed = False
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="images")
        self._messenger = _Messenger()
        self._messenger.arrived.connect(self._take)

    def want(self, planned: PlannedPresentation) -> None:
        """Load a screen unless it is at hand or on its way, or the loader is closed."""
        known = planned.id in self._ready or planned.id in self._under_way
        if not (known or self._closed):
            self._under_way[planned.id] = self._pool.submit(
                _work, self._load, planned, self._messenger
            )

    def at_hand(self, identifier: str) -> Presentation | None:
        """Return a screen that is loaded, or None."""
        return self._ready.get(identifier)

    def keep(self, identifiers: set[str]) -> None:
        """Let go of every loaded screen but these."""
        for identifier in set(self._ready) - identifiers:
            del self._ready[identifier]

    def close(self) -> None:
        """Give up what is asked for, and let go of what is at hand.

        The load under way ends by itself and its screen is dropped: a slow drive keeps
        nobody in a window that is closed. The interpreter waits for it when it ends.
        """
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._ready.clear()

    def _take(self, identifier: str, result: object) -> None:
        self._under_way.pop(identifier, None)
        if self._closed:
            return
        if isinstance(result, Presentation):
            self._ready[identifier] = result
            self.loaded.emit(identifier)
        else:
            self.failed.emit(identifier, result)


def _work(load: Load, planned: PlannedPresentation, messenger: _Messenger) -> None:
    try:
        result: object = load(planned)
    except Exception as error:  # the boundary: every failure reaches the reader
        result = error
    messenger.arrived.emit(planned.id, result)
