"""What the colours of a pane mean, as the bar at its lower edge."""

import numpy as np

from app.display import diverging, loss
from app.domain.metric import MapDefinition
from app.ui.canvas_labels import ColorBar, in_short
from app.ui.maps import ColorMap

_STEPS = 64


def difference_bar(limit: float, unit: str, amplified: int = 1) -> ColorBar:
    """Return the bar of a signed difference, from minus the limit to the limit."""
    ramp = np.linspace(-limit, limit, _STEPS)[np.newaxis, :]
    colors = diverging(ramp, limit)
    return ColorBar(colors, f"−{limit:g}", f"+{limit:g}{unit}", _times(amplified))


def absolute_bar(limit: float, unit: str, amplified: int = 1) -> ColorBar:
    """Return the bar of an absolute difference, from 0 to the limit."""
    ramp = np.linspace(0.0, limit, _STEPS)[np.newaxis, :]
    return ColorBar(loss(ramp, 0.0, limit), "0", f"{limit:g}{unit}", _times(amplified))


def map_bar(
    chosen: MapDefinition, made: ColorMap, unit: str, shares: tuple[float, float] | None = None
) -> ColorBar:
    """Return the bar of a local map; the smaller number stands left, as on every scale."""
    low, high = sorted((chosen.neutral, made.extreme))
    ramp = np.linspace(low, high, _STEPS)[np.newaxis, :]
    colors = loss(ramp, chosen.neutral, made.extreme)
    return ColorBar(colors, in_figures(low), f"{in_figures(high)}{unit}", share_words(shares))


def grey_bar(high: float, unit: str) -> ColorBar:
    """Return the bar of a plane in grey, black at 0."""
    ramp = np.linspace(0, 255, _STEPS).astype(np.uint8)
    return ColorBar(
        np.repeat(ramp[np.newaxis, :, np.newaxis], 3, axis=2), "0", in_short(high) + unit
    )


def in_figures(value: float) -> str:
    """Return an end of a scale in three figures, with a true minus."""
    return f"{value:.3g}".replace("-", "−")


def share_words(shares: tuple[float, float] | None) -> str:
    """Return where the loss lies, e.g. ``Loss: 12 % in body, 88 % outside``."""
    if shares is None:
        return ""
    inside = round(100 * shares[0])
    return f"Loss: {inside} % in body, {100 - inside} % outside"


def _times(amplified: int) -> str:
    return f"amplified {amplified} times" if amplified > 1 else ""
