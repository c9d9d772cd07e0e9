"""Which pixels lie inside a shape that was drawn."""

import numpy as np

from app.domain.shape import Shape
from app.errors import InputError
from app.metrics.inputs import Mask


def pixel_box(shape: Shape, rows: int, columns: int) -> tuple[slice, slice]:
    """Return the rows and columns that a shape can cover, cut off at the image's border."""
    top, left, bottom, right = shape.box
    return (
        slice(min(max(int(np.floor(top)), 0), rows), min(max(int(np.ceil(bottom)), 0), rows)),
        slice(min(max(int(np.floor(left)), 0), columns), min(max(int(np.ceil(right)), 0), columns)),
    )


def mask_in_box(shape: Shape, box: tuple[slice, slice]) -> Mask:
    """Return which pixels of a box lie inside a region: those whose centre does.

    A rectangle on whole pixels holds each pixel that it covers, so it is the region
    ``roi:WxH+X+Y``. A free region follows the even-odd rule.

    Raises
    ------
    InputError
        The shape is a line and holds no pixels.
    """
    if not shape.is_region:
        raise InputError(
            f"{shape.name} is a line and holds no pixels.",
            remedy="Draw a rectangle, an ellipse or a free region.",
        )
    down = np.arange(box[0].start, box[0].stop)[:, None] + 0.5
    across = np.arange(box[1].start, box[1].stop)[None, :] + 0.5
    top, left, bottom, right = shape.box
    inside: Mask
    if shape.kind == "rectangle":
        inside = (down > top) & (down < bottom) & (across > left) & (across < right)
    elif shape.kind == "ellipse":
        high, wide = max(bottom - top, 1e-9) / 2, max(right - left, 1e-9) / 2
        away_down, away_across = down - (top + high), across - (left + wide)
        inside = (away_down / high) ** 2 + (away_across / wide) ** 2 <= 1
    else:
        inside = np.zeros((down.shape[0], across.shape[1]), np.bool_)
        corners = shape.points
        for (r0, c0), (r1, c1) in zip(corners, (*corners[1:], corners[0]), strict=True):
            if r0 == r1:
                continue
            between = (r0 <= down) != (r1 <= down)
            inside ^= between & (across < c0 + (down - r0) * (c1 - c0) / (r1 - r0))
    return inside


def mask_of(shape: Shape, rows: int, columns: int) -> Mask:
    """Return the pixels of a region as a mask ``(rows, columns)``; see :func:`mask_in_box`."""
    box = pixel_box(shape, rows, columns)
    mask = np.zeros((rows, columns), np.bool_)
    mask[box] = mask_in_box(shape, box)
    return mask


def region_name(shape: Shape) -> str:
    """Return the region of a shape as the metrics name it: ``roi:WxH+X+Y`` or ``mask:...``."""
    if shape.kind != "rectangle":
        return f"mask:{shape.kind}-{shape.number}"
    top, left, bottom, right = (round(end) for end in shape.box)
    return f"roi:{right - left}x{bottom - top}+{left}+{top}"
