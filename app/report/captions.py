"""The words below a picture that is carried away: what it shows, and what was measured there.

Nothing comes from the header of a file: a case and an arm are names of folders.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.image import Window
from app.domain.metric import MetricValue

_INTERPOLATION = {
    "nearest": "pixels as squares",
    "linear": "linear interpolation",
    "cubic": "cubic interpolation",
}
_REGION = {"whole": "whole image"}


@dataclass(frozen=True, slots=True)
class Caption:
    """The facts of a picture.

    ``slice`` is the number in the tables, from 1, None where the picture is not
    of one slice. ``values`` are those of this slice in one region. ``notes`` are
    sentences of their own, e.g. what the colours of a difference mean.
    """

    case: str
    arm: str
    slice: int | None = None
    window: Window | None = None
    unit: str = ""
    zoom: float | None = None
    interpolation: str = ""
    inverted: bool = False
    values: tuple[MetricValue, ...] = ()
    notes: tuple[str, ...] = ()
    software: str = ""


def caption_lines(caption: Caption) -> tuple[str, ...]:
    """Return the caption, one thought a line: what, how it is shown, what was measured."""
    what = [f"Case {caption.case}", f"arm {caption.arm}"]
    if caption.slice is not None:
        what.append(f"slice {caption.slice}")
    how = []
    if caption.window is not None:
        how.append(window_words(caption.window, caption.unit))
    if caption.inverted:
        how.append("black and white exchanged")
    if caption.zoom is not None:
        how.append(zoom_words(caption.zoom))
    if caption.interpolation:
        how.append(_INTERPOLATION.get(caption.interpolation, caption.interpolation))
    lines = [", ".join(what), ", ".join(how), *value_lines(caption.values), *caption.notes]
    return tuple(line for line in (*lines, caption.software) if line)


def value_lines(values: Sequence[MetricValue]) -> tuple[str, ...]:
    """Return the values, those of one intensity space and region on a line.

    The space is the one in which they were measured, never the window in view.
    """
    gathered: dict[tuple[str, str], list[str]] = {}
    for value in values:
        words = f"{_metric(value.metric)} {number(value.value)} {_unit(value.unit)}".rstrip()
        gathered.setdefault((value.space, value.region), []).append(words)
    return tuple(
        f"{', '.join(listed)} ({_space(space)}, {_REGION.get(region, region)})"
        for (space, region), listed in gathered.items()
    )


def window_words(window: Window, unit: str = "") -> str:
    """Return a window as readers write it, e.g. ``W 400 L 40 HU``."""
    words = f"W {number(window.width)} L {number(window.center)}"
    return f"{words} {unit}".rstrip()


def zoom_words(zoom: float) -> str:
    """Return the magnification against an image that fits its pane."""
    return "whole image" if zoom == 1.0 else f"zoom {zoom:.3g} × fit"


def number(value: float | None) -> str:
    """Return a number in four figures, whole from 1000 on, with a true minus."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    shown = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return shown.replace("-", "−")


def wrapped(line: str, width: float, measure: Callable[[str], float]) -> tuple[str, ...]:
    """Return a line broken between words so that each part is at most so wide.

    Parameters
    ----------
    measure
        Returns how wide a text is, in the unit of ``width``. A single word that
        is wider is broken between letters.
    """
    parts: list[str] = []
    now = ""
    for word in line.split(" "):
        longer = f"{now} {word}" if now else word
        if measure(longer) <= width:
            now = longer
            continue
        if now:
            parts.append(now)
        now = word
        while measure(now) > width and len(now) > 1:
            fits = max((n for n in range(1, len(now)) if measure(now[:n]) <= width), default=1)
            parts.append(now[:fits])
            now = now[fits:]
    return (*parts, now)


def file_stem(*parts: object) -> str:
    """Return a file name's stem from names of folders, without what a file name cannot hold."""
    joined = " ".join(str(part) for part in parts if part not in ("", None))
    kept = "".join(sign if sign.isalnum() or sign in "-_.() " else "-" for sign in joined)
    return kept.strip(" .")[:120] or "picture"


def _metric(id: str) -> str:
    """Return a metric's name without the space that a column's name may carry."""
    return id.partition("@")[0].upper()


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _space(space: str) -> str:
    return "native values" if space == "native" else space
