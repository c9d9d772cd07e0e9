"""Both planes of a prepared slice at half the resolution, made once for all metrics."""

import numpy as np

from app.metrics.inputs import Plane, Prepared
from app.metrics.kernels.halves import halve, halve_integers
from app.metrics.stored import Stored


def half_of_reference(prepared: Prepared) -> Plane:
    """Return the means of 2 x 2 pixels of the reference, as ``kernels.halves.halve`` has them."""
    return prepared.of_reference.once("half", lambda: halve_stored(prepared.stored_reference))


def half_of_reconstruction(prepared: Prepared) -> Plane:
    """Return the means of 2 x 2 pixels of the reconstruction."""
    return prepared.of_pair.once("half", lambda: halve_stored(prepared.stored_reconstruction))


def halve_stored(plane: Stored) -> Plane:
    """Return the means of 2 x 2 pixels of a plane, in values."""
    rows, columns = plane.shape
    if (
        not (rows % 2 or columns % 2)
        and plane.pixels.dtype == np.int16
        and plane.slope == 1
        and plane.intercept % 1 == 0
    ):
        return halve_integers(plane.pixels, plane.intercept)
    return halve(plane.pixels, plane.scale)
