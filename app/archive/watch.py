"""How long and how much an archive may send before it is given up."""

import threading
import time
from dataclasses import dataclass

from app.errors import ArchiveError

MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken from an archive at most; times in seconds, sizes in bytes.

    ``connect`` bounds the way to the archive, ``idle`` its silence, ``whole``
    one answer or one instance, ``matches`` the rows of one question.
    """

    connect: float = 10.0
    idle: float = 60.0
    whole: float = 900.0
    size: int = 1024 * MEBIBYTE
    matches: int = 20_000


class Watch:
    """Counts what one archive sends; safe to use from several threads.

    The time of this program's own work, as when a file is written, does not
    count as silence: ``heard`` is called after it as well.
    """

    def __init__(self, limits: Limits, name: str) -> None:
        self.limits = limits
        self._name = name
        self._lock = threading.Lock()
        self._running = False
        self._begun = self._last = 0.0
        self._bytes = 0

    def start(self) -> None:
        """Begin to wait for an answer."""
        with self._lock:
            self._running = True
            self._begun = self._last = time.monotonic()
            self._bytes = 0

    def stop(self) -> None:
        """End waiting; nothing is expected any more."""
        with self._lock:
            self._running = False

    def heard(self, size: int = 0) -> None:
        """Count some bytes of the answer."""
        with self._lock:
            self._last = time.monotonic()
            self._bytes += size

    def complete(self) -> None:
        """Count from anew: one message is complete, the next may begin."""
        with self._lock:
            self._begun = self._last = time.monotonic()
            self._bytes = 0

    def trouble(self) -> ArchiveError | None:
        """Return why the archive is to be given up, or None."""
        with self._lock:
            if not self._running:
                return None
            now, limits = time.monotonic(), self.limits
            if self._bytes > limits.size:
                return ArchiveError(
                    f"{self._name} sends an answer larger than {limits.size / MEBIBYTE:g} MiB.",
                    remedy="Ask for less, for one series at a time.",
                )
            if now - self._last > limits.idle:
                return ArchiveError(
                    f"{self._name} has sent nothing for {limits.idle:g} seconds.",
                    remedy="Try again later; what was fetched is kept and will be skipped.",
                )
            if now - self._begun > limits.whole:
                return ArchiveError(
                    f"{self._name} sends an answer that does not end in {limits.whole:g} seconds.",
                    remedy="Check the network and the archive; what was fetched is kept.",
                )
            return None
