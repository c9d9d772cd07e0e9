"""The Study room: design a reader study, lock it, watch it, unblind it."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.action_set import ActionSet
from app.ui.context import Context
from app.ui.row_table import Column, RowTable, row_view
from app.ui.study_actions import AMENDMENTS, study_actions
from app.ui.study_amend_dialogs import ask_new_cases, ask_new_reader, ask_next_round
from app.ui.study_amending import Amending
from app.ui.study_asking import ask_assumptions, ask_dry_run
from app.ui.study_dialogs import ask_new_folder, ask_study, ask_to_lock, ask_to_unblind
from app.ui.study_form import StudyForm
from app.ui.study_model import StudyModel
from app.ui.study_outlook import OutlookPanel
from app.ui.work_bar import WorkBar

STATES = {
    "draft": "Draft: it can still be changed. Lock it before anyone reads.",
    "locked": "Locked: it is being read. The key is sealed.",
    "unblinded": "Unblinded, on the record. Reading has ended.",
}

KEY_MISSING = "Unblinded, on the record, but key.json is missing. Unblind again to write it."

PROGRESS_COLUMNS = (
    Column("Reader", lambda row: row.reader),
    Column("Read", lambda row: f"{row.done} of {row.total}", number=True),
    Column("", lambda row: f"{100 * row.done // max(1, row.total)} %", number=True),
    Column("", lambda row: "SIMULATED" if row.simulated else ""),
)

SHORTCUTS = (
    ("Tab, Space", "from field to field; tick, or press a button"),
    ("Alt+C", "create the study"),
    ("Alt+K", "lock the open study"),
    ("Alt+M", "amend the open study: readers, cases, the next round"),
    ("Alt+D", "dry run: simulated readers read the open study"),
    ("Alt+A", "what the precision assumes"),
    ("Alt+U", "unblind the open study"),
)


class StudyPage(QWidget):
    """A design on the left; what it asks, and the open study, on the right."""

    shortcuts = SHORTCUTS

    def __init__(
        self, context: Context, model: StudyModel | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self.model = model or StudyModel(parent=self)
        self.amending = Amending(self.model, self)
        self.form = StudyForm(self.model)
        self.outlook = OutlookPanel(self.model)
        self.progress = RowTable(PROGRESS_COLUMNS, self)
        self.action_set = ActionSet(self, lambda: study_actions(self))
        self._lay_out()
        self._connect()
        self._refresh()
        self.model.take_look(context.look)
        self.model.open_source(context.source, context.reference_name)
        self.model.open_study(context.study)

    # Layout

    def _lay_out(self) -> None:
        self.create_button = _button("&Create the study …", primary=True)
        self.open_button = _button("Open a study …")
        self.lock_button = _button("Loc&k …", primary=True)
        self.unblind_button = _button("&Unblind …")
        self.refresh_button = _button("Look again")
        self.refresh_button.setToolTip("Look again at the readers' progress (F5)")
        self.protocol_button = _button("Open protocol.yaml")
        self.protocol_button.setToolTip(
            "Open the file in an editor; press F5 here after saving. A locked one must not change."
        )
        self.dry_run_button = _button("&Dry run …")
        self.amend_button = _button("A&mend")
        self.amend_button.setToolTip(
            "Add a reader or cases, or draw the next round of pairs; what readers have stays"
        )
        self.amend_menu = QMenu(self.amend_button)
        self.amend_menu.setToolTipsVisible(True)
        self.amend_menu.addActions([self.action_set.qt_action(id) for id in AMENDMENTS])
        self.amend_menu.aboutToShow.connect(self.action_set.sync)
        self.amend_button.setMenu(self.amend_menu)
        self.work = WorkBar()
        design = _panel("A new study")
        _inside(design).addWidget(self.form, 1)
        _inside(design).addWidget(self.create_button)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(design, 5)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.outlook, 6)
        right.addWidget(self._study_panel(), 5)
        row.addLayout(right, 6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(row, 1)
        layout.addWidget(self.work)

    def _study_panel(self) -> QWidget:
        panel = _panel("The open study")
        self.name = QLabel()
        self.name.setObjectName("title")
        self.name.setWordWrap(True)
        self.place = QLabel()
        self.place.setObjectName("muted")
        self.place.setWordWrap(True)
        self.state = QLabel()
        self.state.setWordWrap(True)
        looking, buttons = QHBoxLayout(), QHBoxLayout()
        for button in (self.open_button, self.refresh_button, self.protocol_button):
            looking.addWidget(button)
        looking.addStretch(1)
        buttons.addWidget(self.dry_run_button)
        buttons.addWidget(self.amend_button)
        buttons.addStretch(1)
        for button in (self.lock_button, self.unblind_button):
            buttons.addWidget(button)
        for widget in (self.name, self.place, self.state):
            _inside(panel).addWidget(widget)
        _inside(panel).addWidget(row_view(self.progress, "Progress of the readers"), 1)
        _inside(panel).addLayout(looking)
        _inside(panel).addLayout(buttons)
        return panel

    def _connect(self) -> None:
        context, model = self._context, self.model
        context.looked.connect(model.take_look)
        context.source_changed.connect(model.open_source)
        context.reference_named.connect(model.name_reference)
        context.study_changed.connect(model.open_study)
        model.changed.connect(self._refresh)
        model.failed.connect(context.show_error)
        model.notice.connect(context.show_notice)
        model.study_made.connect(context.open_study)
        model.progressed.connect(self.work.show_progress)
        self.work.cancelled.connect(model.cancel)
        self.create_button.clicked.connect(self.create_study)
        self.open_button.clicked.connect(self.open_study)
        self.refresh_button.clicked.connect(model.refresh)
        self.protocol_button.clicked.connect(self.open_protocol)
        self.dry_run_button.clicked.connect(self.dry_run)
        self.outlook.assumptions_asked.connect(self.assume)
        self.lock_button.clicked.connect(self.lock)
        self.unblind_button.clicked.connect(self.unblind)

    # What is shown

    def _refresh(self) -> None:
        model = self.model
        self.work.show_work(model.doing)
        self.create_button.setEnabled(model.can_create)
        self.lock_button.setEnabled(model.can_lock)
        self.unblind_button.setEnabled(model.can_unblind)
        self.refresh_button.setEnabled(model.study is not None)
        self.protocol_button.setEnabled(model.protocol_file is not None)
        self.dry_run_button.setEnabled(model.can_simulate)
        self.amend_button.setEnabled(self.amending.can_amend)
        self.outlook.refresh()
        status = model.status
        self.name.setText(model.study_title)
        self.place.setText(str(model.study) if model.study is not None else "")
        self.state.setText(KEY_MISSING if model.needs_key else STATES.get(model.state, ""))
        self.progress.show_rows(status.readers if status is not None else ())

    # What can be done

    def create_study(self) -> None:
        """Ask for a folder and write the study there."""
        pairing = self.model.pairing
        if pairing is None or not self.model.can_create:
            return
        folder = ask_new_folder(self, _free_name(pairing.source.resolve().parent / "study"))
        if folder is not None:
            self.model.create(folder)

    def open_study(self) -> None:
        """Ask for a study and open it in every room."""
        folder = ask_study(self, self._context.settings.last_study or str(Path.home()))
        if folder is not None:
            self._context.open_study(folder)

    def open_protocol(self) -> None:
        """Open the protocol of the study in the system's editor."""
        path = self.model.protocol_file
        if path is not None and not open_file(path):
            self._context.show_notice(f"No program opens it here. It is {path}.")

    def assume(self) -> None:
        """Show what the precision assumes, and take other numbers."""
        found = self.model.expectation
        sentences = found.assumptions if found is not None else ()
        assumed = ask_assumptions(self, self.model.assumed, sentences)
        if assumed is not None:
            self.model.assume(assumed)

    def dry_run(self) -> None:
        """Ask how simulated readers shall read, and let them."""
        asked = ask_dry_run(self, self.model.metrics_at_hand)
        if asked is not None:
            self.model.simulate(asked)

    def lock(self) -> None:
        """Ask for a passphrase and lock the open study."""
        passphrase = ask_to_lock(self)
        if passphrase is not None:
            self.model.lock(passphrase)

    def add_reader(self) -> None:
        """Ask for the code of one more reader, and add it to the open study."""
        asked = ask_new_reader(self)
        if asked is not None:
            self.amending.add_reader(asked.passphrase, asked.reader)

    def add_cases(self) -> None:
        """Show the cases that could be added to the open study, and add those chosen."""
        asked = ask_new_cases(self, self.amending)
        if asked is not None:
            self.amending.add_cases(asked.passphrase, asked.cases, asked.source)

    def next_round(self) -> None:
        """Show the plan of the next round of pairs, and draw it."""
        passphrase = ask_next_round(self, self.amending)
        if passphrase is not None:
            self.amending.next_round(passphrase)

    def unblind(self) -> None:
        """Ask for the passphrase and unblind the open study."""
        answer = ask_to_unblind(self, self.model.missing_reads, dry_run=self.model.dry_run)
        if answer is not None:
            self.model.unblind(answer.passphrase, answer.reason)

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self.amending.stop()
        self.model.stop()


def open_file(path: Path) -> bool:
    """Open a file in the program that the system has for it; tell whether there is one."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _button(words: str, *, primary: bool = False) -> QPushButton:
    made = QPushButton(words)
    made.setProperty("primary", primary)
    return made


def _panel(heading: str) -> QFrame:
    panel = QFrame()
    panel.setObjectName("panel")
    label = QLabel(heading)
    label.setObjectName("heading")
    column = QVBoxLayout(panel)
    column.setContentsMargins(14, 12, 14, 12)
    column.setSpacing(8)
    column.addWidget(label)
    return panel


def _inside(panel: QFrame) -> QVBoxLayout:
    column = panel.layout()
    if not isinstance(column, QVBoxLayout):  # pragma: no cover - made by _panel
        raise TypeError("a panel holds a column")
    return column


def _free_name(folder: Path) -> Path:
    """Return the folder, or where it is taken the same with the next free number."""
    candidates = (folder, *(folder.with_name(f"{folder.name}-{n}") for n in range(2, 100)))
    return next((path for path in candidates if not path.exists()), folder)
