"""What can be done to find a slice."""

from typing import TYPE_CHECKING

from app.ui.actions import Action, nth

if TYPE_CHECKING:
    from app.ui.finding import Finding


def find_actions(finding: "Finding") -> tuple[Action, ...]:
    """Return the Actions that go to slices in their order, and choose the order."""
    places = finding.places
    menu = "Find"

    def able() -> bool:
        return finding.chosen is not None

    chosen = finding.chosen
    by = chosen.title if chosen is not None else ""
    return (
        Action(
            "find.worst", "Worst slice", menu, finding.worst, ("Ctrl+J",),
            f"Show the worst slice of all cases and arms by {by}" if by else "", None, able,
        ),
        Action(
            "find.next", "Next worst slice", menu, lambda: finding.step(1), ("J",),
            "Go on to the slice that is next in the order, from the worst on", None, able,
        ),
        Action(
            "find.previous", "Previous worst slice", menu, lambda: finding.step(-1),
            ("Shift+J",), "Go back towards the worst slice", None, able,
        ),
        Action(
            "find.places", "Look for the worst places", menu, places.search, ("Ctrl+Shift+J",),
            "Average local maps of every slice in a window, inside the body, in the background",
            None, lambda: able() and not places.searching and not places.complete,
        ),
        *(
            Action(
                f"find.by.{one.id}", one.title, "Find/Order by",
                lambda id=one.id: finding.choose(id), nth("Shift+O", place),
                f"Put slices in order by {one.title}, the worst first",
                lambda id=one.id: finding.chosen is not None and finding.chosen.id == id,
            )
            for place, one in enumerate(finding.choices, 1)
        ),
    )  # fmt: skip
