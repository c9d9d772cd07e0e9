"""Run a generator of Progress to its end."""

from app.images.scan import Found, scan


def finish(generator):
    """Return the value of a generator, whatever it reports on the way."""
    while True:
        try:
            next(generator)
        except StopIteration as finished:
            return finished.value


def scanned(source) -> Found:
    """Return what a scan finds."""
    return finish(scan(source))
