"""The tools above the panes: window, layout, difference, local map, body."""

from collections.abc import Callable

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from app.domain.image import Window
from app.ui.action_set import key_words, tooltip
from app.ui.actions import Action, can
from app.ui.body_tools import BodyTools
from app.ui.canvas_labels import in_short
from app.ui.compare import Compare
from app.ui.inspect_model import InspectModel
from app.ui.layouts import LAYOUTS, Layout
from app.ui.view_state import ViewState

_LONGEST_NAME = 16
_ONE_ROW = 880
_WIDEST_CHOICE = 360


class PaneTools(QWidget):
    """Two rows of tools; one where there is room.

    ``looked_at`` returns how the active pane is looked at: the window is set there.
    """

    layout_chosen = Signal(str)

    def __init__(
        self,
        model: InspectModel,
        compare: Compare,
        actions: Callable[[], tuple[Action, ...]],
        looked_at: Callable[[], ViewState],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._compare, self._actions = model, compare, actions
        self._looked_at = looked_at
        self.windows = _menu_button("Window")
        self.layouts = _menu_button(LAYOUTS[0].short)
        self.comparing = _menu_button("Compare")
        self.limit = QLineEdit()
        self.maps = QComboBox()
        self.body = QPushButton("Body")
        self.edit = QPushButton("Edit body")
        self.editing = BodyTools(model.body)
        self._second = QStackedWidget()
        self._rows = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._set_up()
        self._lay_out()
        self._connect()
        self._list_maps()

    def _set_up(self) -> None:
        for button, menus in (
            (self.layouts, ("Panes/Layout", "Panes/Hanging protocols")),
            (self.comparing, ("Compare", "Compare/Flicker rate")),
        ):
            button.menu().setToolTipsVisible(True)
            button.menu().aboutToShow.connect(
                lambda button=button, menus=menus: self._fill(button.menu(), menus)
            )
        self.comparing.setToolTip("Compare in place: flicker (Space), swipe, fade, checkerboard")
        self.layouts.setToolTip("Layout and hanging protocols (L: the next layout)")
        self.windows.setToolTip(
            "Window presets (1 to 9). Drag with the left button for any other window."
        )
        numbers = QDoubleValidator(0.0, 1e9, 6, self)
        numbers.setLocale(QLocale.c())
        self.limit.setValidator(numbers)
        self.limit.setFixedWidth(96)  # holds "0.0562  auto"
        self.limit.setAccessibleName("Difference that gets the full colour")
        self.limit.setToolTip(
            "The difference that gets the full colour; the same sign, the same colour.\n"
            "Empty lets each pair choose its own."
        )
        self.maps.setAccessibleName("Local map")
        self.maps.setMinimumContentsLength(18)
        self.maps.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.maps.setMaximumWidth(_WIDEST_CHOICE)
        self.maps.setMaxVisibleItems(20)
        self.maps.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # so that M stays a key of the room
        self.body.setCheckable(True)
        self.edit.setToolTip("Draw the body of this slice by hand (E)")

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for widget in (self.windows, self.layouts, self.comparing):
            first.addWidget(widget)
        first.addStretch(1)
        first.addWidget(_muted("Diff. ±"))
        first.addWidget(self.limit)
        second.addWidget(_muted("Map"))
        second.addWidget(self.maps, 100)
        second.addStretch(1)  # beyond the widest choice
        second.addWidget(self.body)
        second.addWidget(self.edit)
        choosing = QWidget()
        choosing.setLayout(second)
        self._second.addWidget(choosing)
        self._second.addWidget(self.editing)
        for row in (first, second):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
        self._rows.setContentsMargins(8, 6, 8, 6)
        self._rows.setSpacing(6)
        self._rows.addLayout(first)
        self._rows.addWidget(self._second)

    def _connect(self) -> None:
        model = self._model
        self.limit.editingFinished.connect(self._choose_limit)
        self.maps.activated.connect(lambda place: model.maps.choose(self.maps.itemData(place)))
        self.body.clicked.connect(model.body.show)
        self.edit.clicked.connect(lambda: model.body.edit(True))
        model.view_changed.connect(self._show_view)
        model.changed.connect(self._show_limit)
        model.maps.listed.connect(self._list_maps)
        model.body.changed.connect(self._show_body)
        model.ranges.changed.connect(self._show_body)
        model.panes.window_changed.connect(self.name_window)
        model.panes.changed.connect(self.name_window)
        model.difference.changed.connect(self._show_limit)
        self._compare.changed.connect(self._show_compared)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand in one row where there is room for it."""
        ways = QBoxLayout.Direction
        wide = event.size().width() >= _ONE_ROW
        self._rows.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        super().resizeEvent(event)

    def name_layout(self, layout: Layout) -> None:
        """Tell how the panes lie."""
        self.layouts.setText(layout.short)
        self.layouts.setAccessibleName(f"Layout: {layout.name}")

    def _show_compared(self) -> None:
        self.comparing.setText("Flickering" if self._compare.automatic else "Compare")

    def _fill(self, menu: QMenu, menus: tuple[str, ...]) -> None:
        """Offer what can be done now, as the menus of the window do."""
        menu.clear()
        for path in menus:
            menu.addSeparator()
            for action in self._actions():
                if action.menu == path:
                    _add(menu, action)

    def _show_view(self) -> None:
        menu = self.windows.menu()
        menu.clear()
        for number, (name, window) in enumerate(self._model.windows, start=1):
            action = menu.addAction(
                f"{name}    W {in_short(window.width)}  L {in_short(window.center)}"
            )
            if number <= 9:
                action.setShortcut(f"{number}")
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(
                lambda _=False, window=window: self._looked_at().set_window(window)
            )
        self.windows.setEnabled(bool(self._model.windows))
        self.name_window()
        self._show_limit()
        self._show_body()

    def _show_limit(self) -> None:
        """Tell the limit in use; what is being typed stays."""
        model = self._model
        auto = model.difference.auto_limit
        self.limit.setPlaceholderText("" if model.view is None else f"{in_short(auto)}  auto")
        if not (self.limit.hasFocus() and self.limit.isModified()):
            self._write_limit()

    def _write_limit(self) -> None:
        chosen = self._model.difference.chosen_limit
        words = "" if chosen is None else f"{chosen:.10g}"
        if words != self.limit.text():
            self.limit.setText(words)
        self.limit.setModified(False)

    def _choose_limit(self) -> None:
        words = self.limit.text().strip()
        self._model.difference.set_limit(float(words) if words else None)
        self._write_limit()

    def name_window(self) -> None:
        """Tell which window the active pane has."""
        known = self._model.windows
        current = self._looked_at().window
        name = next((name for name, window in known if same_window(window, current)), "Custom")
        short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        self.windows.setText(short if known else "Window")

    def _list_maps(self) -> None:
        maps = self._model.maps
        offered = [(self.maps.itemData(i), self.maps.itemText(i)) for i in range(self.maps.count())]
        if offered != [(one.id, one.title) for one, _ in maps.choices]:
            self.maps.clear()
            for one, _ in maps.choices:
                self.maps.addItem(one.title, one.id)
        rows = self.maps.model()
        for place, (one, why) in enumerate(maps.choices):
            told = f"{one.title} cannot be shown: {why}" if why else one.summary
            self.maps.setItemData(place, told, Qt.ItemDataRole.ToolTipRole)
            if isinstance(rows, QStandardItemModel):
                rows.item(place).setEnabled(not why)
        chosen = maps.chosen
        self.maps.setEnabled(chosen is not None)
        if chosen is not None:
            self.maps.setCurrentIndex(self.maps.findData(chosen.id))
            self.maps.setToolTip(f"{chosen.summary}\nM and Shift+M show the next and the last map.")

    def _show_body(self) -> None:
        body, there = self._model.body, self._model.view is not None
        self.body.setChecked(body.shown)
        self.body.setText("Body, edited" if body.edited else "Body")
        refused = self._model.ranges.refused(self._model.view)
        why = f"\nNone is found here. {refused}\n{refused.remedy}" if refused is not None else ""
        self.body.setToolTip(f"Outline the body on every pane (O){why}")
        self.body.setEnabled(there)
        self.edit.setEnabled(there)
        self._second.setCurrentIndex(int(body.editing))


def same_window(first: Window, second: Window) -> bool:
    """Return whether two windows show the same grey levels."""
    return (first.center, first.width) == (second.center, second.width)


def _add(menu: QMenu, action: Action) -> None:
    keys = key_words(action)
    made = menu.addAction(action.title.replace("&", "&&") + (f"\t{keys}" if keys else ""))
    made.setToolTip(tooltip(action))
    made.setEnabled(can(action))
    if action.checked is not None:
        made.setCheckable(True)
        made.setChecked(action.checked())
    made.triggered.connect(lambda: action.run())


def _muted(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("muted")
    return label


def _menu_button(words: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("plain")
    button.setText(words)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(QMenu(button))
    return button
