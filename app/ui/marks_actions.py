"""What can be done with marks."""

from typing import TYPE_CHECKING

from app.domain.mark import KINDS, MarkKind
from app.ui.actions import Action

if TYPE_CHECKING:
    from app.ui.marks_panel import MarksPanel

HINTS: dict[MarkKind, str] = {
    "added": "Mark what the reconstruction shows and the reference does not",
    "lost": "Mark what the reference shows and the reconstruction does not",
    "distorted": "Mark what both show, but not alike",
}


def mark_actions(panel: "MarksPanel") -> tuple[Action, ...]:
    """Return the Actions of the tab Marks."""
    marks, menu = panel.marks, "Marks"

    def some() -> bool:
        return bool(marks.marks)

    return (
        *(
            Action(
                f"marks.{kind}", f"Mark as {kind}", menu, lambda kind=kind: panel.use(kind),
                (f"T, {place}", f"Alt+{place}"), HINTS[kind],
                lambda kind=kind: marks.tool == kind, lambda: marks.can_mark,
            )
            for place, kind in enumerate(KINDS, 1)
        ),
        *(
            Action(
                f"marks.{shape}", f"Drag draws {words}", menu,
                lambda shape=shape: marks.draw(shape), (f"T, {shape[0].upper()}",),
                "What a drag draws while marks are made; a click marks a point",
                lambda shape=shape: marks.shape == shape,
            )
            for shape, words in (("ellipse", "an ellipse"), ("box", "a box"))
        ),
        Action(
            "marks.leave", "Stop marking", menu, panel.leave, (),
            "Leave the tool, so that the mouse does what it always does",
            None, lambda: panel.in_use,
        ),
        Action(
            "marks.show", "Show marks", menu, lambda: marks.show(not marks.shown), ("T, S",),
            "Paint the marks on the panes", lambda: marks.shown,
        ),
        Action(
            "marks.remove", "Delete the chosen mark", menu, marks.remove, (),
            "Delete the mark that is chosen in the list; it can be taken back",
            None, lambda: marks.chosen is not None,
        ),
        Action(
            "marks.undo", marks.undo_words, menu, marks.undo, (),
            "Take the last change of a mark back", None, lambda: marks.can_undo,
        ),
        Action(
            "marks.redo", marks.redo_words, menu, marks.redo, (),
            "Do again what was taken back", None, lambda: marks.can_redo,
        ),
        Action(
            "marks.csv", "Export marks as CSV…", menu, panel.export_csv, ("T, C",),
            "Save all marks as a table, with places in the patient in mm", None, some,
        ),
        Action(
            "marks.sr", "Export marks as DICOM SR…", menu, panel.export_report, ("T, R",),
            "Save all marks as DICOM SR, a file for each case and arm", None, some,
        ),
    )  # fmt: skip
