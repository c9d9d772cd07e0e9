"""What the dialog for archives shows and allows; QtCore only."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.domain.archived import ArchivedSeries, Fetched, Secrets, Wanted
from app.domain.progress import Progress
from app.errors import BlindReadError
from app.ui.errand import Errand
from app.ui.jobs import Workflow
from app.workflows.fetch import Source, caution, fetch, find, secrets_from_environment


class FetchModel(QObject):
    """Looks for series in an archive and copies those that are chosen.

    Signals
    -------
    changed()
        Work has begun or ended, or other series were found.
    progressed(Progress)
        The work has come further.
    failed(BlindReadError)
        What happened and what to do.
    fetched(Path, Fetched)
        The folder is filled.
    """

    changed = Signal()
    progressed = Signal(object)
    failed = Signal(object)
    fetched = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._errand = Errand(self)
        self._errand.changed.connect(self.changed)
        self._errand.progressed.connect(self._tell)
        self._errand.failed.connect(self.failed)
        self._series: tuple[ArchivedSeries, ...] = ()
        self._source: Source | None = None

    @property
    def series(self) -> tuple[ArchivedSeries, ...]:
        """The series that the last search has found."""
        return self._series

    @property
    def doing(self) -> str:
        """What is under way; empty where nothing is."""
        return self._errand.doing

    def search(self, source: Source, wanted: Wanted) -> None:
        """Ask the archive what it has; ``series`` follows."""

        def work() -> Workflow:
            return find(source, wanted)

        if self._errand.start("Asking the archive", work, self._show):
            self._source, self._series = source, ()
            self.changed.emit()

    def fetch(self, chosen: Sequence[ArchivedSeries], folder: Path) -> None:
        """Copy series of the last search into a folder; ``fetched`` follows."""
        source, series = self._source, tuple(chosen)
        if source is None or not series:
            return

        def work() -> Workflow:
            return fetch(source, series, folder)

        def done(result: Fetched) -> None:
            self.fetched.emit(folder, result)

        self._errand.start("Fetching", work, done)

    def cancel(self) -> None:
        """Stop what is under way between two images."""
        self._errand.cancel()

    def drop(self) -> None:
        """Give up what is under way and wait for nobody; for when the dialog closes."""
        self._errand.drop()

    def _show(self, found: tuple[ArchivedSeries, ...]) -> None:
        self._series = found

    def _tell(self, progress: Progress) -> None:
        if self._errand.busy:
            self.progressed.emit(progress)


def signed_in(user: str, password: str) -> Secrets:
    """Return what was typed, or without a name what the environment says."""
    return Secrets(user, password) if user else secrets_from_environment()


def warning(source: Source) -> str:
    """Return what to beware of with this address, or nothing; a wrong address says so later."""
    try:
        return caution(source)
    except BlindReadError:
        return ""
