"""The Results room: what the readers said, and how far the metrics agree with them."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui import theme
from app.ui.context import Context
from app.ui.results_model import ResultsModel
from app.ui.results_plots import ForestPlot, ScatterPlot, interval_of, legend_of, words_of
from app.ui.row_table import Column, RowTable, row_view
from app.ui.study_dialogs import ask_study
from app.ui.value_table import in_figures
from app.ui.work_bar import WorkBar

SCORE_COLUMNS = (
    Column("Arm", lambda row: row.group),
    Column("Value", lambda row: _number(row.value), number=True),
    Column("95 % interval", lambda row: interval_of(row).strip(" ()"), number=True),
    Column("Readers", lambda row: str(row.n_readers), number=True),
    Column("Cases", lambda row: str(row.n_cases), number=True),
    Column(
        "Note", lambda row: _note(row.note), tip=lambda row: f"{row.method}\n{row.note}".strip()
    ),
)
RHO_NAMES = {"srocc": "over images", "srocc_within_case": "within cases"}
RHO_COLUMNS = (
    Column("Metric, region ~ criterion", lambda row: row.group),
    Column("Spearman's ρ", lambda row: RHO_NAMES.get(row.quantity, row.quantity)),
    Column("Value", lambda row: _number(row.value), number=True),
    Column("95 % interval", lambda row: interval_of(row).strip(" ()"), number=True),
    Column("Images", lambda row: str(row.n), number=True),
    Column(
        "Note", lambda row: _note(row.note), tip=lambda row: f"{row.method}\n{row.note}".strip()
    ),
)
GALLERY_COLUMNS = (
    Column("Case", lambda row: row.point.case),
    Column("Arm", lambda row: row.point.arm),
    Column("Metric", lambda row: in_figures(row.point.metric_value), number=True),
    Column("its rank", lambda row: f"{row.metric_rank:g}", number=True),
    Column("Readers", lambda row: f"{row.point.score:.2f}", number=True),
    Column("their rank", lambda row: f"{row.reader_rank:g}", number=True),
    Column("", lambda row: _verdict(row.difference)),
)

SIMULATED = "SIMULATED"


def ask_metrics(parent: QWidget, start: str) -> Path | None:
    """Ask for a table of metric values."""
    name, _ = QFileDialog.getOpenFileName(parent, "Metric values", start, "CSV tables (*.csv)")
    return Path(name) if name else None


def ask_output(parent: QWidget, start: str) -> Path | None:
    """Ask for the folder of the tables and the report."""
    name = QFileDialog.getExistingDirectory(parent, "Folder for the tables and the report", start)
    return Path(name) if name else None


SHORTCUTS = (
    ("Tab, Up, Down", "from table to table, from row to row"),
    ("Enter", "show the images of a row of the gallery, or the plot of a metric"),
    ("Alt+M", "choose the metric values"),
    ("Alt+X", "export tables and report"),
)


class ResultsPage(QWidget):
    """Progress while the study is read; estimates, plots and the gallery after unblinding."""

    shortcuts = SHORTCUTS

    def __init__(
        self, context: Context, model: ResultsModel | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self.model = model or ResultsModel(parent=self)
        self.scores = RowTable(SCORE_COLUMNS, self)
        self.rhos = RowTable(RHO_COLUMNS, self)
        self.gallery = RowTable(GALLERY_COLUMNS, self)
        self._lay_out()
        self._connect()
        self._refresh()
        self.model.offer_metrics(context.metrics)
        self.model.open_study(context.study)

    # Layout

    def _lay_out(self) -> None:
        self.title = QLabel()
        self.title.setObjectName("title")
        self.sources = QLabel()
        self.sources.setObjectName("muted")
        self.banner = QLabel(f"{SIMULATED}: these readers are a program, not people.")
        self.warnings = QLabel()
        self.warnings.setWordWrap(True)
        self.open_button = QPushButton("Open a study …")
        self.metrics_button = QPushButton("&Metric values …")
        self.export_button = QPushButton("E&xport …")
        self.export_button.setProperty("primary", True)
        self.work = WorkBar()
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        top = QHBoxLayout()
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.title)
        names.addWidget(self.sources)
        top.addLayout(names, 1)
        for button in (self.open_button, self.metrics_button, self.export_button):
            top.addWidget(button)
        self.pages = QStackedWidget()
        self.pages.addWidget(self._empty_state())
        self.pages.addWidget(self._findings())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.addLayout(top)
        layout.addWidget(self.banner)
        layout.addWidget(self.warnings)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.work)

    def _empty_state(self) -> QWidget:
        page = QWidget()
        self.sentence.setObjectName("title")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(page)
        column.addStretch(1)
        column.addWidget(self.sentence)
        column.addStretch(2)
        return page

    def _findings(self) -> QWidget:
        self.quantity = QComboBox()
        self.quantity.setAccessibleName("Estimate in the plot")
        self.forest = ForestPlot()
        self.key = QComboBox()
        self.key.setAccessibleName("Metric, region and criterion")
        self.scatter = ScatterPlot()
        self.score_view = row_view(self.scores, "What the readers said")
        self.rho_view = row_view(self.rhos, "Agreement of metrics and readers")
        self.gallery_view = row_view(self.gallery, "Largest disagreement")
        left = QSplitter()
        left.setOrientation(Qt.Orientation.Vertical)
        left.addWidget(_column("What the readers said", self.quantity, self.forest))
        left.addWidget(self.score_view)
        left.setSizes([330, 300])
        tabs = QTabWidget()
        tabs.addTab(self.gallery_view, "Largest disagreement")
        tabs.addTab(self.rho_view, "All metrics")
        right = QSplitter()
        right.setOrientation(Qt.Orientation.Vertical)
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        right.addWidget(_column("Metric against readers", self.key, self.legend, self.scatter))
        right.addWidget(tabs)
        right.setSizes([380, 250])
        split = QSplitter()
        split.addWidget(left)
        split.addWidget(right)
        split.setSizes([590, 590])
        return split

    def _connect(self) -> None:
        context, model = self._context, self.model
        context.study_changed.connect(model.open_study)
        context.metrics_ready.connect(model.offer_metrics)
        context.settings_changed.connect(lambda _: self._draw())
        model.changed.connect(self._refresh)
        model.failed.connect(context.show_error)
        model.progressed.connect(self.work.show_progress)
        model.exported.connect(self._tell_export)
        self.work.cancelled.connect(model.cancel)
        self.open_button.clicked.connect(self.open_study)
        self.metrics_button.clicked.connect(self.open_metrics)
        self.export_button.clicked.connect(self.export)
        self.quantity.currentTextChanged.connect(lambda _: self._draw())
        self.key.currentTextChanged.connect(model.choose_key)
        self.scatter.point_chosen.connect(self._open_pair)
        self.gallery_view.activated.connect(self._open_row)
        self.gallery_view.clicked.connect(self._open_row)
        self.rho_view.clicked.connect(self._choose_rho)
        self.rho_view.activated.connect(self._choose_rho)

    # What is shown

    def _refresh(self) -> None:
        model = self.model
        self.work.show_work(model.doing)
        self.title.setText(model.status.title if model.status is not None else "Results")
        self.sources.setText(
            "    ".join(str(path) for path in (model.study, model.metrics) if path)
        )
        self.banner.setVisible(model.simulated)
        warnings = model.findings.warnings if model.findings is not None else ()
        self.warnings.setText("\n".join(warnings))
        self.warnings.setVisible(bool(warnings))
        self.sentence.setText(model.sentence)
        self.pages.setCurrentIndex(0 if model.findings is None else 1)
        self.export_button.setEnabled(model.can_export)
        self.metrics_button.setEnabled(model.unblinded)
        self.rhos.show_rows(model.associations)
        self.gallery.show_rows(model.gallery)
        _fill(
            self.quantity,
            model.score_quantities,
            self.quantity.currentData(),
            lambda quantity: words_of(quantity, model.best_of(quantity)),
        )
        _fill(self.key, model.keys, model.key)
        self._draw()

    def _draw(self) -> None:
        model, quantity = self.model, self.quantity.currentData() or ""
        own = tuple(one for one in model.scores if one.quantity == quantity)
        if not quantity.startswith("cannot_judge "):
            own = model.best_of(quantity).first(own)
        self.scores.show_rows(own)
        color = theme.colors(theme.current())
        self.banner.setStyleSheet(
            f"background: {color['warning_back']}; color: {color['warning']};"
            f"border: 1px solid {color['warning']}; border-radius: 4px;"
            "padding: 6px 10px; font-weight: 600;"
        )
        self.forest.show_estimates(quantity, own, model.best_of(quantity))
        self.scatter.show_points(model.key, model.points, model.rho)
        self.legend.setText(legend_of(model.points))

    def _tell_export(self, files: tuple[Path, ...]) -> None:
        self._context.show_notice(f"{len(files)} files are written to {files[0].parent}.")

    # What can be done

    def open_study(self) -> None:
        """Ask for a study and open it in every room."""
        folder = ask_study(self, self._context.settings.last_study or str(Path.home()))
        if folder is not None:
            self._context.open_study(folder)

    def open_metrics(self) -> None:
        """Ask for the metric values to compare with."""
        table = ask_metrics(self, str(self.model.metrics or self.model.study or Path.home()))
        if table is not None:
            self.model.choose_metrics(table)

    def export(self) -> None:
        """Ask for a folder, and write tables and report there."""
        folder = ask_output(self, str(self.model.study or Path.home()))
        if folder is not None:
            self.model.export(folder)

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self.model.stop()

    def _open_pair(self, case: str, arm: str) -> None:
        self._context.open_pair_requested.emit(case, arm, 0)

    def _open_row(self, index: QModelIndex) -> None:
        point = self.gallery.rows[index.row()].point
        self._open_pair(point.case, point.arm)

    def _choose_rho(self, index: QModelIndex) -> None:
        self.model.choose_key(self.rhos.rows[index.row()].group)


def _fill(
    box: QComboBox,
    names: tuple[str, ...],
    chosen: str | None,
    words: Callable[[str], str] = str,
) -> None:
    """Offer names in words, and keep the choice where it is still offered."""
    with QSignalBlocker(box):
        offered = [(words(name), name) for name in names]
        if [(box.itemText(row), box.itemData(row)) for row in range(box.count())] != offered:
            box.clear()
            for shown, name in offered:
                box.addItem(shown, name)
        if chosen in names:
            box.setCurrentIndex(box.findData(chosen))


def _column(heading: str, *widgets: QWidget) -> QWidget:
    holder = QWidget()
    label = QLabel(heading)
    label.setObjectName("heading")
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    column.addWidget(label)
    for widget in widgets:
        column.addWidget(widget)
    column.setStretch(column.count() - 1, 1)
    return holder


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _note(note: str) -> str:
    """Return a note without what the banner says once for all."""
    return note.removeprefix(SIMULATED).lstrip("; ")


def _verdict(difference: float) -> str:
    if difference == 0:
        return "they agree"
    return f"readers: {abs(difference):g} {'worse' if difference > 0 else 'better'}"
