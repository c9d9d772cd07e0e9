"""Both planes of a prepared slice at half the resolution, made once for all metrics."""

from app.metrics.inputs import Plane, Prepared
from app.metrics.kernels.halves import halve
from app.metrics.stored import Stored


def half_of_reference(prepared: Prepared) -> Plane:
    """Return the means of 2 x 2 pixels of the reference, as ``kernels.halves.halve`` has them."""
    return prepared.of_reference.once("half", lambda: halve_stored(prepared.stored_reference))


def half_of_reconstruction(prepared: Prepared) -> Plane:
    """Return the means of 2 x 2 pixels of the reconstruction."""
    return prepared.of_pair.once("half", lambda: halve_stored(prepared.stored_reconstruction))


def halve_stored(plane: Stored) -> Plane:
    """Return the means of 2 x 2 pixels of a plane, in values."""
    return halve(plane.pixels, plane.scale)
