"""How a row of the import view is painted: a sign of its status, and words that wrap."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from app.ui import theme
from app.ui.icons import icon
from app.ui.import_rows import NAME, REMARK, RULE
from app.ui.import_tree import REMEDY_ROLE, STATUS_ROLE, ImportTree

Index = QModelIndex | QPersistentModelIndex
_SIGNS = {
    "reference": ("reference", "accent"),
    "paired": ("notice", "good"),
    "remark": ("notice", "warning"),
    "refused": ("close", "error"),
    "waiting": ("waiting", "muted"),
    "out": ("out", "muted"),
}
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
_MARGIN, _ABOVE, _ICON, _TALLEST = 6, 5, 16, 10_000


class ImportDelegate(QStyledItemDelegate):
    """Signs and bold names in the first column; reason and remedy, wrapped, in the last."""

    def __init__(self, tree: QTreeView) -> None:
        super().__init__(tree)
        self._tree = tree
        self._icons: dict[tuple[str, str], QIcon] = {}

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Give a row its sign and its weight."""
        super().initStyleOption(option, index)
        status = str(index.data(STATUS_ROLE) or "")
        model = index.model()
        kind = model.node(index).kind if isinstance(model, ImportTree) else ""
        if index.column() == NAME:
            option.font.setBold(kind in ("case", "section"))
            if kind != "case" and status in _SIGNS:
                option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
                option.icon = self._sign(status)
                option.decorationSize = QSize(_ICON, _ICON)
        elif index.column() == RULE and status in ("refused", "waiting", "out"):
            name = "error" if status == "refused" else "muted"
            option.palette.setColor(QPalette.ColorRole.Text, theme.color(name))
        elif index.column() == REMARK and kind == "case":
            option.palette.setColor(QPalette.ColorRole.Text, theme.color("muted"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell; the last column wraps."""
        if index.column() != REMARK:
            super().paint(painter, option, index)
            return
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        words, cell.text = cell.text, ""
        style = self._tree.style() or QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, cell, painter, self._tree)
        chosen = bool(cell.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        place = cell.rect.adjusted(_MARGIN, _ABOVE, -_MARGIN, 0)
        painter.save()
        painter.setFont(cell.font)
        painter.setPen(cell.palette.color(role))
        painter.drawText(place, _WRAP, words)
        remedy = str(index.data(REMEDY_ROLE) or "")
        if remedy:
            used = _height(cell.fontMetrics, words, place.width())
            if not chosen:
                painter.setPen(theme.color("muted"))
            painter.drawText(place.adjusted(0, used, 0, 0), _WRAP, remedy)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of a cell: one line, or what the wrapped words need.

        Asked for every row that is open, so that nothing is computed but this.
        """
        metrics: QFontMetrics = option.fontMetrics
        line = metrics.height() + 2 * _ABOVE
        if index.column() == NAME:
            return QSize(_ICON + 4 * _MARGIN + metrics.horizontalAdvance(index.data()), line)
        words = index.data() if index.column() == REMARK else ""
        if not words:
            return QSize(0, line)
        width = self._tree.header().sectionSize(REMARK) - 2 * _MARGIN
        return QSize(width, self.height(words, index.data(REMEDY_ROLE) or "", metrics))

    def height(self, words: str, remedy: str, metrics: QFontMetrics) -> int:
        """Return how high a row with these words is, as wide as their column is now."""
        width = self._tree.header().sectionSize(REMARK) - 2 * _MARGIN
        tall = _height(metrics, words, width) + _height(metrics, remedy, width)
        return max(metrics.height(), tall) + 2 * _ABOVE

    def recolor(self) -> None:
        """Draw the signs anew, in the colours of another theme."""
        self._icons.clear()

    def _sign(self, status: str) -> QIcon:
        name = _SIGNS[status]
        if name not in self._icons:
            self._icons[name] = icon(*name)
        return self._icons[name]


def _height(metrics: QFontMetrics, words: str, width: int) -> int:
    if not words:
        return 0
    return metrics.boundingRect(QRect(0, 0, max(width, 40), _TALLEST), _WRAP, words).height()
