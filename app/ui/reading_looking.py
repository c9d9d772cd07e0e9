"""How the screen in view is looked at: since when, how long, and through which window."""

from collections.abc import Callable
from datetime import UTC, datetime

from app.domain.image import Window
from app.domain.presentation import Viewing
from app.ui.reading_activity import ActivityMeter, Clock


class Looking:
    """Puts together what stands beside every answer.

    ``display`` describes the monitor.
    """

    def __init__(self, clock: Clock, now: Callable[[], datetime]) -> None:
        self._now = now
        self.meter = ActivityMeter(clock)
        self.display = ""
        self._shown_at = ""
        self._center: float | None = None
        self._width: float | None = None
        self._zoom: float | None = None

    def begin(self, window: Window) -> None:
        """Begin a new screen at this moment, opened with a window."""
        self._shown_at = self._time()
        self._center, self._width, self._zoom = window.center, window.width, None
        self.meter.start()

    def look(self, center: float, width: float, zoom: float, index: int) -> None:
        """Note how the images are shown: window, zoom, slice."""
        self._center, self._width, self._zoom = center, width, zoom
        self.meter.see_slice(index)

    def viewing(self) -> Viewing:
        """Return how the screen has been looked at up to now."""
        active, idle = self.meter.times()
        return Viewing(
            shown_at=self._shown_at,
            answered_at=self._time(),
            active_ms=active,
            idle_ms=idle,
            window_center=self._center,
            window_width=self._width,
            zoom=self._zoom,
            slices_viewed=self.meter.slices_viewed,
            interactions=self.meter.interactions,
            display=self.display,
            first_interaction_ms=self.meter.first_interaction_ms,
        )

    def _time(self) -> str:
        moment = self._now().astimezone(UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
