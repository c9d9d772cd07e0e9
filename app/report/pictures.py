"""A picture of panes as SVG, its words as words; nothing is drawn here."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True, slots=True)
class Plane:
    """A picture in its place, in pixels: PNG data, left, top, width, height."""

    png: bytes
    left: float
    top: float
    width: float
    height: float
    smooth: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A line of words whose left end stands on a base line, in pixels."""

    text: str
    left: float
    base: float
    size: float
    bold: bool = False
    color: str = "#d8dde2"


def svg(
    width: float,
    height: float,
    planes: Sequence[Plane],
    words: Sequence[Words],
    *,
    title: str = "",
    ground: str = "#000000",
) -> str:
    """Return a picture as SVG text: planes as PNG inside, words as words.

    Words can be searched, copied, and set in another font by whoever lays out a page.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">',
        f"<title>{_clean(title)}</title>",
        f'<rect width="{width:g}" height="{height:g}" fill={quoteattr(ground)}/>',
    ]
    for one in planes:
        data = base64.b64encode(one.png).decode("ascii")
        how = "" if one.smooth else ' style="image-rendering:pixelated"'
        lines.append(
            f'<image x="{one.left:g}" y="{one.top:g}" width="{one.width:g}" '
            f'height="{one.height:g}"{how} preserveAspectRatio="none" '
            f'href="data:image/png;base64,{data}"/>'
        )
    for line in words:
        weight = ' font-weight="bold"' if line.bold else ""
        lines.append(
            f'<text x="{line.left:g}" y="{line.base:g}" font-family="sans-serif" '
            f'font-size="{line.size:g}"{weight} fill={quoteattr(line.color)} '
            f'xml:space="preserve">{_clean(line.text)}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def _clean(text: str) -> str:
    """Return a text that XML can hold: without control characters."""
    return escape("".join(sign if sign.isprintable() else " " for sign in text))
