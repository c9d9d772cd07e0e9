"""One way of looking at one pair: all that is needed to see the same again."""

from dataclasses import dataclass

from app.domain.image import Window


@dataclass(frozen=True, slots=True)
class ViewedPane:
    """What one pane shows: a kind such as ``reference``, and the arm or map it is of.

    ``of_reference`` says of what is made of one image that it is made of the reference.
    """

    kind: str
    arm: str = ""
    map: str = ""
    of_reference: bool = False


@dataclass(frozen=True, slots=True)
class ViewedComparison:
    """How two images share one pane.

    ``mode`` is ``none`` or the name of a comparison, e.g. ``swipe``; ``amount``
    is the place of its split, its opacity or the side of its squares.
    """

    mode: str = "none"
    amount: float = 0.5


@dataclass(frozen=True, slots=True)
class View:
    """What the Inspect room shows, in words that do not depend on the screen.

    Parameters
    ----------
    source
        The folder of cases or the manifest, as an absolute path.
    reference
        The reference's name as the person gave it; empty for the usual names.
    case, arm, slice
        The pair, and the number of its slice in the tables, from 1.
    window
        Center and width in real-world values; a VoiTable keeps its curve.
    scale, zoom, centre
        What zoom 1 is: ``fit`` into the pane, ``pixels`` on pixels or ``true`` size;
        the place in the middle of the pane as fractions (across, down) of the image.
    interpolation
        ``nearest``, ``linear`` or ``cubic``.
    layout, panes
        The name of the layout, and what each of its panes shows.
    map, region
        The local map and the region of the values.
    difference_limit, amplified
        The difference with the full colour, in the image's unit, None where each
        pair has its own; and how many times smaller ones get it.
    software
        Name and version of the program that wrote it.
    """

    source: str
    reference: str
    case: str
    arm: str
    slice: int
    window: Window
    scale: str
    zoom: float
    centre: tuple[float, float]
    inverted: bool
    interpolation: str
    layout: str
    panes: tuple[ViewedPane, ...]
    map: str
    region: str
    comparison: ViewedComparison
    difference_limit: float | None
    amplified: int
    body: bool
    software: str
