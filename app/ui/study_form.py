"""The choices for a new study, as a form that follows the model."""

from collections.abc import Iterator

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.ui.study_model import StudyModel, reader_codes


class StudyForm(QWidget):
    """Every change is told to the model at once; the model's answer is shown."""

    def __init__(self, model: StudyModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.source = QLabel()
        self.title = QLineEdit()
        self.template = QComboBox()
        self.template.addItems(list(model.templates))
        self.reference = QLabel()
        self.takes_part = QCheckBox("The reference takes part too, blinded, as one more arm")
        self.arms = CheckList("arms", height=126)
        self.cases = CheckList("cases", height=206)
        self.readers = QLineEdit(", ".join(model.choices.readers))
        self.readers.setPlaceholderText("R1, R2, R3")
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(1, 3600)
        self.seconds.setDecimals(0)
        self.seconds.setSuffix(" s")
        self.seconds.setValue(model.choices.seconds_per_read)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 6, 0)
        form.setVerticalSpacing(10)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for name, widget in (
            ("Source", self.source),
            ("Title", self.title),
            ("Template", self.template),
            ("Reference", self.reference),
            ("", self.takes_part),
            ("Arms", self.arms),
            ("Cases", self.cases),
            ("Readers", self.readers),
            ("Time per read", self.seconds),
        ):
            form.addRow(name, widget)
            widget.setAccessibleName(name or self.takes_part.text())
        self.title.setToolTip("Readers may see the title: it must not name an arm.")
        self.readers.setToolTip("One code for each reader, with commas between them.")
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        model = self._model
        model.changed.connect(self.refresh)
        self.title.textEdited.connect(lambda text: model.choose(title=text))
        self.template.textActivated.connect(lambda text: model.choose(template=text))
        self.takes_part.toggled.connect(lambda on: model.choose(reference_as_arm=on))
        self.arms.list.itemChanged.connect(lambda _: model.choose(arms=self.arms.chosen()))
        self.cases.list.itemChanged.connect(lambda _: model.choose(cases=self.cases.chosen()))
        self.readers.textEdited.connect(lambda text: model.choose(readers=reader_codes(text)))
        self.seconds.valueChanged.connect(lambda value: model.choose(seconds_per_read=value))

    def refresh(self) -> None:
        """Show what the model holds."""
        pairing, choices = self._model.pairing, self._model.choices
        self.setEnabled(pairing is not None)
        if pairing is None:
            looking = self._model.looking
            self.source.setText(
                "Looking for pairs …" if looking else "Open a folder of cases first (Ctrl+O)."
            )
            return
        self.source.setText(pairing.source.name)
        self.source.setToolTip(str(pairing.source))
        if self.title.text() != choices.title:
            self.title.setText(choices.title)
        self.reference.setText(pairing.reference_name)
        self.arms.show_names(pairing.arms, choices.arms)
        self.cases.show_names(pairing.cases, choices.cases)


class CheckList(QWidget):
    """Names with a tick each, how many are ticked, and all or none at once."""

    def __init__(self, what: str, *, height: int) -> None:
        super().__init__()
        self._what = what
        self.list = QListWidget()
        self.list.setFixedHeight(height)
        self.list.setAccessibleName(what)
        self.count = QLabel()
        self.count.setObjectName("muted")
        everything, nothing = QPushButton("All"), QPushButton("None")
        everything.clicked.connect(lambda: self._tick(Qt.CheckState.Checked))
        nothing.clicked.connect(lambda: self._tick(Qt.CheckState.Unchecked))
        row = QHBoxLayout()
        row.addWidget(self.count, 1)
        row.addWidget(everything)
        row.addWidget(nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.list)
        column.addLayout(row)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def chosen(self) -> tuple[str, ...]:
        """Return the names with a tick, in order."""
        return tuple(
            item.text() for item in self._items() if item.checkState() == Qt.CheckState.Checked
        )

    def show_names(self, names: tuple[str, ...], chosen: tuple[str, ...]) -> None:
        """Show names, with a tick at those that are chosen."""
        with QSignalBlocker(self.list):
            if [item.text() for item in self._items()] != list(names):
                self.list.clear()
                for name in names:
                    item = QListWidgetItem(name, self.list)
                    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            for item in self._items():
                on = item.text() in chosen
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.count.setText(f"{len(chosen)} of {len(names)} {self._what}")

    def _items(self) -> Iterator[QListWidgetItem]:
        return (self.list.item(row) for row in range(self.list.count()))

    def _tick(self, state: Qt.CheckState) -> None:
        with QSignalBlocker(self.list):
            for item in self._items():
                item.setCheckState(state)
        if self.list.count():
            self.list.itemChanged.emit(self.list.item(0))
