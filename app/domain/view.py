"""One way of looking at one pair: all that is needed to see the same again."""

from dataclasses import dataclass
from typing import Literal

from app.domain.image import Window
from app.domain.shape import Shape


@dataclass(frozen=True, slots=True)
class ViewedContent:
    """What stands in a pane: a kind such as ``reference``, and the arm or map it is of.

    ``of_reference`` says of what is made of one image that it is made of the reference.
    """

    kind: str
    arm: str = ""
    map: str = ""
    of_reference: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """Which slice is seen how.

    Parameters
    ----------
    slice
        From 0, among the slices that the View counts.
    window
        Center and width in real-world values; a VoiTable keeps its curve.
    scale, zoom, centre
        What zoom 1 is: ``fit`` into the pane, ``pixels`` on pixels or ``true`` size;
        the place in the middle of the pane as fractions (across, down) of the image.
    interpolation
        ``nearest``, ``linear`` or ``cubic``.
    """

    slice: int
    window: Window
    scale: str
    zoom: float
    centre: tuple[float, float]
    inverted: bool
    interpolation: str


@dataclass(frozen=True, slots=True)
class ViewedPane:
    """What one pane shows, and what lies over it.

    ``second`` is what it is compared with, None for the usual. ``mode`` is ``none`` or
    the name of a comparison, e.g. ``swipe``; ``amount`` is the place of its split, its
    opacity or the side of its squares. ``own`` is None where the pane moves with the others.
    """

    content: ViewedContent
    second: ViewedContent | None = None
    mode: str = "none"
    amount: float = 0.0
    own: Sight | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What the Inspect room shows, in words that do not depend on the screen.

    Parameters
    ----------
    source
        The folder of cases or the manifest, as an absolute path.
    reference
        The reference's name as the person gave it; empty for the usual names.
    case, arm, number
        The pair, and the number of its slice in the tables, from 1.
    sight
        The slice, and how linked panes show it.
    layout, maximised, panes
        The name of the layout, the pane that has the whole room for a while, from 0,
        and what each pane shows, also those not in view.
    flicked
        Whether each image is exchanged with what it is compared with.
    map, region
        The local map and the region of the values.
    difference_limit, amplified
        The difference with the full colour, in the image's unit, None where each
        pair has its own; and how many times smaller ones get it.
    body
        Whether the body is outlined.
    software
        Name and version of the program that wrote it.
    shapes, chosen_shape
        What is drawn on the case, and the number of the shape that is chosen; None
        where the view does not say.
    counted
        Whether the slices of sights and shapes are counted among those of the reference
        or, as old files have it, among the matching ones of the pair.
    """

    source: str
    reference: str
    case: str
    arm: str
    number: int
    sight: Sight
    layout: str
    maximised: int | None
    panes: tuple[ViewedPane, ...]
    flicked: bool
    map: str
    region: str
    difference_limit: float | None
    amplified: int
    body: bool
    software: str
    shapes: tuple[Shape, ...] | None = None
    chosen_shape: int | None = None
    counted: Literal["reference", "pair"] = "reference"
