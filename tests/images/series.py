"""Series built from arguments, without files, for the tests of geometry."""

from pathlib import Path

import numpy as np

from app.domain.image import Grid
from app.domain.pair import Series, SliceFile
from app.images.geometry import normal_of

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
OBLIQUE = (0.8, 0.6, 0.0, 0.0, 0.0, -1.0)


def series(heights, orientation=AXIAL, start=(0.0, 0.0, 0.0), **grid):
    """Return a series of 64 x 64 pixels of 0.5 mm at the given heights along its normal."""
    normal = np.asarray(normal_of(orientation or AXIAL))
    places = [np.asarray(start) + normal * height for height in heights]
    fields = {
        "rows": 64,
        "columns": 64,
        "spacing": (0.5, 0.5),
        "orientation": orientation,
        "positions": tuple(tuple(float(x) for x in place) for place in places),
        "frame_of_reference": "1.2.3",
    }
    files = tuple(SliceFile(Path(f"{index}.dcm")) for index in range(len(heights)))
    return Series("1.2", Path(), "CT", Grid(slices=len(heights), **{**fields, **grid}), files)
