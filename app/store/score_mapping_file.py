"""How a table of scores is read, as a file: YAML or JSON in, YAML out."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field

from app.domain.score_sheet import Correction, ScoreMapping
from app.errors import BlindReadError, InputError
from app.store.files import atomic_write, read_bytes
from app.store.protocol_file import _ExactDumper, _load, _Model, _validated

_LIMIT = 4 * 2**20
_REMEDY = "Run `blindread import` without a mapping to get one to start from."
_HEADER = """\
# How a table of scores was read, for `blindread import --mapping`.
# labels: what a label that matches nothing stands for, e.g. {Set112: set12}
# named_arms: arms that stand in the table under their own name, not under a code
# accept: [text] takes numbers that are written as text; [unread] knows that scores are missing
# corrections: a list of {row: 57, column: noise, was: "33", value: 3, reason: "..."};
#   without a value the score is left out
"""


class _Columns(_Model):
    reader: str = ""
    case: str = ""
    arm: str = ""
    opponent: str = ""
    criterion: str = ""
    value: str = ""
    comment: str = ""


class _Fixed(_Model):
    reader: str = ""
    case: str = ""
    arm: str = ""
    criterion: str = ""


class _Key(_Model):
    case: str = ""
    code: str = ""
    arm: str = ""


class _Correction(_Model):
    row: int
    column: str
    was: str | int | float
    value: int | float | None = None
    reason: str = ""


class _Mapping(_Model):
    columns: _Columns = _Columns()
    criteria: dict[str, str] = Field(default_factory=dict)
    fixed: _Fixed = _Fixed()
    key: _Key = _Key()
    labels: dict[str | int, str | int] = Field(default_factory=dict)
    named_arms: list[str] = Field(default_factory=list)
    accept: list[Literal["text", "unread"]] = Field(default_factory=list)
    corrections: list[_Correction] = Field(default_factory=list)
    sheet: str = ""
    header_row: int = 0


def read_mapping(path: Path) -> ScoreMapping:
    """Read a mapping file.

    Raises
    ------
    InputError
        The file cannot be read or does not describe a mapping; names the field.
    """
    try:
        data = _load(read_bytes(path, limit=_LIMIT, remedy=_REMEDY), path.name)
        model = _validated(_Mapping, data, path.name)
    except BlindReadError as error:
        remedy = _REMEDY if "blindread study new" in error.remedy else error.remedy
        raise InputError(str(error), remedy=remedy) from error
    return ScoreMapping(
        columns=_given(model.columns),
        criteria=dict(model.criteria),
        fixed=_given(model.fixed),
        key=_given(model.key),
        labels={str(label): str(name) for label, name in model.labels.items()},
        named_arms=tuple(model.named_arms),
        accept=tuple(model.accept),
        corrections=tuple(
            Correction(
                one.row,
                one.column,
                str(one.was),
                None if one.value is None else float(one.value),
                one.reason,
            )
            for one in model.corrections
        ),
        sheet=model.sheet,
        header_row=model.header_row,
    )


def mapping_to_yaml(mapping: ScoreMapping) -> str:
    """Return the text of a mapping file."""
    data: dict[str, Any] = {
        "columns": dict(mapping.columns),
        "criteria": dict(mapping.criteria),
        "fixed": dict(mapping.fixed),
        "key": dict(mapping.key),
        "labels": dict(mapping.labels),
        "named_arms": list(mapping.named_arms),
        "accept": list(mapping.accept),
        "corrections": [
            {
                "row": one.row,
                "column": one.column,
                "was": one.was,
                "value": one.value,
                "reason": one.reason,
            }
            for one in mapping.corrections
        ],
    }
    if mapping.sheet:
        data["sheet"] = mapping.sheet
    if mapping.header_row:
        data["header_row"] = mapping.header_row
    text: str = yaml.dump(data, Dumper=_ExactDumper, sort_keys=False, allow_unicode=True, width=100)
    return _HEADER + text


def write_mapping(mapping: ScoreMapping, path: Path) -> None:
    """Write a mapping file, atomically."""
    atomic_write(path, mapping_to_yaml(mapping))


def _given(model: _Columns | _Fixed | _Key) -> dict[Any, str]:
    return {name: value for name, value in model.model_dump().items() if value}
