"""Comparing in place: flicker, swipe, fade, checkerboard, magnifier, crosshair; no widgets."""

import time
from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal

Mode = Literal["none", "swipe", "fade", "checker"]
RATES = (1, 2, 3, 4, 5)
"""Exchanges a second; faster flicker is no help to the eye, and a danger to some people."""
USUAL_RATE = 2
AMOUNTS: dict[Mode, tuple[float, float, float, float]] = {
    "swipe": (0.5, 0.0, 1.0, 0.05),
    "fade": (0.5, 0.0, 1.0, 0.1),
    "checker": (48.0, 12.0, 192.0, 12.0),
}
"""For each mode the usual amount, the least, the most, and one step: see ``Blend``."""


class Compare(QObject):
    """What lies over what in each pane, and what marks the place under the mouse in all.

    Parameters
    ----------
    clock
        Returns seconds that only grow.

    Signals
    -------
    changed()
        Something is painted in another way.
    """

    changed = Signal()

    def __init__(
        self, parent: QObject | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._modes: dict[int, tuple[Mode, float]] = {}
        self._flicked = False
        self._exchanged_at = float("-inf")
        self._rate = USUAL_RATE
        self._magnifier = self._crosshair = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flick)

    # ---- one over the other in a pane --------------------------------------------------

    def mode(self, pane: int) -> Mode:
        """Return how the second plane lies over the first in a pane."""
        return self._modes.get(pane, ("none", 0.0))[0]

    def amount(self, pane: int) -> float:
        """Return the place of the split, the opacity, or the side of a square."""
        return self._modes.get(pane, ("none", 0.0))[1]

    @property
    def comparing(self) -> tuple[int, ...]:
        """The panes in which one plane lies over another."""
        return tuple(self._modes)

    def set_mode(self, pane: int, mode: Mode, amount: float | None = None) -> None:
        """Choose how the second plane lies over the first in a pane."""
        if mode == "none":
            self._modes.pop(pane, None)
        else:
            self._modes[pane] = (mode, AMOUNTS[mode][0])
            if amount is not None:
                self.set_amount(pane, amount)
        self.changed.emit()

    def toggle(self, pane: int, mode: Mode) -> None:
        """Choose a mode, or none where it is chosen already."""
        self.set_mode(pane, "none" if self.mode(pane) == mode else mode)

    def set_amount(self, pane: int, amount: float) -> None:
        """Move the split, change the opacity or the squares; within the limits."""
        mode = self.mode(pane)
        if mode != "none":
            _, least, most, _ = AMOUNTS[mode]
            wanted = (mode, min(max(amount, least), most))
            if wanted != self._modes[pane]:
                self._modes[pane] = wanted
                self.changed.emit()

    def step_amount(self, pane: int, steps: float) -> None:
        """Change the amount by some steps."""
        mode = self.mode(pane)
        if mode != "none":
            self.set_amount(pane, self.amount(pane) + steps * AMOUNTS[mode][3])

    # ---- flicker -----------------------------------------------------------------------

    @property
    def flicked(self) -> bool:
        """Whether each image is exchanged with what it is compared with."""
        return self._flicked

    @property
    def automatic(self) -> bool:
        """Whether they are exchanged again and again."""
        return self._timer.isActive()

    @property
    def rate(self) -> int:
        """How often in a second, 1 to 5, they are exchanged."""
        return self._rate

    def flick(self) -> None:
        """Exchange them now; passed over where the last time was less than 0.2 s ago."""
        now = self._clock()
        if now - self._exchanged_at < 0.99 / RATES[-1]:  # a key that is held repeats much faster
            return
        self._exchanged_at = now
        self._flicked = not self._flicked
        self.changed.emit()

    def set_automatic(self, on: bool) -> None:
        """Exchange them again and again, or stop; then each stands where it belongs."""
        if on == self.automatic:
            return
        if on:
            self._timer.start(self._interval)
        else:
            self._timer.stop()
            self._flicked = False
        self.changed.emit()

    def set_rate(self, rate: int) -> None:
        """Choose how often in a second they are exchanged; never more than 5 times."""
        self._rate = min(max(rate, RATES[0]), RATES[-1])
        if self.automatic:
            self._timer.start(self._interval)
        self.changed.emit()

    @property
    def _interval(self) -> int:
        return 1000 // self._rate

    # ---- the place under the mouse -------------------------------------------------------

    @property
    def magnifier(self) -> bool:
        """Whether a lens in every pane enlarges the place under the mouse."""
        return self._magnifier

    def set_magnifier(self, on: bool) -> None:
        """Show or hide the lens."""
        self._magnifier = on
        self.changed.emit()

    @property
    def crosshair(self) -> bool:
        """Whether lines cross at the place under the mouse in every pane."""
        return self._crosshair

    def set_crosshair(self, on: bool) -> None:
        """Show or hide the lines."""
        self._crosshair = on
        self.changed.emit()

    def stop(self) -> None:
        """Flicker no more; for when the window closes."""
        self._timer.stop()
