"""Images that were read lately, kept within a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from pathlib import Path

from app.domain.image import Image
from app.errors import NotAnImage

LIMIT = 512 * 2**20
"""Bytes of pixels that are kept."""

Stamps = tuple[tuple[int, int], ...]


class ImageCache:
    """Keeps the images read last; safe to use from several threads.

    An image is read once, however many ask for it at the same time, and again
    when one of its files has changed.

    Parameters
    ----------
    limit
        Bytes of pixels to keep; an image larger than this is never kept.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Condition()
        self._kept: OrderedDict[Hashable, tuple[Stamps, Image]] = OrderedDict()
        self._reading: set[Hashable] = set()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Bytes of pixels that are kept now."""
        return self._bytes

    def holds(self, key: Hashable) -> bool:
        """Return whether an image is kept; its files may have changed."""
        with self._lock:
            return key in self._kept

    def get(self, key: Hashable, files: tuple[Path, ...], read: Callable[[], Image]) -> Image:
        """Return the kept image, or read it.

        Parameters
        ----------
        key
            What the image is made of: the series and its slices.
        files
            The files it comes from.
        read
            Called when the image is not kept; what it raises is raised here.
        """
        steps = stamps_of(files)
        while True:
            try:
                next(steps)
            except StopIteration as finished:
                return self.get_stamped(key, finished.value, read)

    def get_stamped(self, key: Hashable, stamps: Stamps, read: Callable[[], Image]) -> Image:
        """Return what ``get`` does, where the files have been asked for their stamps already."""
        with self._lock:
            while key in self._reading:
                self._lock.wait()
            kept = self._kept.get(key)
            if kept is not None and kept[0] == stamps:
                self._kept.move_to_end(key)
                return kept[1]
            self._drop(key)
            self._reading.add(key)
        try:
            image = read()
            image.pixels.flags.writeable = False  # it is shared
            self._keep(key, stamps, image)
            return image
        finally:
            with self._lock:
                self._reading.discard(key)
                self._lock.notify_all()

    def forget(self, key: Hashable) -> None:
        """Read this image anew when it is asked for next."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _keep(self, key: Hashable, stamps: Stamps, image: Image) -> None:
        size = _size(image)
        with self._lock:
            if size > self._limit:
                return
            while self._kept and self._bytes + size > self._limit:
                self._drop(next(iter(self._kept)))
            self._kept[key] = (stamps, image)
            self._bytes += size

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= _size(kept[1])


def _size(image: Image) -> int:
    covered = getattr(image, "covered", None)
    return int(image.pixels.nbytes) + (0 if covered is None else int(covered.nbytes))


def stamps_of(files: tuple[Path, ...]) -> Generator[None, None, Stamps]:
    """Return sizes and times of files; a slow drive can be left after each of them.

    Raises
    ------
    NotAnImage
        A file cannot be opened.
    """
    found = []
    try:
        for path in dict.fromkeys(files):
            found.append(path.stat())
            yield
    except OSError as error:
        name = Path(str(error.filename)).name
        raise NotAnImage(
            f"{name}: the file cannot be opened ({error.strerror}).",
            remedy="Check that the file may be read, and scan the folder again.",
        ) from error
    return tuple((one.st_size, one.st_mtime_ns) for one in found)
