"""The coloured maps of the slice in view, computed away from the screen."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.ui.jobs import LatestJob, Workflow

KEPT = 24


@dataclass(frozen=True, slots=True, eq=False)
class ColorMap:
    """A map ready to be painted: colours (rows, columns, 3), and what they mean.

    ``extreme`` is the value that has the last colour.
    """

    colors: NDArray[np.uint8]
    values: NDArray[np.float64]
    extreme: float


class MapMaker(QObject):
    """Makes one kind of map; keeps the latest and tells only of the one wanted now.

    Signals
    -------
    changed()
        The map wanted last is there, or is gone.
    failed(BlindReadError)
        It could not be made.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[object, ColorMap] = OrderedDict()
        self._wanted: object = None
        self._job = LatestJob(self)
        self._job.ready.connect(self._keep)
        self._job.failed.connect(self.failed)

    @property
    def map(self) -> ColorMap | None:
        """The map wanted last, or None while it is being made."""
        return self._kept.get(self._wanted)

    def want(self, key: object, make: Callable[[], Workflow]) -> None:
        """Ask for a map, which a workflow returns; ``changed`` follows, at once if it is kept."""
        if key == self._wanted and self._job.busy:
            return
        self._wanted = key
        if key in self._kept:
            self._kept.move_to_end(key)
            self._job.drop()
        else:
            self._job.request(key, make)
        self.changed.emit()

    def rest(self) -> None:
        """Want nothing for now; what was made is kept."""
        if self._wanted is not None:
            self._wanted = None
            self._job.drop()
            self.changed.emit()

    def clear(self) -> None:
        """Forget all maps."""
        self._wanted = None
        self._kept.clear()
        self._job.drop()
        self.changed.emit()

    def stop(self) -> None:
        """Wait for the thread to end."""
        self._job.stop()

    def _keep(self, key: object, made: Any) -> None:
        self._kept[key] = made
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.changed.emit()
