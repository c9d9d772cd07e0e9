"""Modules that are slow to import, brought in while nobody waits for them."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.progress import Progress
from app.ui.inspect_model import InspectModel
from app.ui.jobs import Job, LatestJob, Workflow, one_step

SOON_MS = 300
"""When nobody has opened anything for so long, what opening needs is imported."""

SETTLED_MS = 1000
"""How long after the first image the rest is imported: what is painted with it comes first."""

IDLE_MS = 3000
"""When there is nothing to be waited for either, the rest is imported without an image."""

LATER = (
    "app.ui.slice_plot",
    "app.ui.measure_plot",
    "app.ui.results_page",
    "app.ui.study_page",
    "app.ui.read_page",
    "app.ui.import_page",
    "app.workflows.inspect_sides",
    "app.workflows.plan",
    "app.workflows.tags",
    "app.store.view_file",
)
"""What charts, the other rooms and saved views need."""


class WarmUp(QObject):
    """Imports what opening needs while nothing is open, and the rest after the first image.

    Parameters
    ----------
    nothing_asked
        Whether the program was started without anything to open.
    """

    def __init__(
        self, model: InspectModel, *, nothing_asked: bool, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._jobs: list[Job] = []
        self._idle = QTimer(self)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self._go_on_if_idle)
        self._idle.start()
        model.view_changed.connect(self._follow)
        if nothing_asked:
            QTimer.singleShot(SOON_MS, self, self._begin)

    def stop(self) -> None:
        """Wait for the thread to end."""
        for job in self._jobs:
            job.stop()

    def _begin(self) -> None:
        if self._model.source is None:
            self._start(_opening)

    def _follow(self) -> None:
        if self._model.view is not None:
            self._model.view_changed.disconnect(self._follow)
            self._idle.stop()
            QTimer.singleShot(SETTLED_MS, self, self._finish)

    def _go_on_if_idle(self) -> None:
        model = self._model
        if not model.scanning and model.pair is None:
            model.view_changed.disconnect(self._follow)
            self._idle.stop()
            self._finish()

    def _finish(self) -> None:
        self._start(partial(_imported, LATER))

    def _start(self, workflow: Callable[[], Workflow]) -> None:
        job = Job(workflow)
        self._jobs.append(job)
        job.start()


def _opening() -> Workflow:
    from app.workflows.inspect import warm_up

    yield Progress(0, 1, "")
    warm_up()


def _imported(names: Sequence[str]) -> Workflow:
    for done, name in enumerate(names):
        yield Progress(done, len(names), "")  # where the window closes, no more are imported
        import_module(name)


class Brought(QObject):
    """A module that is needed on the screen's thread, imported on another.

    Signals
    -------
    ready()
        It is there now.
    failed(BlindReadError)
        It cannot be imported; told once.
    """

    ready = Signal()
    failed = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._asked = False
        self._job = LatestJob(self)
        self._job.ready.connect(lambda *_: self.ready.emit())
        self._job.failed.connect(self.failed)

    def ask(self) -> bool:
        """Return whether importing it takes no time; else it is fetched, and ``ready`` follows."""
        found = sys.modules.get(self._name)
        # A module that is only being imported stands there too.
        if found is not None and not getattr(found.__spec__, "_initializing", False):
            return True
        if not self._asked:
            self._asked = True
            self._job.request(self._name, one_step(partial(import_module, self._name)))
        return False
