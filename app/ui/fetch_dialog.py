"""File > Fetch from an archive: where it is, whom to look for, which series, and where to."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.domain.archived import ArchivedSeries, Fetched, Wanted
from app.errors import BlindReadError, InputError
from app.ui.banner import Banner
from app.ui.dialog_parts import button_row, named_field, row_of, under_banner
from app.ui.fetch_model import FetchModel, signed_in, warning
from app.ui.work_bar import WorkBar
from app.workflows.fetch import Source

COLUMNS = ("Series", "Modality", "Number", "Images")
METHODS = (("get", "C-GET: on the same connection"), ("move", "C-MOVE: add ?listen=PORT"))
SERIES = Qt.ItemDataRole.UserRole


def ask_output(parent: QWidget, start: str) -> Path | None:
    """Ask for the folder to fill; None where the person thinks better of it."""
    name = QFileDialog.getExistingDirectory(parent, "Folder to fill", start)
    return Path(name) if name else None


def ask_authority(parent: QWidget) -> Path | None:
    """Ask for the certificates to trust."""
    name, _ = QFileDialog.getOpenFileName(
        parent, "Certificates to trust", "", "PEM files (*.pem *.crt *.cer);;All files (*)"
    )
    return Path(name) if name else None


class FetchDialog(QDialog):
    """Look into an archive, choose series, and copy them into a folder of cases.

    Signals
    -------
    fetched(str, Path, Fetched)
        The address, the folder that is filled, and how it went.
    """

    fetched = Signal(str, object, object)

    def __init__(self, address: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Fetch from an archive")
        self.model = FetchModel(self)
        self.banner = Banner()
        self.address = named_field("Address", "https://host/dicom-web  or  dicom://TITLE@host:104")
        self.address.setText(address)
        self.method = QComboBox()
        for name, words in METHODS:
            self.method.addItem(words, name)
        self.method.setAccessibleName("How images are sent")
        self.patient = named_field("Patient ID", "* and ? stand for unknown parts")
        self.accession = named_field("Accession number")
        self.study = named_field("Study UID")
        self.user = named_field("User", "user, if the archive asks")
        self.password = named_field("Password", "password, kept nowhere")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.authority = named_field("Certificates to trust", "the system's certificates")
        self.folder = named_field("Folder")
        self.folder.setText(str(folder))
        self.caution = QLabel()
        self.caution.setObjectName("muted")
        self.search_button = QPushButton("Search")
        self.fetch_button = QPushButton("Fetch")
        self.fetch_button.setProperty("primary", True)
        self.close_button = QPushButton("Close")
        self.tree = QTreeWidget()
        self.work = WorkBar()
        self._lay_out()
        self._connect()
        self._refresh()

    @property
    def chosen(self) -> tuple[ArchivedSeries, ...]:
        """The series that are ticked."""
        return tuple(
            item.data(0, SERIES)
            for item in self._items()
            if item.checkState(0) == Qt.CheckState.Checked
        )

    def reject(self) -> None:
        """Give the work under way up and close; an archive may take long to answer."""
        self.model.drop()
        super().reject()

    # ---- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Archive", self.address)
        form.addRow("Sent by", self.method)
        form.addRow("Sign in", row_of(self.user, self.password))
        form.addRow("Trust", row_of(self.authority, self._browse(self._choose_authority)))
        form.addRow("", self.caution)
        form.addRow("Patient", row_of(self.patient, QLabel("or accession"), self.accession))
        form.addRow("or study", row_of(self.study, self.search_button))
        self._form = form
        self.tree.setColumnCount(len(COLUMNS))
        self.tree.setHeaderLabels(COLUMNS)
        self.tree.setAccessibleName("Studies and series found")
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setAlternatingRowColors(True)
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        into = QFormLayout()
        into.addRow("Into", row_of(self.folder, self._browse(self._choose_folder)))
        inside = under_banner(self, self.banner)
        inside.addLayout(form)
        inside.addWidget(self.tree, 1)
        inside.addLayout(into)
        inside.addWidget(self.work)
        inside.addLayout(button_row(self.close_button, self.fetch_button))
        self.search_button.setDefault(True)
        self.resize(760, 620)

    def _connect(self) -> None:
        self.search_button.clicked.connect(self._search)
        self.fetch_button.clicked.connect(self._fetch)
        self.close_button.clicked.connect(self.reject)
        self.work.cancelled.connect(self.model.cancel)
        self.tree.itemChanged.connect(lambda *_: self._refresh())
        for field in (self.address, self.user, self.password, self.folder):
            field.textChanged.connect(self._refresh)
        self.model.changed.connect(self._show)
        self.model.progressed.connect(self.work.show_progress)
        self.model.failed.connect(self.banner.show_error)
        self.model.fetched.connect(self._finish)

    def _browse(self, slot: object) -> QPushButton:
        button = QPushButton("Browse…")
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    # ---- what the buttons do -----------------------------------------------------------

    def _source(self) -> Source:
        authority = self.authority.text().strip()
        return Source(
            self.address.text().strip(),
            signed_in(self.user.text().strip(), self.password.text()),
            self.method.currentData(),
            Path(authority) if authority else None,
        )

    def _search(self) -> None:
        self.banner.hide()
        wanted = Wanted(
            self.patient.text().strip(), self.accession.text().strip(), self.study.text().strip()
        )
        self.model.search(self._source(), wanted)

    def _fetch(self) -> None:
        self.banner.hide()
        name = self.folder.text().strip()
        if not Path(name).expanduser().is_absolute():
            self.banner.show_error(
                InputError(f"{name} is no full path.", remedy="Choose the folder with Browse.")
            )
            return
        self.model.fetch(self.chosen, Path(name).expanduser())

    def _choose_folder(self) -> None:
        folder = ask_output(self, self.folder.text())
        if folder is not None:
            self.folder.setText(str(folder))

    def _choose_authority(self) -> None:
        path = ask_authority(self)
        if path is not None:
            self.authority.setText(str(path))

    def _finish(self, folder: Path, result: Fetched) -> None:
        self.fetched.emit(self.address.text().strip(), folder, result)
        self.accept()

    # ---- what is shown -----------------------------------------------------------------

    def _show(self) -> None:
        if tuple(item.data(0, SERIES) for item in self._items()) != self.model.series:
            self._fill()
        self._refresh()

    def _fill(self) -> None:
        self.tree.blockSignals(True)
        self.tree.clear()
        parents: dict[str, QTreeWidgetItem] = {}
        for one in self.model.series:
            if one.study_uid not in parents:
                told = (one.patient, one.study_date, one.study_description, one.accession)
                parent = QTreeWidgetItem(["  ·  ".join(filter(None, told)) or one.study_uid])
                parent.setToolTip(0, one.study_uid)
                parents[one.study_uid] = parent
                self.tree.addTopLevelItem(parent)
                parent.setFirstColumnSpanned(True)
                parent.setExpanded(True)
            words = one.description or "(no description)"
            item = QTreeWidgetItem([words, one.modality, one.number, str(one.instances or "")])
            item.setData(0, SERIES, one)
            item.setToolTip(0, one.series_uid)
            ticked = Qt.CheckState.Checked if one.holds_images else Qt.CheckState.Unchecked
            item.setCheckState(0, ticked)
            parents[one.study_uid].addChild(item)
        self.tree.blockSignals(False)

    def _items(self) -> list[QTreeWidgetItem]:
        found = []
        for index in range(self.tree.topLevelItemCount()):
            study = self.tree.topLevelItem(index)
            found += [study.child(row) for row in range(study.childCount())] if study else []
        return found

    def _refresh(self) -> None:
        doing, count = self.model.doing, len(self.chosen)
        self.work.show_work(doing)
        address = self.address.text().strip()
        spoken = address.lower().startswith(("dicom:", "dicoms:"))
        self._form.setRowVisible(self.method, spoken)
        told = warning(self._source())
        self.caution.setText(told)
        self._form.setRowVisible(self.caution, bool(told))
        self.search_button.setEnabled(bool(address) and not doing)
        self.fetch_button.setText(f"Fetch {count} series" if count else "Fetch")
        self.fetch_button.setEnabled(bool(count and self.folder.text().strip()) and not doing)


def told_missing(result: Fetched) -> BlindReadError | None:
    """Return what did not come, as one failure; None where all is there."""
    if not result.problems:
        return None
    return InputError(
        f"{result.new} images were fetched, some are missing: {' '.join(result.problems)}",
        remedy="What came is complete and is kept.",
    )
