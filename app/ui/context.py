"""What the rooms share: the open source, the open study, settings and messages."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.pair import Pairing
from app.errors import BlindReadError
from app.ui import settings as settings_module
from app.ui.jobs import explained
from app.ui.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How far the Inspect room has looked through a source, and what it has found."""

    source: Path | None = None
    reference: str = ""
    pairing: Pairing | None = None
    under_way: bool = False

    def same_as(self, other: "Look") -> bool:
        """Return whether nothing is new."""
        return (
            self.pairing is other.pairing
            and (self.source, self.reference) == (other.source, other.reference)
            and self.under_way == other.under_way
        )


class Context(QObject):
    """The one thing handed to every page; rooms speak to each other only through it.

    Signals
    -------
    source_changed(Path | None)
        Another folder of cases was opened.
    reference_named(str)
        The reference of the open source has another name than the usual ones, or empty.
    looked(Look)
        The Inspect room looks through a source, or has done so: nobody else needs to.
    study_changed(Path | None)
        Another study folder was opened, or the open one changed its state.
    metrics_ready(Path)
        A complete ``metrics.csv`` of the open source was written.
    open_pair_requested(case, arm, slice)
        Show this pair in Inspect; slice counts from 1, 0 means any.
    room_requested(name)
        Go to ``inspect``, ``study``, ``read`` or ``results``.
    error_raised(BlindReadError)
        Tell the user: what happened and what to do.
    notice_raised(str)
        Tell the user good news, one sentence.
    settings_changed(Settings)
        The settings are other ones now; they are saved already.
    """

    source_changed = Signal(object)
    reference_named = Signal(str)
    looked = Signal(object)
    study_changed = Signal(object)
    metrics_ready = Signal(object)
    open_pair_requested = Signal(str, str, int)
    room_requested = Signal(str)
    error_raised = Signal(object)
    notice_raised = Signal(str)
    settings_changed = Signal(object)

    def __init__(self, settings: Settings | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings_module.load() if settings is None else settings
        self._source: Path | None = None
        self._reference_name = ""
        self._look = Look()
        self._study: Path | None = None
        self._metrics: Path | None = None

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._settings

    @property
    def source(self) -> Path | None:
        """The open folder of cases, or None."""
        return self._source

    @property
    def reference_name(self) -> str:
        """The name that was given to the reference of the open source; empty for the usual."""
        return self._reference_name

    @property
    def look(self) -> Look:
        """How far the Inspect room has looked through the open source."""
        return self._look

    @property
    def study(self) -> Path | None:
        """The open study folder, or None."""
        return self._study

    @property
    def metrics(self) -> Path | None:
        """The finished ``metrics.csv`` of the open source, or None."""
        return self._metrics

    def update_settings(self, **changes: Any) -> None:
        """Change some fields of the settings, save them and tell everyone."""
        changed = replace(self._settings, **changes)
        if changed != self._settings:
            self._settings = changed
            settings_module.save(changed)
            self.settings_changed.emit(changed)

    def open_source(self, source: Path) -> None:
        """Make a folder of cases (or a manifest) the open source."""
        self._source, self._metrics, self._reference_name = source, None, ""
        remembered = self._settings.with_source(source)
        self.update_settings(last_source=remembered.last_source, recent=remembered.recent)
        self.source_changed.emit(source)

    def name_reference(self, name: str) -> None:
        """Tell the other rooms which name the reference of the open source has."""
        if name != self._reference_name:
            self._reference_name = name
            self.reference_named.emit(name)

    def tell_look(self, look: Look) -> None:
        """Tell the other rooms how far a source is looked through."""
        if not look.same_as(self._look):
            self._look = look
            self.looked.emit(look)

    def open_study(self, study: Path) -> None:
        """Make a study folder the open one, or tell that the open one changed."""
        self._study = study
        self.update_settings(last_study=str(study))
        self.study_changed.emit(study)

    def publish_metrics(self, csv: Path) -> None:
        """Tell the other rooms that metric values are there."""
        self._metrics = csv
        self.metrics_ready.emit(csv)

    def show_error(self, error: Exception) -> None:
        """Show what happened and what to do, in the window, without stopping anything."""
        self.error_raised.emit(error if isinstance(error, BlindReadError) else explained(error))

    def show_notice(self, sentence: str) -> None:
        """Show one sentence of good news."""
        self.notice_raised.emit(sentence)
