"""The local maps of one slice of a pair, here or in another process, and its body."""

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.domain.metric import IntensityRange, MapDefinition
from app.domain.progress import Progress
from app.errors import InputError, StoreError
from app.workflows.aside import Aside

if TYPE_CHECKING:
    from app.metrics.inputs import Prepared, SliceInputs
    from app.workflows.inspect import PairView

Plane = NDArray[np.float64]
Mask = NDArray[np.bool_]


Listed = tuple[tuple[MapDefinition, str], ...]


def list_maps() -> Listed:
    """Return every local map, with the reason why it cannot be made here, empty if it can."""
    from app.metrics import registry

    known = {one.id for one in registry.definitions()}
    return tuple(
        (one, registry.available(_metric_of(one.id)) if _metric_of(one.id) in known else "")
        for one in registry.map_definitions()
    )


def slice_inputs(view: "PairView", index: int) -> "SliceInputs":
    """Return one slice of a pair as the metrics take it, in native values.

    Raises
    ------
    InputError
        The intensity range of the study is not known.
    """
    from app.metrics.inputs import SliceInputs
    from app.metrics.spaces import NATIVE

    valid = view.reference.valid(index)
    theirs = view.reconstruction.valid(index)
    if valid is None or theirs is None:
        valid = theirs if valid is None else valid
    else:
        valid = valid & theirs
    return SliceInputs(
        reference=view.reference.values(index),
        reconstruction=view.reconstruction.values(index),
        valid=valid,
        body=None,
        range=range_of(view),
        space=NATIVE,
        metrics=(),
        modality=view.reference.modality,
    )


def range_of(view: "PairView") -> IntensityRange:
    """Return the intensity range of the study, as far as the view has been told.

    Raises
    ------
    InputError
        It has not.
    """
    if view.range is None:
        raise InputError(
            "The intensity range of the study is not known yet: it follows all references.",
            remedy="Wait until the references have been read, and ask again.",
        )
    return view.range


def make_map(id: str, inputs: "SliceInputs", prepared: "Prepared | None" = None) -> Plane:
    """Return a local map as large as the slice; NaN where it or the image has nothing to say.

    Parameters
    ----------
    prepared
        The same slice prepared already, where another map was made of it.

    Raises
    ------
    MetricRefused
        The slice lies outside the map's definition.
    MetricUnavailable
        It needs weights that are not installed.
    """
    from app.metrics import registry
    from app.metrics.prepare import prepare

    made = registry.local_map(id, prepared or prepare(inputs))
    return made if inputs.valid is None else np.where(inputs.valid, made, np.nan)


def metric_map(
    view: "PairView", index: int, wanted: MapDefinition
) -> Generator[Progress, None, Plane]:
    """Make one local map of one slice; those that need a network in another process.

    Raises
    ------
    MetricRefused, MetricUnavailable
        As ``make_map``.
    WorkerDied
        The other process ended.
    """
    yield Progress(0, 1, wanted.title)
    inputs = slice_inputs(view, index)
    if not wanted.needs_weights:
        return make_map(wanted.id, inputs)
    return (yield from _elsewhere.make(wanted.id, inputs))


def end_process() -> None:
    """End the process of the maps that need a network, where there is one."""
    _elsewhere.end()


def shares(values: Plane, wanted: MapDefinition, body: Mask) -> tuple[float, float] | None:
    """Return the shares of a map's summed deficit inside and outside the body.

    The deficit of a pixel is how far its value is on the bad side of ``neutral``.
    None where there is no deficit or no body, and for maps of one image alone,
    whose values are no loss against the reference.
    """
    from app.metrics import registry
    from app.metrics.inputs import share_outside

    metric = _metric_of(wanted.id)
    alone = any(one.id == metric and not one.needs_reference for one in registry.definitions())
    if alone or body.shape != values.shape:
        return None
    counted = np.isfinite(values)
    worse = 1.0 if wanted.better == "lower" else -1.0
    outside = share_outside(
        worse * (np.where(counted, values, wanted.neutral) - wanted.neutral), counted, body
    )
    return None if outside is None else (1.0 - outside, outside)


# ---- the body ----------------------------------------------------------------------------


def find_body(view: "PairView", index: int) -> Mask:
    """Return where the body lies in one slice of the reference, as found.

    Raises
    ------
    InputError
        The intensity range of the study is not known.
    """
    from app.metrics.regions import body_mask

    reference = view.reference
    return body_mask(
        reference.values(index),
        reference.modality,
        range_of(view),
        unit=reference.unit,
        valid=reference.valid(index),
        inverted=reference.inverted,
    )


def drawn_body(folder: Path, view: "PairView", index: int) -> Mask | None:
    """Return the body that a person has drawn in one slice of the reference; None if nobody has.

    Raises
    ------
    StoreError
        It is damaged, or as large as another slice.
    """
    from app.store.body_masks import load

    reference, number = view.pair.reference, view.pair.slices[index][0] + 1
    mask = load(folder, reference.uid, number)
    grid = view.reference.grid
    if mask is not None and mask.shape != (grid.rows, grid.columns):
        raise StoreError(
            f"The body drawn for slice {number} has {mask.shape[0]} x {mask.shape[1]} pixels; "
            f"the slice has {grid.rows} x {grid.columns}.",
            remedy="Draw it again; the body as found is shown.",
        )
    return mask


def keep_body(folder: Path, view: "PairView", index: int, mask: Mask | None) -> None:
    """Keep the body that a person has drawn in one slice; None goes back to the one found."""
    from app.store.body_masks import remove, save

    uid, number = view.pair.reference.uid, view.pair.slices[index][0] + 1
    if mask is None:
        remove(folder, uid, number)
    else:
        save(folder, uid, number, mask)


# ---- the other process -------------------------------------------------------------------


class MapProcess(Aside):
    """One process for the maps that need a network: started when first asked, and kept."""

    def __init__(self) -> None:
        super().__init__(_make_there, "this map")

    def make(self, id: str, inputs: "SliceInputs") -> Generator[Progress, None, Plane]:
        """Have a map made; closing the generator drops the question."""
        made: Plane = yield from self.ask(id, inputs)
        return made


def _make_there(id: str, inputs: "SliceInputs") -> Plane:
    return make_map(id, inputs, _last.prepared(inputs))


class _LastSlice:
    """The slice prepared last, so that all layers of a network come from one run of it."""

    def __init__(self) -> None:
        self._inputs: SliceInputs | None = None
        self._prepared: Prepared | None = None

    def prepared(self, inputs: "SliceInputs") -> "Prepared":
        from app.metrics.prepare import prepare
        from app.metrics.stored import Stored

        known = self._inputs
        same = (
            known is not None
            and known.range == inputs.range
            and Stored.of(known.reference).equals(Stored.of(inputs.reference))
            and Stored.of(known.reconstruction).equals(Stored.of(inputs.reconstruction))
            and _equal_masks(known.valid, inputs.valid)
        )
        if self._prepared is None or not same:
            self._inputs, self._prepared = inputs, prepare(inputs)
        return self._prepared


def _equal_masks(first: Mask | None, second: Mask | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def _metric_of(id: str) -> str:
    """Return the metric that a map shows, e.g. ``lpips-vgg`` for ``lpips-vgg:1``."""
    return id.partition(":")[0]


_last = _LastSlice()
"""Of the other process, which answers one question after the other."""

_elsewhere = MapProcess()
