"""The caption of what the Inspect room shows."""

from app import SOFTWARE
from app.report.captions import Caption, number
from app.ui.inspect_model import InspectModel
from app.ui.pane_grid import PaneGrid
from app.ui.value_rows import FIRST_METRICS, ValueRow

_MOST_VALUES = 8
_MODES = {"swipe": "parted at a line", "fade": "laid over each other", "checker": "in squares"}


def caption_of(model: InspectModel, panes: PaneGrid) -> Caption | None:
    """Return the caption of the panes in view; None while there is no image."""
    pair, view, state = model.pair, model.view, model.state
    if pair is None or view is None:
        return None
    return Caption(
        case=pair.case,
        arm=pair.arm,
        slice=model.number_of(state.slice),
        window=state.window,
        unit=view.reference.unit,
        zoom=state.zoom if state.scale == "fit" else None,
        interpolation=state.interpolation,
        inverted=state.inverted,
        values=values_of(model.values_in_view()),
        notes=tuple(_notes(model, panes)),
        software=SOFTWARE,
    )


def values_of(row: ValueRow | None) -> tuple:  # type: ignore[type-arg]  # of MetricValue
    """Return the values of a slice, the usual metrics first, no more than a caption holds."""
    if row is None:
        return ()
    names = sorted(row.values, key=lambda name: _order(name.partition("@")[0]))
    return tuple(row.values[name] for name in names[:_MOST_VALUES])


def _order(metric: str) -> int:
    return FIRST_METRICS.index(metric) if metric in FIRST_METRICS else len(FIRST_METRICS)


def _notes(model: InspectModel, panes: PaneGrid) -> list[str]:
    """Say what the colours mean, and what lies over what."""
    notes = []
    contents = [model.content(pane) for pane in panes.shown]
    kinds = [one.kind for one in contents]
    limit, unit = number(model.difference.limit), model.view.reference.unit if model.view else ""
    if "difference" in kinds:
        notes.append(f"Difference: reconstruction − reference, full colour at ±{limit} {unit}")
    if "absolute" in kinds:
        notes.append(f"Absolute difference: full colour at {limit} {unit}")
    if model.body.shown and model.body.mask is not None:
        notes.append("Body outlined")
    for pane in panes.shown:
        how = _MODES.get(panes.compare.mode(pane))
        if how:
            first, second = model.content(pane), model.panes.second(pane)
            notes.append(f"{first.words} and {second.words} {how}")
        if not model.panes.is_linked(pane):
            notes.append(f"{model.content(pane).words} is moved on its own")
    return [note.strip() for note in notes]
