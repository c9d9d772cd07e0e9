"""The hanging protocols of a person in the Inspect room: applied, saved, removed."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from app.errors import BlindReadError
from app.ui import hanging
from app.ui.hanging import HangingProtocol, Hangings
from app.ui.inspect_model import InspectModel
from app.ui.layouts import layout_named
from app.ui.pane_set import PANES
from app.ui.pane_tools import same_window


def ask_name(parent: QWidget, suggestion: str) -> str:
    """Ask what a protocol is to be called; empty where the person thinks better of it."""
    name, fine = QInputDialog.getText(
        parent, "Save as hanging protocol", "Name (one that exists is replaced)", text=suggestion
    )
    return name.strip() if fine else ""


class HangingModel(QObject):
    """What can be hung, and by itself the usual protocol of a modality when it is opened first.

    Signals
    -------
    layout_asked(str)
        The panes are to be laid out in this way.
    removed()
        A protocol was removed, which can be taken back.
    """

    layout_asked = Signal(str)
    removed = Signal()

    def __init__(self, model: InspectModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._removed: Hangings | None = None
        self._hung: tuple[object, str] | None = None
        self._layout = ""
        try:
            self._kept = hanging.load()
            self._problem: BlindReadError | None = None
        except BlindReadError as error:
            self._kept, self._problem = Hangings(), error
        model.view_changed.connect(self._hang_usual)

    @property
    def protocols(self) -> tuple[HangingProtocol, ...]:
        """All protocols, the oldest first."""
        return self._kept.protocols

    @property
    def modality(self) -> str:
        """The modality of the case in view; empty where unknown."""
        view = self._model.view
        return view.reference.modality if view is not None else ""

    @property
    def default(self) -> str:
        """The name of the usual protocol of the modality in view; empty for none."""
        return self._kept.defaults.get(self.modality, "")

    @property
    def can_undo(self) -> bool:
        """Whether a protocol was removed that can be brought back."""
        return self._removed is not None

    def apply(self, protocol: HangingProtocol) -> None:
        """Hang the case in view as a protocol says."""
        model = self._model
        self.layout_asked.emit(protocol.layout)
        for pane, content in enumerate(protocol.contents[:PANES]):
            model.set_content(pane, content)
        for name, window in model.windows:
            if name == protocol.window:
                model.state.set_window(window)
        for pane in range(PANES):
            model.panes.set_linked(pane, pane not in protocol.unlinked)

    def protocol_now(self, name: str, layout: str) -> HangingProtocol:
        """Return what is hung now under a name."""
        model = self._model
        count = len(cells.cells) if (cells := layout_named(layout)) is not None else 0
        window = model.state.window
        preset = (name for name, one in model.windows if same_window(one, window))
        return HangingProtocol(
            name,
            layout,
            tuple(model.content(pane) for pane in range(count)),
            tuple(pane for pane in range(count) if not model.panes.is_linked(pane)),
            next(preset, ""),
        )

    def ask_and_save(self, panes: QWidget) -> None:
        """Ask for a name, and keep what is hung now."""
        layout = getattr(panes, "layout_name", "")
        name = ask_name(panes, f"{self.modality} {layout}".strip())
        if name:
            self._keep(self._kept.with_protocol(self.protocol_now(name, layout)))

    def toggle_default(self, name: str) -> None:
        """Let a protocol be the usual one of the modality in view, or no longer."""
        if self.modality:
            wanted = "" if self.default == name else name
            self._keep(self._kept.with_default(self.modality, wanted))

    def remove(self, name: str) -> None:
        """Forget a protocol; it can be brought back until the program ends."""
        before = self._kept
        if self._keep(before.without(name)):
            self._removed = before
            self.removed.emit()

    def undo(self) -> None:
        """Bring back what was removed last."""
        if self._removed is not None and self._keep(self._removed):
            self._removed = None

    def _keep(self, hangings: Hangings) -> bool:
        try:
            hanging.save(hangings)
        except BlindReadError as error:
            self._model.failed.emit(error)
            return False
        self._kept, self._removed = hangings, None
        return True

    def _hang_usual(self) -> None:
        """Apply the usual protocol when a source shows a modality first."""
        if self._model.view is None:
            return
        if self._problem is not None:
            problem, self._problem = self._problem, None
            self._model.failed.emit(problem)  # once, and where it can be seen
        here = (self._model.source, self.modality)
        usual = self._kept.named(self.default)
        if here != self._hung:
            self._hung = here
            if usual is not None:
                self.apply(usual)
