"""How long a screen was looked at, and what was done with it."""

from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds that only ever grow, e.g. ``time.monotonic``."""

IDLE_AFTER = 30.0
"""Seconds without input that still count as looking."""


class ActivityMeter:
    """Time and interactions since a screen was shown; no Qt, no clock of its own.

    Silence longer than `IDLE_AFTER` seconds is idle from there on, and so is
    all of a pause. Active and idle time add up to the time since `start`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.start()

    def start(self) -> None:
        """Begin a new screen at this moment."""
        self._active = 0.0
        self._idle = 0.0
        self._paused = False
        self._last = self._clock()
        self._begun = self._last
        self.interactions = 0
        self.first_interaction_ms: int | None = None
        self._slices: set[int] = set()

    def touch(self, *, interaction: bool = True) -> None:
        """Note input; ``interaction`` False is a sign of life that is not counted."""
        self._settle()
        if interaction:
            self.interactions += 1
            if self.first_interaction_ms is None:
                self.first_interaction_ms = round((self._last - self._begun) * 1000)

    def see_slice(self, index: int) -> None:
        """Note that a slice was in view."""
        self._slices.add(index)

    def pause(self) -> None:
        """Count as idle from now on."""
        self._settle()
        self._paused = True

    def resume(self) -> None:
        """Count as active again."""
        self._settle()
        self._paused = False

    @property
    def slices_viewed(self) -> int:
        """How many different slices were in view."""
        return len(self._slices)

    def times(self) -> tuple[int, int]:
        """Return (active, idle) in milliseconds since `start`."""
        silence = self._clock() - self._last
        looking = 0.0 if self._paused else min(silence, IDLE_AFTER)
        return round((self._active + looking) * 1000), round(
            (self._idle + silence - looking) * 1000
        )

    def _settle(self) -> None:
        now = self._clock()
        silence = now - self._last
        looking = 0.0 if self._paused else min(silence, IDLE_AFTER)
        self._active += looking
        self._idle += silence - looking
        self._last = now
