"""Icons drawn in the colours of the theme in use."""

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.resources import resource
from app.ui import theme

_SIDE = 48


def icon(name: str, color: str = "text") -> QIcon:
    """Return an icon of ``resources/icons`` in a named colour of the theme.

    The drawing's ``currentColor`` takes the colour; a disabled button greys it.
    """
    made = QIcon()
    made.addPixmap(_draw(name, theme.color(color)), QIcon.Mode.Normal)
    made.addPixmap(_draw(name, theme.color("disabled")), QIcon.Mode.Disabled)
    return made


def application_icon() -> QIcon:
    """Return the program's own icon."""
    return QIcon(_draw("blindread", theme.color("accent"), 128))


def _draw(name: str, color: QColor, side: int = _SIDE) -> QPixmap:
    drawing = resource("icons", f"{name}.svg").read_text("utf-8")
    drawing = drawing.replace("currentColor", color.name())
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter)
    painter.end()
    return pixmap
