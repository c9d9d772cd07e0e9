"""What a series that is not DICOM takes from its reference, and what is said of it.

A NumPy array, an HDF5 file or a picture knows neither its modality nor its
place in the patient. Both are taken from the reference of its pair; the grids
must have one size.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.pair import Pair, Series
from app.images.formats.orientation import arrange

PICTURES = frozenset({"PNG", "JPEG"})

BESIDE = (
    "It is a picture beside the DICOM series of the same name, which is used.",
    "Give the picture a folder of its own to measure it too.",
)


def prepare(case: Sequence[Series], members: Sequence[Series]) -> list[Series]:
    """Return series with the modality of their reference, volumes turned as it is.

    ``case`` are all series of the case, those of the reference first.
    """
    modality = next((one.modality for one in case if one.modality), "")
    first = case[0].grid if case else None
    found = []
    for one in members:
        if one.storage is not None:
            one = replace(one, modality=one.modality or modality)
            one = arrange(one, first) if first is not None else one
        found.append(one)
    return found


def set_apart(members: Sequence[Series]) -> tuple[list[Series], list[Series]]:
    """Return the series of an arm, and the pictures that lie beside its DICOM files."""
    if all(one.storage is not None for one in members):
        return list(members), []
    apart = [one for one in members if one.storage is not None and one.storage.format in PICTURES]
    return [one for one in members if one not in apart], apart


def complete(pair: Pair) -> Pair:
    """Return a pair with the borrowed geometry, and with its value mapping in the note."""
    reconstruction, notes = pair.reconstruction, []
    if reconstruction.storage is not None:
        notes += list(reconstruction.storage.remarks)
        if not reconstruction.grid.positions and not reconstruction.grid.orientation:
            reconstruction, borrowed = _with_place(pair)
            notes += ["geometry borrowed from the reference"] if borrowed else []
    said = [
        (f"reference: {words}" if one is pair.reference else words)
        for one in (pair.reconstruction, pair.reference)
        if (words := values_words(one))
    ]
    note = "; ".join(part for part in (pair.note, *notes, *said) if part)
    return replace(pair, reconstruction=reconstruction, note=note)


def _with_place(pair: Pair) -> tuple[Series, bool]:
    """Give every slice the place of the reference's slice that it is paired with."""
    ours, one = pair.reference.grid, pair.reconstruction
    if (ours.rows, ours.columns) != (one.grid.rows, one.grid.columns):
        return one, False
    partner = {second: first for first, second in pair.slices}
    positions = None
    if ours.positions and len(partner) == one.grid.slices:
        positions = tuple(ours.positions[partner[index]] for index in range(one.grid.slices))
    grid = replace(
        one.grid,
        spacing=ours.spacing,
        orientation=ours.orientation,
        positions=positions,
        frame_of_reference=ours.frame_of_reference,
    )
    return replace(one, grid=grid), bool(ours.spacing or positions)


def value_mapping(series: Series) -> dict[str, object] | None:
    """Return how stored numbers became values, for the parameters of a metric; None for DICOM.

    ``values`` is ``as stored``, ``file`` (the file's own slope and intercept),
    ``manifest``, or ``file, then manifest``.
    """
    storage, mapping = series.storage, series.mapping
    own = storage is not None and (storage.slope, storage.intercept) != (1.0, 0.0)
    if storage is None and mapping is None:
        return None
    slope, intercept = (storage.slope, storage.intercept) if storage else (1.0, 0.0)
    told: dict[str, object] = {}
    if storage is not None:
        told["stored"] = f"{storage.format} {storage.dtype}"
    if mapping is None:
        told["values"] = "file" if own else "as stored"
        return told | ({"slope": slope, "intercept": intercept} if own else {})
    told["values"] = "file, then manifest" if own or storage is None else "manifest"
    return told | {"slope": mapping[0], "intercept": mapping[1]}


def values_words(series: Series) -> str:
    """Return the value mapping of a series in words, for the list of pairs."""
    told = value_mapping(series)
    if told is None:
        return ""
    if told["values"] == "as stored":
        return f"values as stored ({series.storage.dtype})" if series.storage else ""
    line = f"stored * {told['slope']:g} + {told['intercept']:g}"
    if told["values"] == "file, then manifest":
        line = f"the file's values * {told['slope']:g} + {told['intercept']:g}"
    source = "the file" if told["values"] == "file" else "the manifest"
    return f"values = {line} (stated by {source})"
