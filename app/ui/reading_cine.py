"""A series that plays by itself, slice after slice, until the reader does anything else."""

from PySide6.QtCore import QObject, QTimer

from app.ui.view_state import ViewState

SLICES_A_SECOND = 10


class ReadingCine(QObject):
    """Turns the slices of a ViewState, from the last to the first again.

    Every slice comes into view as by hand, so it counts as seen.
    """

    def __init__(self, state: ViewState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._timer = QTimer(self)
        self._timer.setInterval(1000 // SLICES_A_SECOND)
        self._timer.timeout.connect(self._turn)

    @property
    def playing(self) -> bool:
        """Whether the slices turn."""
        return self._timer.isActive()

    def play(self) -> None:
        """Begin to turn the slices, where there are several."""
        if self._state.slice_count > 1:
            self._timer.start()

    def stop(self) -> None:
        """Stay at the slice in view."""
        self._timer.stop()

    def _turn(self) -> None:
        self._state.set_slice((self._state.slice + 1) % self._state.slice_count)
