"""What the Study room asks: a passphrase twice, a passphrase and a reason, a folder."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Unblinding:
    """The coordinator's answer: the passphrase, and the reason where one is given."""

    passphrase: str
    reason: str


def strength(passphrase: str) -> str:
    """Return a hint on how hard a passphrase is to guess.

    >>> strength("abc")
    'Too short: at least 8 characters.'
    """
    if len(passphrase) < SHORTEST:
        return f"Too short: at least {SHORTEST} characters."
    if len(set(passphrase.lower())) < 5:
        return "Weak: the same few characters again and again."
    words = len(passphrase.split())
    kinds = sum(
        any(test(letter) for letter in passphrase)
        for test in (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
    )
    if words >= 4 or len(passphrase) >= 20 or (len(passphrase) >= 14 and kinds >= 3):
        return "Strong."
    return "Fair. Four words that do not belong together are stronger."


class LockDialog(QDialog):
    """Ask for a new passphrase, twice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Lock the study")
        self.first, self.second = secret_field("Passphrase"), secret_field("The passphrase again")
        self.hint = QLabel(strength(""))
        self.hint.setObjectName("muted")
        form = QFormLayout()
        form.addRow("Passphrase", self.first)
        form.addRow("Again", self.second)
        form.addRow("", self.hint)
        self.buttons = button_row("Lock")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addWidget(
            wrapped(
                "Locking freezes the protocol, blinds the images and seals the key that tells "
                "which image came from which arm."
            )
        )
        warning = wrapped(
            "Nobody can recover this passphrase. Without it the study can never be unblinded: "
            "write it down and keep it away from the readers."
        )
        warning.setStyleSheet("font-weight: 600;")
        column.addWidget(warning)
        column.addLayout(form)
        column.addWidget(self.buttons)
        for field in (self.first, self.second):
            field.textChanged.connect(self._check)
        self.setMinimumWidth(480)
        self._check()

    def _check(self) -> None:
        first, second = self.first.text(), self.second.text()
        same = first == second
        self.hint.setText("The two are not the same." if second and not same else strength(first))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(
            same and len(first) >= SHORTEST
        )


class UnblindDialog(QDialog):
    """Ask for the passphrase, say that it is on the record, and take a reason."""

    def __init__(
        self, missing_reads: int, parent: QWidget | None = None, *, dry_run: bool = False
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Unblind the study")
        self._missing_reads = missing_reads
        self.passphrase = secret_field("Passphrase")
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Reason")
        self.buttons = button_row("Unblind")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addWidget(
            wrapped(
                "Unblinding happens once. It is written into the study's record with the time and "
                "the progress of every reader, and no answer can be given after it."
            )
        )
        if dry_run:
            column.addWidget(
                wrapped(
                    "Only simulated readers have read this study: it is a dry run, and every "
                    "table and report says SIMULATED. To have it read by people afterwards, "
                    "make a new study from the same folder."
                )
            )
        form = QFormLayout()
        form.addRow("Passphrase", self.passphrase)
        if missing_reads:
            missing = f"{missing_reads} reads are" if missing_reads > 1 else "1 read is"
            column.addWidget(wrapped(f"{missing} still missing. Say why it cannot wait for them."))
            self.reason.setPlaceholderText("The reason, kept on the record")
            form.addRow("Reason", self.reason)
        column.addLayout(form)
        column.addWidget(self.buttons)
        for field in (self.passphrase, self.reason):
            field.textChanged.connect(self._check)
        self.setMinimumWidth(480)
        self._check()

    def _check(self) -> None:
        enough = bool(self.reason.text().strip()) or not self._missing_reads
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(
            enough and bool(self.passphrase.text())
        )


def ask_to_lock(parent: QWidget) -> str | None:
    """Ask for a new passphrase; None where the coordinator thinks better of it."""
    dialog = LockDialog(parent)
    if not accepted(dialog):
        return None
    return dialog.first.text()


def ask_to_unblind(
    parent: QWidget, missing_reads: int, *, dry_run: bool = False
) -> Unblinding | None:
    """Ask for the passphrase and a reason; None where the coordinator thinks better of it."""
    dialog = UnblindDialog(missing_reads, parent, dry_run=dry_run)
    if not accepted(dialog):
        return None
    return Unblinding(dialog.passphrase.text(), dialog.reason.text().strip())


def ask_new_folder(parent: QWidget, start: Path) -> Path | None:
    """Ask where to make a new study."""
    name, _ = QFileDialog.getSaveFileName(
        parent,
        "Folder of the new study",
        str(start),
        options=QFileDialog.Option.DontConfirmOverwrite,
    )
    return Path(name) if name else None


def ask_study(parent: QWidget, start: str) -> Path | None:
    """Ask for the folder of a study."""
    name = QFileDialog.getExistingDirectory(parent, "Open a study", start)
    return Path(name) if name else None


def accepted(dialog: QDialog) -> bool:
    """Show a dialog and tell whether it was accepted; its fields can be read until one waits."""
    try:
        return dialog.exec() == QDialog.DialogCode.Accepted
    finally:
        dialog.deleteLater()


def secret_field(name: str) -> QLineEdit:
    """Return a field for a passphrase."""
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setAccessibleName(name)
    return field


def wrapped(text: str) -> QLabel:
    """Return words on as many lines as they need."""
    label = QLabel(text)
    label.setWordWrap(True)
    return label


def button_row(accept: str) -> QDialogButtonBox:
    """Return the buttons of a dialog; ``accept`` says what is done."""
    standard = QDialogButtonBox.StandardButton
    box = QDialogButtonBox(standard.Ok | standard.Cancel)
    box.button(standard.Ok).setText(accept)
    box.button(standard.Ok).setProperty("primary", True)
    return box
