"""Read the images of the next screens while the reader looks at this one."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QThreadPool, Signal

from app.domain.presentation import PlannedPresentation, Presentation

Load = Callable[[PlannedPresentation], Presentation]


class PresentationLoader(QObject):
    """Loads screens one after the other on a thread of its own.

    What is loaded stays at hand until `keep` lets it go; a screen that is asked
    for twice is loaded once. The signals arrive on the thread of this object.
    """

    loaded = Signal(str)
    failed = Signal(str, object)
    _arrived = Signal(str, object)

    def __init__(self, load: Load, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._ready: dict[str, Presentation] = {}
        self._under_way: set[str] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._arrived.connect(self._take)

    def want(self, planned: PlannedPresentation) -> None:
        """Load a screen unless it is at hand or on its way."""
        if planned.id in self._ready or planned.id in self._under_way:
            return
        self._under_way.add(planned.id)
        self._pool.start(lambda: self._work(planned))

    def at_hand(self, identifier: str) -> Presentation | None:
        """Return a screen that is loaded, or None."""
        return self._ready.get(identifier)

    def keep(self, identifiers: set[str]) -> None:
        """Let go of every loaded screen but these."""
        for identifier in set(self._ready) - identifiers:
            del self._ready[identifier]

    def close(self) -> None:
        """Wait for the load under way and give up the others."""
        self._pool.clear()
        self._pool.waitForDone()

    def _work(self, planned: PlannedPresentation) -> None:
        try:
            result: object = self._load(planned)
        except Exception as error:  # the boundary: every failure reaches the reader
            result = error
        self._arrived.emit(planned.id, result)

    def _take(self, identifier: str, result: object) -> None:
        self._under_way.discard(identifier)
        if isinstance(result, Presentation):
            self._ready[identifier] = result
            self.loaded.emit(identifier)
        else:
            self.failed.emit(identifier, result)
