"""A view as a JSON file, alone or inside a picture; it opens wherever its cases are found."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.domain.image import VoiTable, Window
from app.domain.shape import POINTS, Shape, ShapeKind
from app.domain.view import Sight, View, ViewedContent, ViewedPane
from app.errors import StoreError
from app.store.files import atomic_write, read_bytes
from app.store.png_texts import texts_of

VERSION = 3
"""Both older versions are read as well.

Version 1 did not say what is drawn on the case. Versions 1 and 2 counted slices among the
matching ones of the pair; version 3 counts those of the reference.
"""

KEY = "blindread-view"
"""Under which a picture carries the view it shows."""

_LIMIT = 4 * 2**20
_PICTURE_LIMIT = 256 * 2**20
_REMEDY = "Save the view again with Share > Save the view…, or open the folder of cases itself."
_Words = Field(max_length=4096)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Window(_Model):
    center: float
    width: float = Field(gt=0)
    function: Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"] = "LINEAR"
    table: list[float] = Field(default=[], max_length=65536)


class _Content(_Model):
    kind: str = _Words
    arm: str = Field(default="", max_length=4096)
    map: str = Field(default="", max_length=4096)
    of_reference: bool = False


class _Sight(_Model):
    slice: int = Field(ge=0)
    window: _Window
    scale: Literal["fit", "pixels", "true"]
    zoom: float = Field(gt=0)
    centre: list[float] = Field(min_length=2, max_length=2)
    inverted: bool
    interpolation: Literal["nearest", "linear", "cubic"]


class _Pane(_Model):
    content: _Content
    second: _Content | None = None
    mode: str = Field(default="none", max_length=4096)
    amount: float = 0.0
    own: _Sight | None = None


class _Shape(_Model):
    number: int = Field(ge=1)
    kind: ShapeKind
    points: list[Annotated[list[float], Field(min_length=2, max_length=2)]]
    slice: int | None = Field(default=None, ge=0)
    background: bool = False

    @model_validator(mode="after")
    def _has_its_points(self) -> Self:
        wanted = POINTS.get(self.kind)
        if len(self.points) != wanted if wanted is not None else len(self.points) < 3:
            raise ValueError(f"a shape of kind {self.kind} cannot have {len(self.points)} points")
        return self


class _View(_Model):
    version: int = Field(ge=1)
    software: str = _Words
    source: str = _Words
    source_from_here: str = Field(default="", max_length=4096)
    reference: str = _Words
    case: str = _Words
    arm: str = _Words
    number: int = Field(ge=1)
    sight: _Sight
    layout: str = _Words
    maximised: int | None = Field(default=None, ge=0, lt=16)
    panes: list[_Pane] = Field(max_length=16)
    flicked: bool = False
    map: str = _Words
    region: str = _Words
    difference_limit: float | None = Field(default=None, gt=0)
    amplified: int = Field(default=1, ge=1)
    body: bool = False
    shapes: list[_Shape] | None = None
    chosen_shape: int | None = None


def view_to_json(view: View, folder: Path | None = None) -> str:
    """Return the text of a view file.

    Parameters
    ----------
    folder
        Where the file will lie. Where the cases lie below it, or it lies below
        them, the text also names them from there, so that both can be moved together.
    """
    source = Path(view.source)
    near = folder is not None and (source.is_relative_to(folder) or folder.is_relative_to(source))
    data = {
        "version": VERSION,
        "software": view.software,
        "source": str(source),
        "source_from_here": Path(os.path.relpath(source, folder)).as_posix() if near else "",
        "reference": view.reference,
        "case": view.case,
        "arm": view.arm,
        "number": view.number,
        "sight": _sight_data(view.sight),
        "layout": view.layout,
        "maximised": view.maximised,
        "panes": [_pane_data(one) for one in view.panes],
        "flicked": view.flicked,
        "map": view.map,
        "region": view.region,
        "difference_limit": view.difference_limit,
        "amplified": view.amplified,
        "body": view.body,
        "shapes": [_shape_data(one) for one in view.shapes] if view.shapes is not None else None,
        "chosen_shape": view.chosen_shape,
    }
    return json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def view_from_json(text: str | bytes, *, name: str, folder: Path | None = None) -> View:
    """Return the view that a text describes.

    Parameters
    ----------
    name
        What to call the file in a refusal.
    folder
        Where the file lies; the cases are looked for from there first.

    Raises
    ------
    StoreError
        The text is damaged, is no view, or comes from a newer program.
    """
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{name} is damaged: it is no JSON.", remedy=_REMEDY) from error
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise StoreError(
            f"{name} has version {version}; this program reads version {VERSION}.",
            remedy="Open it with a newer BlindRead.",
        )
    try:
        read = _View.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise StoreError(
            f"{name} is no view of BlindRead: {where}: {first['msg']}.", remedy=_REMEDY
        ) from error
    return _view(read, folder)


def text_for(view: View, path: Path) -> str:
    """Return the text of a view that a file will hold, links on both ways followed."""
    source = str(Path(view.source).resolve())
    return view_to_json(replace(view, source=source), path.resolve().parent)


def write_view(view: View, path: Path) -> None:
    """Write a view file, atomically.

    Raises
    ------
    StoreError
        The disk refused.
    """
    atomic_write(path, text_for(view, path))


def read_view(path: Path) -> View:
    """Read a view file, or the view inside a PNG picture that BlindRead saved.

    Raises
    ------
    StoreError
        The file cannot be read, is damaged, or is or holds no view.
    """
    folder = path.resolve().parent
    if path.suffix.lower() != ".png":
        data = read_bytes(path, limit=_LIMIT, remedy=_REMEDY)
        return view_from_json(data, name=path.name, folder=folder)
    text = texts_of(read_bytes(path, limit=_PICTURE_LIMIT, remedy=_REMEDY)).get(KEY)
    if text is None:
        raise StoreError(
            f"{path.name} holds no view.",
            remedy="Open a picture that BlindRead saved with its view inside, or a view file.",
        )
    return view_from_json(text, name=path.name, folder=folder)


def _sight_data(sight: Sight) -> dict[str, Any]:
    window = sight.window
    return {
        "slice": sight.slice,
        # Without the explanation: it is free text of the file's header.
        "window": {
            "center": float(window.center),
            "width": float(window.width),
            "function": window.function,
            "table": list(window.table) if isinstance(window, VoiTable) else [],
        },
        "scale": sight.scale,
        "zoom": float(sight.zoom),
        "centre": list(map(float, sight.centre)),
        "inverted": sight.inverted,
        "interpolation": sight.interpolation,
    }


def _pane_data(pane: ViewedPane) -> dict[str, Any]:
    return {
        "content": asdict(pane.content),
        "second": asdict(pane.second) if pane.second is not None else None,
        "mode": pane.mode,
        "amount": float(pane.amount),
        "own": _sight_data(pane.own) if pane.own is not None else None,
    }


def _shape_data(shape: Shape) -> dict[str, Any]:
    return {
        "number": shape.number,
        "kind": shape.kind,
        "points": [list(map(float, point)) for point in shape.points],
        "slice": shape.slice,
        "background": shape.background,
    }


def _view(read: _View, folder: Path | None) -> View:
    return View(
        source=_found(read, folder),
        reference=read.reference,
        case=read.case,
        arm=read.arm,
        number=read.number,
        sight=_sight(read.sight),
        layout=read.layout,
        maximised=read.maximised,
        panes=tuple(_pane(one) for one in read.panes),
        flicked=read.flicked,
        map=read.map,
        region=read.region,
        difference_limit=read.difference_limit,
        amplified=read.amplified,
        body=read.body,
        software=read.software,
        shapes=tuple(map(_shape, read.shapes)) if read.shapes is not None else None,
        chosen_shape=read.chosen_shape,
        counted="reference" if read.version > 2 else "pair",
    )


def _sight(read: _Sight) -> Sight:
    window = Window(read.window.center, read.window.width, read.window.function)
    if read.window.table:
        window = VoiTable(
            window.center, window.width, window.function, table=tuple(read.window.table)
        )
    across, down = (min(max(part, 0.0), 1.0) for part in read.centre)
    return Sight(
        slice=read.slice,
        window=window,
        scale=read.scale,
        zoom=read.zoom,
        centre=(across, down),
        inverted=read.inverted,
        interpolation=read.interpolation,
    )


def _pane(read: _Pane) -> ViewedPane:
    return ViewedPane(
        content=ViewedContent(**read.content.model_dump()),
        second=ViewedContent(**read.second.model_dump()) if read.second is not None else None,
        mode=read.mode,
        amount=read.amount,
        own=_sight(read.own) if read.own is not None else None,
    )


def _shape(read: _Shape) -> Shape:
    points = tuple((row, column) for row, column in read.points)
    return Shape(read.number, read.kind, points, read.slice, read.background)


def _found(read: _View, folder: Path | None) -> str:
    """Return the cases that lie where they lay from the file; else the absolute path."""
    if folder is not None and read.source_from_here:
        near = Path(os.path.normpath(folder / read.source_from_here))
        if near.exists():
            return str(near)
    return read.source
