"""How long a piece of work will still take, from how fast it went lately."""

from collections import deque
from collections.abc import Callable

from app.domain.progress import Progress

RECENT_SECONDS = 30.0


class TimeLeft:
    """An estimate from the speed of the last half minute.

    What a resumed run finds finished already takes no time, and the last image
    may be larger than the first; so only recent steps count.

    Parameters
    ----------
    clock
        Returns seconds that never go backwards, e.g. ``time.monotonic``.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._steps: deque[tuple[float, int]] = deque()
        self._total = 0

    def update(self, progress: Progress) -> float | None:
        """Take note of one step; return the seconds left, None while unknown."""
        now = self._clock()
        if self._steps and (progress.total != self._total or progress.done < self._steps[-1][1]):
            self._steps.clear()  # another stage, with another speed
        self._total = progress.total
        self._steps.append((now, progress.done))
        while len(self._steps) > 2 and self._steps[0][0] < now - RECENT_SECONDS:
            self._steps.popleft()
        began, done_then = self._steps[0]
        steps, seconds = progress.done - done_then, now - began
        if progress.total <= 0 or steps <= 0 or seconds <= 0:
            return None
        return max(0, progress.total - progress.done) * seconds / steps


def in_words(seconds: float | None) -> str:
    """Return a duration as a person says it; empty where it is unknown.

    >>> in_words(200)
    'about 3 min left'
    """
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 60:
        return f"about {round(seconds / 10) * 10:d} s left"
    if seconds < 3600:
        return f"about {round(seconds / 60):d} min left"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"about {hours} h {minutes} min left"
