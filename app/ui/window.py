"""The main window: four rooms, the menus, and a place for messages."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.archived import Fetched
from app.domain.progress import Progress
from app.ui import theme
from app.ui.action_menus import ActionMenus, grouped_keys
from app.ui.action_set import ActionSet
from app.ui.actions import Action, can
from app.ui.banner import Banner
from app.ui.command_palette import CommandPalette
from app.ui.context import Context
from app.ui.dialogs import AboutDialog, Keys, ShortcutsDialog
from app.ui.fetch_dialog import FetchDialog, told_missing
from app.ui.icons import icon
from app.ui.import_scores_dialog import ImportScoresDialog
from app.ui.inspect_page import InspectPage
from app.ui.jobs import LatestJob, Workflow, ask_all_to_stop
from app.ui.program_actions import PALETTE, program_actions
from app.ui.rooms import ROOMS, build
from app.ui.settings_dialog import SettingsDialog
from app.ui.study_dialogs import ask_study

TITLE = "BlindRead"
RAIL_WIDTH = 72
VIEWS = (".json", ".png")
"""Views that were saved, alone or inside a picture."""


def ask_folder(parent: QWidget, start: str) -> Path | None:
    """Ask for a folder of cases; None where the person thinks better of it."""
    name = QFileDialog.getExistingDirectory(parent, "Open a folder of cases", start)
    return Path(name) if name else None


def _sample() -> Workflow:
    from app.workflows.sample import sample

    return sample()


class MainWindow(QMainWindow):
    """Everything but the reading room, which is a window of its own."""

    def __init__(self, context: Context | None = None) -> None:
        super().__init__()
        self.context = context or Context(parent=self)
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        self.setMinimumSize(QSize(900, 600))
        self.banner = Banner()
        self._stack = QStackedWidget()
        self._pages: dict[str, QWidget] = {}
        self._buttons: dict[str, QToolButton] = {}
        self._told = QLabel()
        self.preparing_sample = False
        self._sample = LatestJob(self)
        self._lay_out()
        self.action_set = ActionSet(self, self.program_actions)
        self.menus = ActionMenus(self.menuBar(), self._menu_sets)
        self._connect()
        self._restore()
        self.enter("inspect")

    @property
    def room(self) -> str:
        """The name of the room in view."""
        return next(
            (name for name, page in self._pages.items() if page is self._stack.currentWidget()), ""
        )

    def page(self, name: str) -> QWidget:
        """Return the page of a room, built now if it is not there yet."""
        if name not in self._pages:
            room = next(room for room in ROOMS if room.name == name)
            page = self._pages[name] = build(room, self.context)
            self._stack.addWidget(page)
            if isinstance(page, InspectPage):
                page.open_asked.connect(self.open_folder)
                page.sample_asked.connect(self.open_sample)
                page.pairing_asked.connect(self.show_pairing)
                page.pointed.connect(self._told.setText)
                page.action_set.listed.connect(self.menus.refill)
        return self._pages[name]

    def enter(self, name: str) -> None:
        """Go to a room."""
        if name in self._buttons:
            page = self.page(name)
            self._stack.setCurrentWidget(page)
            self._buttons[name].setChecked(True)
            self._told.setText("")
            page.setFocus()

    # ---- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        rail = QFrame()
        rail.setObjectName("rail")
        rail.setFixedWidth(RAIL_WIDTH)
        column = QVBoxLayout(rail)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(2)
        group = QButtonGroup(self)
        for number, room in enumerate(ROOMS, start=1):
            button = QToolButton()
            button.setObjectName("room")
            button.setText(room.title)
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(26, 26))
            button.setFixedWidth(RAIL_WIDTH - 1)
            button.setToolTip(f"{room.purpose} (Ctrl+{number})")
            button.clicked.connect(lambda _=False, name=room.name: self.enter(name))
            group.addButton(button)
            column.addWidget(button)
            self._buttons[room.name] = button
        column.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.banner)
        right.addWidget(self._stack, 1)
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(rail)
        row.addLayout(right, 1)
        self.setCentralWidget(centre)
        self._told.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.statusBar().addWidget(self._told, 1)
        self.statusBar().setSizeGripEnabled(False)

    def program_actions(self) -> tuple[Action, ...]:
        """Return what can be done in every room, as it is now."""
        return program_actions(self)

    def _menu_sets(self) -> tuple[ActionSet, ...]:
        room = getattr(self._stack.currentWidget(), "action_set", None)
        return (self.action_set, room) if isinstance(room, ActionSet) else (self.action_set,)

    def room_can_leave(self) -> bool:
        """Return whether Esc is a key of the room now: it leaves a tool."""
        room = self._menu_sets()[1:]
        return any(
            one.id.endswith(".leave") and can(one) for group in room for one in group.actions
        )

    def _sync_room(self) -> None:
        """Bring the room's keys up to date where the focus is outside its page."""
        for group in self._menu_sets()[1:]:
            group.sync()

    def _connect(self) -> None:
        context = self.context
        context.error_raised.connect(self.banner.show_error)
        context.notice_raised.connect(self.banner.show_notice)
        context.room_requested.connect(self.enter)
        context.open_pair_requested.connect(lambda *_: self.enter("inspect"))
        context.source_changed.connect(self._name_window)
        context.settings_changed.connect(lambda settings: self._wear(settings.theme))
        self.action_set.asked.connect(self._sync_room)
        self.action_set.listed.connect(self.menus.refill)
        self._stack.currentChanged.connect(self.menus.refill)
        self._sample.progressed.connect(self._tell_sample)
        self._sample.ready.connect(self._open_built)
        self._sample.failed.connect(self._fail_sample)
        self._color_icons()

    def _restore(self) -> None:
        self.resize(1280, 800)
        settings = self.context.settings
        if settings.geometry:
            self.restoreGeometry(QByteArray.fromBase64(settings.geometry.encode()))
        if settings.state:
            self.restoreState(QByteArray.fromBase64(settings.state.encode()))

    # ---- what the menus do -------------------------------------------------------------

    def open_folder(self) -> None:
        """Ask for a folder of cases and open it."""
        folder = ask_folder(self, self.context.settings.last_source)
        if folder is not None:
            self.open_path(folder)

    def open_study(self) -> None:
        """Ask for a study and open it in every room."""
        settings = self.context.settings
        folder = ask_study(self, settings.last_study or settings.last_source)
        if folder is not None:
            self.context.open_study(folder)
            if self.room not in ("study", "read", "results"):
                self.enter("study")

    def open_path(self, path: Path) -> None:
        """Open a folder of cases, a manifest or a view."""
        self.banner.hide()
        inspect = self.page("inspect")
        if path.suffix.lower() in VIEWS and path.is_file() and isinstance(inspect, InspectPage):
            inspect.share.open_view(path)
        else:
            self.context.open_source(path)
        self.enter("inspect")

    def open_sample(self) -> None:
        """Make the sample study if it is not there yet, and open it."""
        self.preparing_sample = True
        self._told.setText("Preparing the sample study…")
        self._sample.request("sample", _sample)

    def fetch_from_archive(self) -> None:
        """Ask an archive for series, copy them and open their folder."""
        settings = self.context.settings
        start = Path(settings.last_source).parent if settings.last_source else Path.home()
        dialog = FetchDialog(settings.last_archive, start / "archive", self)
        dialog.fetched.connect(self._open_fetched)
        self._open(dialog)

    def _open_fetched(self, address: str, folder: Path, result: Fetched) -> None:
        self.context.update_settings(last_archive=address)
        self.open_path(folder)
        missing = told_missing(result)
        if missing is not None:
            self.context.show_error(missing)

    def import_scores(self) -> None:
        """Bring in scores that were read elsewhere."""
        dialog = ImportScoresDialog(self.context.settings.last_source, self)
        dialog.written.connect(lambda done: self.context.show_notice(f"Wrote {done.observations}."))
        self._open(dialog)

    def export(self) -> None:
        """Export the metric values of the open source."""
        page = self.page("inspect")
        if not isinstance(page, InspectPage):
            return
        if page.model.can_export:
            page.export()
        else:
            self.context.show_notice("There are no metric values yet: press Measure in Inspect.")

    def show_pairing(self) -> None:
        """Show what is paired in the open source, and let it be corrected by hand."""
        from app.ui.import_page import ImportPage

        source, inspect = self.context.source, self.page("inspect")
        if source is None or not isinstance(inspect, InspectPage):
            self.context.show_notice("There is nothing to pair yet: open a folder of cases.")
            return
        page = self._pages.get("pairing")
        if not isinstance(page, ImportPage):
            page = self._pages["pairing"] = ImportPage(self.context)
            page.left.connect(lambda: self.enter("inspect"))
            self._stack.addWidget(page)
        page.look_at(source, inspect.model.reference_name)
        self._stack.setCurrentWidget(page)
        self._buttons["inspect"].setChecked(True)
        page.tree.setFocus()

    def show_shortcuts(self) -> None:
        """Show the keys of the room in view and of the program."""
        title = next((r.title for r in ROOMS if r.name == self.room), self.room.capitalize())
        groups: list[tuple[str, Keys]] = []
        for part in self._menu_sets()[1:]:
            groups += grouped_keys(part.actions)
        page = self._stack.currentWidget()
        for words in (getattr(page, "mouse", ()), getattr(page, "shortcuts", ())):
            if words:
                groups.insert(0, (title, words))
        everywhere = [key for _, keys in grouped_keys(self.action_set.actions) for key in keys]
        self._open(ShortcutsDialog([*groups, ("Everywhere", everywhere)], self))

    def show_palette(self) -> None:
        """Let any action of the room in view and of the program be found by its name."""
        entries: list[tuple[ActionSet, Action]] = []
        for group in reversed(self._menu_sets()):
            group.sync()
            entries += [(group, one) for one in group.actions if one.id != PALETTE]
        self._open(CommandPalette(entries, self))

    def show_settings(self) -> None:
        """Let theme, mouse and their like be chosen."""
        self._open(SettingsDialog(self.context, self))

    def show_about(self) -> None:
        """Show version, licence and release notes."""
        self._open(AboutDialog(self))

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _wear(self, name: str) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication) and theme.current(application) != name:
            theme.apply(application, name)
            self._color_icons()

    def _color_icons(self) -> None:
        for name, button in self._buttons.items():
            button.setIcon(icon(name))

    def _name_window(self, source: Path | None) -> None:
        self.setWindowTitle(f"{source.name} – {TITLE}" if source is not None else TITLE)

    def _tell_sample(self, progress: Progress) -> None:
        self._told.setText(
            f"Preparing the sample study: {progress.done} of {progress.total}  {progress.what}"
        )

    def _open_built(self, _key: object, folder: Path) -> None:
        self.preparing_sample = False
        self._told.setText("")
        self.open_path(folder)

    def _fail_sample(self, error: Exception) -> None:
        self.preparing_sample = False
        self._told.setText("")
        self.context.show_error(error)

    # ---- the window itself -------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a folder or a manifest that is dragged over the window."""
        if _dropped_path(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped: a study in its rooms, cases everywhere else."""
        path = _dropped_path(event)
        if path is None:
            return
        event.acceptProposedAction()
        if self.room in ("study", "read", "results") and path.is_dir():
            self.context.open_study(path)
        else:
            self.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window and hide it, end all work and close.

        A room that has to say something first keeps it open.
        """
        for page in self._pages.values():
            may_close = getattr(page, "may_close", None)
            if callable(may_close) and not may_close():
                event.ignore()
                return
        self.context.update_settings(
            geometry=bytes(self.saveGeometry().toBase64().data()).decode(),
            state=bytes(self.saveState().toBase64().data()).decode(),
        )
        self.hide()  # nobody shall look at a window that waits for a step to end
        ask_all_to_stop()
        self._sample.stop()
        for page in self._pages.values():
            stop = getattr(page, "stop", None)
            if callable(stop):
                stop()
        super().closeEvent(event)


def _dropped_path(event: QDropEvent) -> Path | None:
    """Return the one folder, manifest or view that is dragged."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.is_dir() or path.suffix.lower() in (".csv", *VIEWS) else None
