"""One plane as a canvas shows it: from stored numbers to the pixels of the screen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.display import grey_levels
from app.domain.image import Grid, Image, Window
from app.ui.sampling import Means, Method, Sight, between, for_screen, look_up, nearest
from app.ui.view_state import ViewState


class PlanePicture:
    """The plane of an Image that a ViewState points at, or a coloured map.

    What the screen sees of the stored numbers is kept, so that another window
    makes only another table.
    """

    def __init__(self) -> None:
        self._image: Image | None = None
        self._slices: tuple[int, ...] = ()
        self._colors: NDArray[np.uint8] | None = None
        self._values: NDArray[np.float64] | None = None
        self._grid: Grid | None = None
        self._seen: tuple[int, Sight, Method, NDArray[Any]] | None = None
        self._means: tuple[int, Means] | None = None
        self._made: object = None  # of what _picture is
        self._levels: NDArray[np.uint8] | None = None  # what _picture looks at
        self._picture: QImage | None = None

    # ---- what it shows ---------------------------------------------------------------

    @property
    def image(self) -> Image | None:
        """The Image; None for a map."""
        return self._image

    def set_image(self, image: Image | None, slices: Sequence[int] | None = None) -> None:
        """Show an Image; ``slices`` holds its slice for each of the state, -1 for none yet."""
        everything = range(image.grid.slices) if image is not None else ()
        self._image = image
        self._slices = tuple(everything if slices is None or image is None else slices)
        self._colors = self._values = self._grid = None
        self._forget()

    def set_colors(
        self,
        colors: NDArray[np.uint8] | None,
        values: NDArray[np.float64] | None = None,
        grid: Grid | None = None,
        slices: Sequence[int] | None = None,
    ) -> None:
        """Show a map of colours, (rows, columns, 3) in uint8, what it means, and where it lies.

        ``slices`` holds the grid's slice for each of the state; the same ones by default.
        """
        everything = range(grid.slices) if grid is not None else ()
        self._image = None
        self._slices = tuple(everything if slices is None or grid is None else slices)
        self._colors = None if colors is None else np.ascontiguousarray(colors)
        self._values, self._grid = values, grid
        self._forget()

    def _forget(self) -> None:
        self._seen = self._means = self._picture = self._levels = self._made = None

    def index(self, state: ViewState) -> int | None:
        """Return the slice of the grid that is in view; None where it has not come."""
        place = state.slice
        if place >= len(self._slices) or self._slices[place] < 0:
            return None
        return self._slices[place]

    def shows(self, state: ViewState) -> bool:
        """Return whether there is something to see."""
        if self._image is None:
            return self._colors is not None
        return self.index(state) is not None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns); (1, 1) where there is nothing."""
        if self._image is not None:
            return self._image.grid.rows, self._image.grid.columns
        return (1, 1) if self._colors is None else self._colors.shape[:2]

    @property
    def grid(self) -> Grid | None:
        """Where the plane lies in the patient; None for what lies nowhere there."""
        return self._image.grid if self._image is not None else self._grid

    @property
    def spacing(self) -> tuple[float, float] | None:
        """PixelSpacing in millimetres (between rows, between columns), where known."""
        return self.grid.spacing if self.grid is not None else None

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height, in millimetres or in pixels where unknown."""
        (rows, columns), (down, across) = self.shape, self.spacing or (1.0, 1.0)
        return columns * across, rows * down

    def value_at(self, state: ViewState, row: int, column: int) -> float | None:
        """Return the real-world value of a pixel; None where undefined."""
        index = self.index(state)
        if self._image is not None and index is not None:
            stored = float(self._image.pixels[index, row, column])
            return stored * self._image.slopes[index] + self._image.intercepts[index]
        if self._values is None:
            return None
        value = float(self._values[row, column])
        return None if np.isnan(value) else value

    # ---- the pixels of the screen ----------------------------------------------------

    def picture(self, state: ViewState, sight: Sight, *, careful: bool) -> QImage | None:
        """Return what the screen sees, one pixel for each of its own; None for nothing.

        Parameters
        ----------
        sight
            Where the screen's pixels lie on the plane.
        careful
            With the interpolation of the state; without care the nearest pixel is
            taken, unless the careful picture is there already.

        Raises
        ------
        InputError
            The window cannot be shown.
        """
        index = 0 if self._colors is not None else self.index(state)
        if index is None:
            return None
        method = self._method(state, index, sight, careful)
        image = self._image
        inverted = image is not None and image.inverted != state.inverted
        look = (state.window, inverted) if image is not None else None
        made = (index, sight, method, look)
        if self._picture is None or made != self._made:
            levels = self._levels_of(index, sight, method, look)
            self._levels = for_screen(levels)
            self._picture, self._made = picture_of(self._levels), made
        return self._picture

    def _method(self, state: ViewState, index: int, sight: Sight, careful: bool) -> Method:
        if sight.step_x == sight.step_y == 1 and sight.left % 1 == sight.top % 1 == 0:
            return "nearest"  # one pixel on one of the screen: there is nothing between
        method: Method = state.interpolation
        if sight.step_x > 1 or sight.step_y > 1:
            method = "mean"
        if careful or (self._seen is not None and self._seen[:3] == (index, sight, method)):
            return method
        return "nearest"

    def _levels_of(
        self, index: int, sight: Sight, method: Method, look: tuple[Window, bool] | None
    ) -> NDArray[Any]:
        image = self._image
        plane: Any = self._colors if image is None else image.pixels[index]

        def shown(numbers: NDArray[Any]) -> NDArray[Any]:
            if image is None or look is None:
                return numbers
            slope, intercept = image.slopes[index], image.intercepts[index]
            return grey_levels(
                numbers, slope, intercept, look[0], inverted=look[1], look_up=look_up
            )

        if method == "nearest":
            if self._means is not None and self._means[0] == index:
                return self._means[1].glance(sight, shown)
            return nearest(plane, sight, shown)
        if self._seen is None or self._seen[:3] != (index, sight, method):
            if method != "mean":
                seen = between(plane, sight, method)
            else:
                if self._means is None or self._means[0] != index:
                    self._means = index, Means(plane)
                seen = self._means[1].seen(sight)
            self._seen = index, sight, method, seen
        return shown(self._seen[3])


def picture_of(levels: NDArray[np.uint8]) -> QImage:
    """Return grey levels, colours or a screen's own pixels as a picture of the same memory."""
    rows, columns = levels.shape[:2]
    kinds = {
        1: QImage.Format.Format_Grayscale8,
        3: QImage.Format.Format_RGB888,
        4: QImage.Format.Format_RGB32,
    }
    depth = 1 if levels.ndim == 2 else levels.shape[2]
    return QImage(levels.data, columns, rows, columns * depth, kinds[depth])
