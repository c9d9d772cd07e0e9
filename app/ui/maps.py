"""The coloured maps of the slice in view, computed away from the screen."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.domain.image import Image
from app.ui.jobs import LatestJob, Workflow

LIMIT = 256 * 2**20
"""Bytes of maps that are kept, all makers together."""


@dataclass(frozen=True, slots=True, eq=False)
class ColorMap:
    """A map ready to be painted: colours (rows, columns, 3), and what they mean.

    ``extreme`` is the value that has the last colour.
    """

    colors: NDArray[np.uint8]
    values: NDArray[np.float64]
    extreme: float

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        return int(self.colors.nbytes + self.values.nbytes)


class MapMemory:
    """The maps that were made lately, of all makers, kept within a number of bytes.

    Those in view stay, however large they are.

    Parameters
    ----------
    limit
        Bytes of maps to keep.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[object, Hashable], ColorMap] = OrderedDict()
        self._bytes = 0
        self._shown: dict[object, Hashable] = {}
        self._numbers: WeakKeyDictionary[Image, int] = WeakKeyDictionary()
        self._count = count(1)

    @property
    def bytes(self) -> int:
        """Bytes of maps that are kept now."""
        return self._bytes

    def number_of(self, image: Image) -> int:
        """Return a number that no other image ever has; the image is not kept for it."""
        return self._numbers.setdefault(image, next(self._count))

    def find(self, maker: object, key: Hashable) -> ColorMap | None:
        """Return a map that a maker has made, if it is still kept."""
        return self._kept.get((maker, key))

    def show(self, maker: object, key: Hashable) -> None:
        """Tell which map of a maker is in view; None for none."""
        self._shown[maker] = key
        if (maker, key) in self._kept:
            self._kept.move_to_end((maker, key))

    def keep(self, maker: object, key: Hashable, made: ColorMap) -> None:
        """Keep a map, and forget those that were not looked at for longest."""
        self._drop((maker, key))
        self._kept[maker, key] = made
        self._bytes += made.bytes
        if self._bytes > self._limit:
            for place in list(self._kept):
                if self._shown.get(place[0]) != place[1]:
                    self._drop(place)
                if self._bytes <= self._limit:
                    return

    def forget(self, maker: object) -> None:
        """Forget all maps of a maker."""
        self._shown.pop(maker, None)
        for place in [one for one in self._kept if one[0] is maker]:
            self._drop(place)

    def _drop(self, place: tuple[object, Hashable]) -> None:
        made = self._kept.pop(place, None)
        self._bytes -= made.bytes if made is not None else 0


class MapMaker(QObject):
    """Makes one kind of map; keeps the latest and tells only of the one wanted now.

    Parameters
    ----------
    memory
        Where the maps of all makers are kept.

    Signals
    -------
    changed()
        The map wanted last is there, or is gone.
    failed(BlindReadError)
        It could not be made.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, memory: MapMemory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        self._wanted: Hashable = None
        self._job = LatestJob(self)
        self._job.ready.connect(self._keep)
        self._job.failed.connect(self.failed)

    @property
    def map(self) -> ColorMap | None:
        """The map wanted last, or None while it is being made."""
        return self._memory.find(self, self._wanted)

    def want(self, key: Hashable, make: Callable[[], Workflow]) -> None:
        """Ask for a map, which a workflow returns; ``changed`` follows, at once if it is kept."""
        if key == self._wanted and self._job.busy:
            return
        self._want(key)
        if self.map is not None:
            self._job.drop()
        else:
            self._job.request(key, make)
        self.changed.emit()

    def rest(self) -> None:
        """Want nothing for now; what was made is kept."""
        if self._wanted is not None:
            self._want(None)
            self._job.drop()
            self.changed.emit()

    def clear(self) -> None:
        """Forget all maps."""
        self._wanted = None
        self._memory.forget(self)
        self._job.drop()
        self.changed.emit()

    def stop(self) -> None:
        """Wait for the thread to end."""
        self._job.stop()

    def _want(self, key: Hashable) -> None:
        self._wanted = key
        self._memory.show(self, key)

    def _keep(self, key: Hashable, made: Any) -> None:
        self._memory.keep(self, key, made)
        self.changed.emit()
