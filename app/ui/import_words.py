"""The sentences of the import view."""

import re
from collections.abc import Sequence
from html import escape

from app.domain.arrangement import Placement
from app.ui.import_model import ImportModel
from app.ui.import_rows import Node


def headline(model: ImportModel) -> str:
    """Return how many reconstructions are paired."""
    if model.source is None:
        return "Pairing"
    if not model.loaded:
        return ("Looking through " if model.progress else "Nothing found in ") + model.source.name
    wanted = [one for one in model.state.placements if one.role == "reconstruction"]
    if not wanted:
        return "Nothing is paired yet" if model.state.placements else "There are no images here"
    paired = model.review.paired
    whole = "All" if paired == len(wanted) > 1 else f"{paired} of"
    images = "reconstruction is" if len(wanted) == 1 else "reconstructions are"
    return f"{whole} {len(wanted)} {images} paired"


def summary(model: ImportModel) -> str:
    """Return, as rich text, the source, what was corrected and what to do next."""
    progress = model.progress
    if progress is not None and not model.loaded:
        told = f": {progress.done} of {progress.total}" if progress.total else ""
        return escape(f"{progress.what}{told}")
    words = [escape(str(model.source or ""))]
    if progress is not None:
        words.append("pairing again…")
    elif model.corrections:
        number = model.corrections
        told = f"{number} correction{'s' if number > 1 else ''} by hand"
        words.append(f"{told}, not saved" if model.unsaved else f"{told}, saved")
    words.append(_next_step(model))
    problems = len(model.review.problems)
    if problems and progress is None:
        words.append(f'<a href="problems">{problems} not paired</a>')
    return " &nbsp;·&nbsp; ".join(filter(None, words))


def _next_step(model: ImportModel) -> str:
    roles = {one.role for one in model.state.placements}
    if not roles or "reconstruction" in roles:
        return ""
    if "reference" in roles:
        return "now take the others in"
    return "choose a reference below, then take the others in"


def name_of(node: Node | None, placed: Sequence[Placement]) -> str:
    """Return what the chosen rows are called."""
    if node is not None and node.kind == "case":
        return breakable(f"Case {node.case}")
    if len(placed) == 1:
        one = placed[0]
        word = {"reference": "Reference", "reconstruction": "Arm"}.get(one.role, "Not in a case:")
        return breakable(f"{word} {one.arm or one.name}")
    if node is not None and (node.kind == "problem" or not placed):
        return breakable(node.cells[0])
    return f"{len(placed)} series" if placed else ""


def facts_of(node: Node | None, placed: Sequence[Placement]) -> str:
    """Return where one series lies and what it is made of."""
    if len(placed) != 1 or (node is not None and node.kind == "case"):
        return ""
    one = placed[0]
    grid = one.series.grid
    size = f"{grid.slices} {'slice' if grid.slices == 1 else 'slices'}"
    size += f" of {grid.rows} x {grid.columns}"
    if grid.spacing is not None:
        size += f", {grid.spacing[0]:.4g} x {grid.spacing[1]:.4g} mm"
    files = list(dict.fromkeys(slice_file.path.name for slice_file in one.series.slices))
    names = f"{files[0]} to {files[-1]}" if len(files) > 1 else ""
    about = ", ".join(filter(None, (one.series.modality, one.series.description)))
    return "\n".join(filter(None, (breakable(one.path), breakable(names), size, breakable(about))))


def breakable(name: str) -> str:
    """Return a name that a label can break, so that nothing is cut off."""
    return re.sub(r"[^A-Za-z0-9 ]|[A-Za-z0-9]{12}", "\\g<0>\u200b", name)
