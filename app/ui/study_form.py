"""The choices for a new study, as a form of three pages that follows the model."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui.check_list import CheckList
from app.ui.study_choices import reader_codes
from app.ui.study_model import StudyModel
from app.ui.study_questions import QuestionsForm
from app.ui.study_rules import RulesForm


class StudyForm(QWidget):
    """Every change is told to the model at once; the model's answer is shown."""

    def __init__(self, model: StudyModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._names: list[str] = []
        self.source = QLabel()
        self.source.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.reference = QLineEdit()
        self.reference.setPlaceholderText("reference: automatic")
        self.reference.setAccessibleName("Name of the reference")
        self.reference.setClearButtonEnabled(True)
        self.title = QLineEdit()
        self.template = QComboBox()
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setObjectName("muted")
        self.about.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.arms = CheckList("arms", height=104)
        self.cases = CheckList("cases")
        self.readers = QLineEdit(", ".join(model.choices.readers))
        self.readers.setPlaceholderText("R1, R2, R3")
        self.rules = RulesForm(model)
        self.questions = QuestionsForm(model)
        self.pages = QTabWidget()
        self.pages.addTab(self._images(), "Ima&ges and readers")
        self.pages.addTab(self.rules, "&Screens and sessions")
        self.pages.addTab(self.questions, "&Questions")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._design())
        column.addWidget(self.pages, 1)
        self.title.setToolTip("Readers may see the title: it must not name an arm.")
        self.readers.setToolTip("One code for each reader, with commas between them.")
        self._connect()
        self.refresh()

    def _design(self) -> QFormLayout:
        form = _form()
        source = QHBoxLayout()
        source.addWidget(self.source, 3)
        source.addWidget(self.reference, 2)
        self.source.setAccessibleName("Source")
        form.addRow("Source", source)
        for name, widget in (
            ("Template", self.template),
            ("", self.about),
            ("Title", self.title),
        ):
            form.addRow(name, widget)
            widget.setAccessibleName(name or "About the template")
        return form

    def _images(self) -> QWidget:
        page = QWidget()
        form = _form()
        page.setLayout(form)
        form.setContentsMargins(8, 10, 8, 8)
        for name, widget in (
            ("Readers", self.readers),
            ("Arms", self.arms),
            ("Cases", self.cases),
        ):
            form.addRow(name, widget)
            widget.setAccessibleName(name)
        return page

    def _connect(self) -> None:
        model = self._model
        model.changed.connect(self.refresh)
        self.reference.editingFinished.connect(lambda: model.name_reference(self.reference.text()))
        self.title.textEdited.connect(lambda text: model.choose(title=text))
        self.template.textActivated.connect(model.use_template)
        self.arms.list.itemChanged.connect(lambda _: model.choose(arms=self.arms.chosen()))
        self.cases.list.itemChanged.connect(lambda _: model.choose(cases=self.cases.chosen()))
        self.readers.textEdited.connect(lambda text: model.choose(readers=reader_codes(text)))

    def refresh(self) -> None:
        """Show what the model holds."""
        pairing, choices = self._model.pairing, self._model.choices
        for part in (self.template, self.title, self.pages):
            part.setEnabled(pairing is not None)
        self._offer_templates()
        about = self._model.templates.get(choices.template)
        self.template.setCurrentText(choices.template)
        self.about.setText(f"{about.summary}. Basis: {about.basis}." if about is not None else "")
        self._show_source()
        if pairing is None:
            return
        if self.title.text() != choices.title:
            self.title.setText(choices.title)
        self.arms.show_names(pairing.arms, choices.arms)
        self.cases.show_names(pairing.cases, choices.cases)
        self.rules.refresh()
        self.questions.refresh()

    def _offer_templates(self) -> None:
        """Offer the designs once they are read; before, the one that will be taken."""
        offered = self._model.templates
        names = list(offered) or [self._model.choices.template]
        if self.template.count() == len(names):
            return
        self.template.clear()
        self.template.addItems(names)
        self.template.setMaxVisibleItems(self.template.count())
        for place, one in enumerate(offered.values()):
            self.template.setItemData(
                place, f"{one.summary}\n{one.basis}", Qt.ItemDataRole.ToolTipRole
            )

    def _show_source(self) -> None:
        """Show what is paired, and by which reference."""
        model, pairing = self._model, self._model.pairing
        self.reference.setEnabled(model.can_name_reference)
        self.reference.setToolTip(
            "Name of the reference's folder or file, where it is not one of the usual:\n"
            "reference, ground_truth, gt, truth, target. Enter pairs again."
            if model.can_name_reference or model.source is None
            else "A manifest says itself which image is the reference."
        )
        if not self.reference.hasFocus() or not self.reference.isModified():
            self.reference.setText(model.reference_name)
        self.source.setToolTip(str(model.source or ""))
        if pairing is not None:
            self.source.setText(f"{pairing.source.name}, reference: {pairing.reference_name}")
            names = sorted({*pairing.arms, pairing.reference_name} - {""})
            if names != self._names:
                self._names = names
                self.reference.setCompleter(QCompleter(names, self.reference))
        elif model.looking:
            self.source.setText("Looking for pairs …")
        elif model.source is not None:
            self.source.setText(f"{model.source.name}: nothing is paired")
        else:
            self.source.setText("Open a folder of cases first (Ctrl+O).")


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setVerticalSpacing(8)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return form
