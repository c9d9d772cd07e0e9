"""What the Study room asks beside passphrases: assumptions, and how a dry run is read."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.ui.study_choices import Assumed
from app.ui.study_dialogs import accepted, button_row, secret_field, wrapped


@dataclass(frozen=True, slots=True)
class DryRunAsked:
    """How simulated readers shall read, and the passphrase that lets them."""

    passphrase: str
    readers: int
    metrics: Path | None
    metric: str
    correlation: float
    bias: float
    noise: float
    lapse: float


class AssumptionsDialog(QDialog):
    """Show what the precision assumes, and let the numbers be others."""

    def __init__(
        self, assumed: Assumed, sentences: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the precision assumes")
        self.difference = _decimal(assumed.difference, 0.05, 20)
        self.case_arm = _decimal(assumed.case_arm, 0, 20)
        self.reader_arm = _decimal(assumed.reader_arm, 0, 20)
        self.answer = _decimal(assumed.error, 0, 20)
        form = QFormLayout()
        for name, spin in (
            ("Difference to see", self.difference),
            ("How arms differ from case to case", self.case_arm),
            ("How arms differ from reader to reader", self.reader_arm),
            ("How one answer varies", self.answer),
        ):
            spin.setAccessibleName(name)
            form.addRow(name, spin)
        words = wrapped("\n".join(f"• {sentence}" for sentence in sentences))
        words.setObjectName("muted")
        buttons = button_row("Use these")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(words)
        column.addWidget(buttons)
        self.setMinimumWidth(620)

    def assumed(self) -> Assumed:
        """Return the numbers as they stand."""
        return Assumed(
            self.difference.value(),
            self.case_arm.value(),
            self.reader_arm.value(),
            self.answer.value(),
        )


class DryRunDialog(QDialog):
    """Ask how simulated readers shall read the open study."""

    def __init__(self, metrics: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Dry run with simulated readers")
        self.readers = QSpinBox()
        self.readers.setRange(1, 50)
        self.readers.setValue(3)
        self.bias = _decimal(0.5, 0, 10)
        self.noise = _decimal(0.6, 0, 10)
        self.lapse = QSpinBox()
        self.lapse.setRange(0, 100)
        self.lapse.setValue(2)
        self.lapse.setSuffix(" %")
        self.values = QLineEdit(str(metrics) if metrics is not None else "")
        self.values.setPlaceholderText("none: random qualities")
        choose = QPushButton("Choose …")
        choose.clicked.connect(self._choose)
        self.metric_id = QLineEdit("ssim")
        self.correlation = _decimal(0.8, -1, 1)
        self.passphrase = secret_field("Passphrase")
        table = QHBoxLayout()
        table.addWidget(self.values, 1)
        table.addWidget(choose)
        form = QFormLayout()
        for name, widget in (
            ("Simulated readers", self.readers),
            ("Bias: some are more lenient", self.bias),
            ("Noise of one answer", self.noise),
            ("Answers at random", self.lapse),
        ):
            widget.setAccessibleName(name)
            form.addRow(name, widget)
        form.addRow("They follow the metric values in", table)
        form.addRow("Metric", self.metric_id)
        form.addRow("Correlation with it", self.correlation)
        form.addRow("Passphrase", self.passphrase)
        for name, field in (("Metric values", self.values), ("Metric", self.metric_id)):
            field.setAccessibleName(name)
        self.correlation.setAccessibleName("Correlation with the metric")
        words = wrapped(
            "Simulated readers read the whole study, so that its analysis can be tried before "
            "anyone reads. All that they touch says SIMULATED. Bias and noise are in standard "
            "deviations of the images' latent quality. Do it in a copy if people shall read."
        )
        self.buttons = button_row("Read dry")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(words)
        column.addLayout(form)
        column.addWidget(self.buttons)
        self.passphrase.textChanged.connect(self._check)
        self.values.textChanged.connect(self._check)
        self.setMinimumWidth(560)
        self._check()

    def asked(self) -> DryRunAsked:
        """Return the answers."""
        named = self.values.text().strip()
        return DryRunAsked(
            passphrase=self.passphrase.text(),
            readers=self.readers.value(),
            metrics=Path(named) if named else None,
            metric=self.metric_id.text().strip() or "ssim",
            correlation=self.correlation.value(),
            bias=self.bias.value(),
            noise=self.noise.value(),
            lapse=self.lapse.value() / 100,
        )

    def _check(self) -> None:
        leaning = bool(self.values.text().strip())
        self.metric_id.setEnabled(leaning)
        self.correlation.setEnabled(leaning)
        accept = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        accept.setEnabled(bool(self.passphrase.text()))

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "Metric values", self.values.text(), "Tables (*.csv)"
        )
        if name:
            self.values.setText(name)


def ask_assumptions(
    parent: QWidget, assumed: Assumed, sentences: tuple[str, ...]
) -> Assumed | None:
    """Show the assumptions; return other ones, or None where they shall stay."""
    dialog = AssumptionsDialog(assumed, sentences, parent)
    return dialog.assumed() if accepted(dialog) else None


def ask_dry_run(parent: QWidget, metrics: Path | None) -> DryRunAsked | None:
    """Ask how simulated readers shall read; None where the coordinator thinks better of it."""
    dialog = DryRunDialog(metrics, parent)
    return dialog.asked() if accepted(dialog) else None


def _decimal(value: float, least: float, most: float) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setDecimals(2)
    spin.setSingleStep(0.1)
    spin.setRange(least, most)
    spin.setValue(value)
    return spin
