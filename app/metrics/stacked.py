"""The masks of a prepared slice, one behind the other, for kernels that take them all at once."""

from typing import NamedTuple

from app.metrics.inputs import Mask, Prepared
from app.metrics.kernels.compiled import stack


class Stacked(NamedTuple):
    """Masks ``(masks, rows, columns)``, and in which row of a kernel's sums a region is found.

    Row 0 is every pixel; the body has a row wherever it was found, wanted or not.
    """

    rows: dict[str, int]
    masks: Mask


def stacked(prepared: Prepared) -> Stacked:
    """Return the masks of a prepared slice, made once for all metrics."""

    def make() -> Stacked:
        rows: dict[str, int] = {}
        masks: list[Mask] = []
        wanted = dict(prepared.masks)
        if prepared.body is not None and prepared.body.any():
            wanted["body"] = prepared.body
        for region, mask in wanted.items():
            if mask is not None:
                masks.append(mask)
            rows[region] = 0 if mask is None else len(masks)
        return Stacked(rows, stack(masks, prepared.shape))

    return prepared.of_masks("stacked", make)
