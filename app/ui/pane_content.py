"""What a pane shows: an image, what it differs by, a local map, or what was made of an image."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal, cast, get_args

Kind = Literal["reference", "reconstruction", "difference", "absolute", "map", "edges", "fourier"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TITLES: dict[Kind, str] = {
    "reference": "Reference",
    "reconstruction": "Reconstruction",
    "difference": "Difference",
    "absolute": "Absolute difference",
    "map": "Map",
    "edges": "Edges",
    "fourier": "Fourier",
}
SUMMARIES: dict[Kind, str] = {
    "reference": "The ground-truth image.",
    "reconstruction": "The image under test.",
    "difference": "Reconstruction minus reference: blue below zero, orange above.",
    "absolute": "How far the reconstruction lies from the reference, without the sign.",
    "map": "Where a metric finds a loss.",
    "edges": "How steeply values change from pixel to pixel (gradient magnitude).",
    "fourier": "How strong each spatial frequency is (logarithm); the lowest lie in the middle.",
}
OF_ONE_IMAGE: tuple[Kind, ...] = ("edges", "fourier")


@dataclass(frozen=True, slots=True)
class PaneContent:
    """What a pane is asked to show.

    Parameters
    ----------
    kind
        Which kind of plane.
    arm
        Of which arm; empty for the arm in view, whichever that is.
    map
        The id of a local map; empty for the one chosen above the panes.
    of_reference
        For edges and Fourier: of the reference, not of an arm.
    """

    kind: Kind
    arm: str = ""
    map: str = ""
    of_reference: bool = False

    @property
    def is_image(self) -> bool:
        """Whether it is painted in grey under the window, not a plane with a scale of its own."""
        return self.kind in ("reference", "reconstruction")

    @property
    def needs_arm(self) -> bool:
        """Whether it is made of a reconstruction."""
        return self.kind != "reference" and not self.of_reference

    @property
    def words(self) -> str:
        """What menus call it, e.g. ``Difference: mild``."""
        whose = "reference" if self.of_reference else self.arm
        return f"{TITLES[self.kind]}: {whose}" if whose else TITLES[self.kind]

    def to_json(self) -> dict[str, object]:
        """Return it as a file holds it."""
        return asdict(self)

    @staticmethod
    def from_json(read: Mapping[str, object]) -> "PaneContent":
        """Return what a file holds.

        Raises
        ------
        ValueError
            It is no content of a pane.
        """
        known = {field.name for field in fields(PaneContent)}
        kind, of_reference = read.get("kind"), read.get("of_reference", False)
        words = [read.get("arm", ""), read.get("map", "")]
        if (
            not set(read) <= known
            or kind not in KINDS
            or not isinstance(of_reference, bool)
            or not all(isinstance(word, str) for word in words)
        ):
            raise ValueError(f"no content of a pane: {read}")
        return PaneContent(cast("Kind", kind), str(words[0]), str(words[1]), of_reference)


REFERENCE = PaneContent("reference")
RECONSTRUCTION = PaneContent("reconstruction")
DIFFERENCE = PaneContent("difference")
LOCAL_MAP = PaneContent("map")
USUAL = (
    REFERENCE,
    RECONSTRUCTION,
    DIFFERENCE,
    LOCAL_MAP,
    PaneContent("absolute"),
    PaneContent("edges"),
)
"""What the panes show until somebody chooses: six of them, of which a layout shows the first."""


def counterpart(content: PaneContent) -> PaneContent:
    """Return what a content is usually compared with: the reference, or the arm in view."""
    return RECONSTRUCTION if content.kind == "reference" else REFERENCE
