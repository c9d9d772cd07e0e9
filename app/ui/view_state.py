"""What linked canvases share: window, slice, zoom and place; QtCore only."""

from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.domain.image import Window

ZOOM_LIMITS = (0.25, 40.0)
SETTLE_MS = 120
"""How long after the last movement a picture is made with all care."""

Interpolation = Literal["nearest", "linear", "cubic"]
Scale = Literal["fit", "pixels", "true"]
LeftDrag = Literal["window", "slice"]


class ViewState(QObject):
    """One way of looking, for any number of canvases.

    ``zoom`` multiplies the scale: 1 fits the image into its canvas, or shows
    one pixel on one of the screen, or in its true size. ``centre`` is the place
    in the middle of the canvas as a fraction (across, down) of the image, so
    that canvases of different sizes show the same anatomy. ``cursor`` is where
    the mouse points, as such a fraction, or None.

    Signals
    -------
    settled()
        Slice, zoom and place have been the same for a moment: what was painted
        in haste is to be painted with care.
    """

    window_changed = Signal()
    slice_changed = Signal(int)
    view_changed = Signal()
    cursor_changed = Signal()
    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = self._home = Window(128.0, 256.0)
        self._inverted = False
        self._interpolation: Interpolation = "linear"
        self._scale: Scale = "fit"
        self._left_drag: LeftDrag = "window"
        self._slice, self._count = 0, 1
        self._zoom, self._centre = 1.0, (0.5, 0.5)
        self._cursor: tuple[float, float] | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.settled)

    @property
    def window(self) -> Window:
        """The window that every grey canvas shows."""
        return self._window

    @property
    def home(self) -> Window:
        """The window that a reset goes back to."""
        return self._home

    @property
    def inverted(self) -> bool:
        """Whether black and white are exchanged."""
        return self._inverted

    @property
    def interpolation(self) -> Interpolation:
        """What stands between the pixels of a picture at rest; ``nearest`` is nothing."""
        return self._interpolation

    @property
    def scale(self) -> Scale:
        """What zoom 1 is: fitted, a pixel on a pixel of the screen, or the true size."""
        return self._scale

    @property
    def left_drag(self) -> LeftDrag:
        """What a drag with the left button changes."""
        return self._left_drag

    @property
    def moving(self) -> bool:
        """Whether slice, zoom or place changed just now."""
        return self._settle.isActive()

    @property
    def slice(self) -> int:
        """The slice in view, from 0."""
        return self._slice

    @property
    def slice_count(self) -> int:
        """How many slices there are, at least 1."""
        return self._count

    @property
    def zoom(self) -> float:
        """Magnification; 1 fits the image into its canvas."""
        return self._zoom

    @property
    def centre(self) -> tuple[float, float]:
        """The place in the middle of the canvas, as a fraction (across, down)."""
        return self._centre

    @property
    def cursor(self) -> tuple[float, float] | None:
        """Where the mouse points, as a fraction (across, down), or None."""
        return self._cursor

    def set_home(self, window: Window) -> None:
        """Set the window that a reset goes back to, and go to it."""
        self._home = window
        self.set_window(window)

    def correct_home(self, window: Window) -> None:
        """Set the window that a reset goes back to; one that a person has set stays in view."""
        untouched = self._window == self._home
        self._home = window
        if untouched:
            self.set_window(window)

    def set_window(self, window: Window) -> None:
        """Show another window."""
        if window != self._window:
            self._window = window
            self.window_changed.emit()

    def move_window(self, across: float, down: float) -> None:
        """Widen by a drag to the right, brighten by a drag upwards, in screen pixels.

        A drag of 250 pixels changes the width by the width of the home window,
        whatever the unit is.
        """
        step = max(self._home.width, 1e-6) / 250.0
        least = 1.0 if self._window.function == "LINEAR" else self._home.width / 1000.0
        width = max(least, self._window.width + across * step)
        center = self._window.center + down * step
        self.set_window(replace(self._window, center=center, width=width))

    def invert(self) -> None:
        """Exchange black and white."""
        self._inverted = not self._inverted
        self.window_changed.emit()

    def set_interpolation(self, interpolation: Interpolation) -> None:
        """Choose what stands between the pixels: nothing, straight lines or cubics."""
        if interpolation != self._interpolation:
            self._interpolation = interpolation
            self.view_changed.emit()

    def set_scale(self, scale: Scale) -> None:
        """Choose what zoom 1 means, and go to it; the middle stays where it is."""
        changed = scale != self._scale
        self._scale = scale
        if changed or self._zoom != 1.0:
            self._zoom = 1.0
            self._move()
            self.view_changed.emit()

    def set_left_drag(self, meaning: LeftDrag) -> None:
        """Choose whether a drag with the left button is the window or the slice."""
        self._left_drag = meaning

    def set_slice_count(self, count: int) -> None:
        """Tell how many slices there are; the slice in view stays inside."""
        self._count = max(1, count)
        self.set_slice(self._slice)

    def set_slices(self, count: int, index: int) -> None:
        """Tell how many slices there are, and go to one of them, in one step."""
        self._count = max(1, count)
        self.set_slice(index)

    def set_slice(self, index: int) -> None:
        """Go to a slice, from 0; beyond either end is the end."""
        index = min(max(0, index), self._count - 1)
        if index != self._slice:
            self._slice = index
            self._move()
            self.slice_changed.emit(index)

    def step_slice(self, steps: int) -> None:
        """Go some slices on, or back."""
        self.set_slice(self._slice + steps)

    def set_view(self, zoom: float, centre: tuple[float, float]) -> None:
        """Set zoom and place at once."""
        zoom = self.limited(zoom)
        across, down = (min(max(part, 0.0), 1.0) for part in centre)
        if (zoom, (across, down)) != (self._zoom, self._centre):
            self._zoom, self._centre = zoom, (across, down)
            self._move()
            self.view_changed.emit()

    @staticmethod
    def limited(zoom: float) -> float:
        """Return the magnification that is possible and nearest to one asked for."""
        return min(max(zoom, ZOOM_LIMITS[0]), ZOOM_LIMITS[1])

    def zoom_by(self, factor: float) -> None:
        """Enlarge about the middle of the canvas."""
        self.set_view(self._zoom * factor, self._centre)

    def fit(self) -> None:
        """Fit the whole image into its canvas."""
        self.set_scale("fit")
        self.set_view(1.0, (0.5, 0.5))

    def reset(self) -> None:
        """Go back to the home window, not inverted, fitted; the slice stays."""
        if self._inverted:
            self.invert()
        self.set_window(self._home)
        self.fit()

    def set_cursor(self, cursor: tuple[float, float] | None) -> None:
        """Tell where the mouse points."""
        if cursor != self._cursor:
            self._cursor = cursor
            self.cursor_changed.emit()

    def _move(self) -> None:
        if QCoreApplication.instance() is not None:  # without one there is nothing to paint
            self._settle.start()
