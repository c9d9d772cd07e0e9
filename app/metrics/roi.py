"""Regions chosen by a person: a rectangle, or a mask that comes with the images."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from app.errors import MetricRefused
from app.metrics.inputs import Mask, Refusal

PLAIN = ("whole", "body")
"""Regions that need nothing but their name."""

KNOWN = "Known are: whole, body, roi:WxH+X+Y (pixels from the upper left), mask:NAME."

_RECTANGLE = re.compile(r"roi:(\d{1,6})x(\d{1,6})\+(\d{1,6})\+(\d{1,6})")


def parse_regions(text: str) -> tuple[str, ...]:
    """Return the regions that a person wrote, with commas between, each once.

    ``whole``; ``body``; ``roi:WxH+X+Y``, a rectangle of W columns and H rows whose
    upper left pixel is column X and row Y, counted from 0 (the geometry of
    ImageMagick); ``mask:NAME``, a mask that the manifest gives under this name.

    Raises
    ------
    MetricRefused
        A region is unknown or empty, or none is named.
    """
    regions = tuple(dict.fromkeys(_parse(part.strip()) for part in text.split(",") if part.strip()))
    if not regions:
        raise MetricRefused("No region is named.", remedy=KNOWN)
    return regions


def region_mask(
    name: str, shape: tuple[int, ...], body: Mask | None, masks: Mapping[str, Mask]
) -> Mask | Refusal:
    """Return the pixels of one region of one slice, or why it has none.

    Parameters
    ----------
    name
        A region as :func:`parse_regions` gives it.
    shape
        ``(rows, columns)`` of the slice.
    body
        The body mask of the slice; None where it was not made.
    masks
        The masks of this slice by region, e.g. ``mask:lesion``.

    Returns
    -------
    ndarray of bool, or Refusal
        As large as the slice, with one pixel at least.
    """
    if name == "whole":
        return np.ones(shape, dtype=np.bool_)
    if name == "body":
        return body if body is not None and body.any() else _no_body()
    rectangle = _RECTANGLE.fullmatch(name)
    if rectangle:
        width, height, left, top = (int(number) for number in rectangle.groups())
        return _rectangle(name, shape, (width, height, left, top))
    return _named(name, shape, masks)


def _parse(part: str) -> str:
    kind, colon, rest = part.partition(":")
    kind = kind.lower().strip()
    if kind in PLAIN and not colon:
        return kind
    if kind == "mask" and rest.strip():
        return f"mask:{rest.strip()}"
    if kind == "roi" and colon:
        written = f"roi:{rest.strip().lower().replace(' ', '')}"
        found = _RECTANGLE.fullmatch(written)
        if found and int(found[1]) and int(found[2]):
            width, height, left, top = (int(number) for number in found.groups())
            return f"roi:{width}x{height}+{left}+{top}"
        raise MetricRefused(
            f"The rectangle '{part}' cannot be understood.",
            remedy="Write roi:WxH+X+Y, e.g. roi:64x48+120+200 for 64 columns and 48 rows "
            "from column 120 and row 200, counted from 0.",
        )
    near = get_close_matches(kind, (*PLAIN, "roi", "mask"), n=1, cutoff=0.5)
    wanted = {"roi": "roi:WxH+X+Y", "mask": "mask:NAME"}
    hint = f"Did you mean '{wanted.get(near[0], near[0])}'? " if near else ""
    raise MetricRefused(f"There is no region '{part}'.", remedy=f"{hint}{KNOWN}")


def _rectangle(name: str, shape: tuple[int, ...], box: tuple[int, int, int, int]) -> Mask | Refusal:
    width, height, left, top = box
    rows, columns = shape
    if left + width > columns or top + height > rows:
        return Refusal(
            f"The region '{name}' leaves the slice, which has {columns} columns and {rows} rows.",
            remedy="Choose a rectangle inside the slice; columns and rows count from 0.",
            flag="refused:no-region",
        )
    mask = np.zeros(shape, dtype=np.bool_)
    mask[top : top + height, left : left + width] = True
    return mask


def _named(name: str, shape: tuple[int, ...], masks: Mapping[str, Mask]) -> Mask | Refusal:
    mask = masks.get(name)
    if mask is None:
        near = get_close_matches(name, masks, n=1, cutoff=0.5)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        known = f"Known are: {', '.join(sorted(masks))}." if masks else "None is given."
        return Refusal(
            f"There is no mask for the region '{name}' in this case.",
            remedy=f"{hint}{known} A manifest names a mask in a row of role mask.",
            flag="refused:no-region",
        )
    if mask.shape != tuple(shape):
        return Refusal(
            f"The mask '{name}' is {' x '.join(str(side) for side in mask.shape)} pixels "
            f"and the slice {' x '.join(str(side) for side in shape)}.",
            remedy="Give a mask on the grid of the reference.",
            flag="refused:shape",
        )
    if not mask.any():
        return Refusal(
            f"The region '{name}' holds no pixel of this slice.",
            remedy="Nothing is to be measured there in this slice.",
            flag="refused:no-region",
        )
    return mask


def _no_body() -> Refusal:
    return Refusal(
        "No body was found in the reference of this slice.",
        remedy="Measure the whole slice.",
        flag="refused:no-body",
    )
