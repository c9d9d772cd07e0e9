"""The protocol as a YAML file that a person can read, edit and be told about."""

import difflib
import hashlib
from collections.abc import Hashable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.domain.protocol import (
    Anchor,
    Choice,
    Criterion,
    Declared,
    Protocol,
    TrainingCase,
)
from app.errors import ProtocolError
from app.resources import resource
from app.store.files import atomic_write, canonical_json, read_bytes

VERSION = 1
_LIMIT = 4 * 2**20
_HEADER = """\
# The protocol of a BlindRead study. Edit it freely until the study is locked;
# after that it is evidence, and a changed file no longer matches the study.
"""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


_M = TypeVar("_M", bound=_Model)


class _Choice(_Model):
    value: int
    label: str


class _Anchor(_Model):
    label: str
    value: int


class _Criterion(_Model):
    id: str
    kind: Literal["preference", "rating", "question", "ranking", "slider", "marks"]
    prompt: str
    choices: list[_Choice] = []
    help: str = ""
    anchors: list[_Anchor] = []
    neutral: int | None = None
    cannot_judge: list[str] = []
    mark_types: list[str] = []
    mark_shapes: list[Literal["point", "box", "outline"]] = []
    better: Literal["higher", "lower", "neither"] = "higher"


class _Declared(_Model):
    arm: str
    label: str


class _Training(_Model):
    case: str
    feedback: str = ""


class _Rules(_Model):
    """What a protocol and a template may both say, and need not."""

    declared: list[_Declared] = []
    pairing: Literal["all", "adaptive"] = "all"
    repeat_share: float = 0.0
    repeat_distance: int = 8
    catches: dict[Literal["identical", "swapped", "blur"], int] = {}
    session_minutes: float = 0.0
    break_minutes: float = 0.0
    washout_hours: float = 0.0
    see_every_slice: bool = False
    may_amend: bool = True
    display_check: Literal["none", "offered", "required"] = "none"
    consent: str = ""
    blinded: bool = True
    anchor_arm: str = ""


class _Template(_Rules):
    template: str
    summary: str = ""
    basis: str = ""
    slots: int
    ask_comment: bool
    seconds_per_read: float
    reference_as_arm: bool
    declare_reference: str = ""
    instructions: str
    criteria: list[_Criterion]


class _Protocol(_Rules):
    version: int = Field(ge=1)
    title: str
    template: str
    source: str
    reference: str
    reference_as_arm: bool
    cases: list[str]
    arms: list[str]
    readers: list[str]
    slots: int
    ask_comment: bool
    seconds_per_read: float
    seed: int
    instructions: str
    criteria: list[_Criterion]
    training: list[_Training] = []


def protocol_to_yaml(protocol: Protocol) -> str:
    """Return the text of a protocol file."""
    data = _data(protocol)
    first = [name for name in _Protocol.model_fields if name not in _Rules.model_fields]
    names = [name for name in (*first, *_Rules.model_fields) if name in data]
    names.sort(key=lambda name: name in ("criteria", "instructions"))  # the longest stand last
    ordered = {name: data[name] for name in names}
    text: str = yaml.dump(
        ordered, Dumper=_ExactDumper, sort_keys=False, allow_unicode=True, width=100
    )
    return _HEADER + text


def protocol_from_yaml(text: str | bytes, *, name: str = "protocol.yaml") -> Protocol:
    """Return the protocol that a text describes.

    Raises
    ------
    ProtocolError
        Names the field at fault: unknown (with the nearest known name), missing,
        or of the wrong type.
    """
    data = _load(text, name)
    if isinstance(data, dict) and isinstance(data.get("version"), int) and data["version"] > 1:
        raise ProtocolError(
            f"{name} has version {data['version']}; this program reads version {VERSION}.",
            remedy="Open it with a newer BlindRead.",
        )
    model = _validated(_Protocol, data, name)
    fields = model.model_dump()
    for name in ("cases", "arms", "readers"):
        fields[name] = tuple(fields[name])
    return Protocol(**(fields | _built(model) | {"training": _training(model)}))


def template_fields(name: str, reference: str) -> dict[str, Any]:
    """Return the fields of a protocol that a shipped template fills in.

    Parameters
    ----------
    reference
        The reference of the study, which some templates show beside under a label.
    """
    model = _Template.model_validate(load_template(name))
    plain = {field for field in _Template.model_fields if field not in _OWN_TO_TEMPLATES}
    fields = {field: getattr(model, field) for field in plain} | _built(model)
    if model.declare_reference:
        shown = Declared(reference, model.declare_reference)
        fields["declared"] = (shown, *fields["declared"])
    return fields


_OWN_TO_TEMPLATES = ("summary", "basis", "declare_reference")


def _built(model: _Template | _Protocol) -> dict[str, Any]:
    return {
        "declared": tuple(Declared(one.arm, one.label) for one in model.declared),
        "catches": tuple(sorted(model.catches.items())),
        "criteria": tuple(_criterion(one) for one in model.criteria),
    }


def _training(model: _Protocol) -> tuple[TrainingCase, ...]:
    return tuple(TrainingCase(one.case, one.feedback) for one in model.training)


def _criterion(model: _Criterion) -> Criterion:
    return Criterion(
        id=model.id,
        kind=model.kind,
        prompt=model.prompt,
        choices=tuple(Choice(one.value, one.label) for one in model.choices),
        help=model.help,
        anchors=tuple(Anchor(one.label, one.value) for one in model.anchors),
        neutral=model.neutral,
        cannot_judge=tuple(model.cannot_judge),
        mark_types=tuple(model.mark_types),
        mark_shapes=tuple(model.mark_shapes),
        better=model.better,
    )


def write_protocol(protocol: Protocol, path: Path) -> None:
    """Write a protocol file, atomically."""
    atomic_write(path, protocol_to_yaml(protocol))


def read_protocol(path: Path) -> Protocol:
    """Read a protocol file.

    Raises
    ------
    ProtocolError
        The file does not describe a protocol.
    StoreError
        The file cannot be read.
    """
    data = read_bytes(path, limit=_LIMIT, remedy="Make one with 'blindread study new'.")
    return protocol_from_yaml(data, name=str(path))


def protocol_sha256(protocol: Protocol) -> str:
    """Return the hash of what a protocol says, whatever its YAML looks like."""
    return hashlib.sha256(canonical_json(_data(protocol)).encode("ascii")).hexdigest()


def template_names() -> tuple[str, ...]:
    """Return the names of the shipped templates."""
    return tuple(sorted(path.stem for path in resource("protocols").glob("*.yaml")))


def load_template(name: str) -> dict[str, Any]:
    """Return the validated data of a shipped template.

    Raises
    ------
    ProtocolError
        There is no such template; names the nearest.
    """
    if name not in template_names():
        raise ProtocolError(
            f"There is no template '{name}'.",
            remedy=_did_you_mean(name, template_names()),
        )
    return _template(name).model_dump()


@cache
def _template(name: str) -> _Template:
    """Read a shipped template, once: none changes while the program runs."""
    path = resource("protocols", f"{name}.yaml")
    data = read_bytes(path, limit=_LIMIT, remedy="Install BlindRead again.")
    return _validated(_Template, _load(data, path.name), path.name)


def _data(protocol: Protocol) -> dict[str, Any]:
    """Return a protocol as plain data, equal for equal protocols.

    What may be left out and stands at its default is left out, so that a rule which a
    later version can speak of does not change the hash of an older study.
    """
    data = asdict(protocol)
    for field in ("seconds_per_read", *_NUMBERS):
        data[field] = float(data[field])
    for field in ("cases", "arms", "readers", "declared", "training"):
        data[field] = list(data[field])
    data["catches"] = dict(data["catches"])
    data["criteria"] = [_without_defaults(_Criterion, one) for one in data["criteria"]]
    return _without_defaults(_Protocol, data)


_NUMBERS = ("repeat_share", "session_minutes", "break_minutes", "washout_hours")


def _without_defaults(model: type[_Model], data: dict[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, value in data.items():
        plain = list(value) if isinstance(value, tuple) else value
        known = model.model_fields[name]
        if known.is_required() or name == "choices" or plain != known.default:
            kept[name] = plain
    return kept


class _ExactDumper(yaml.SafeDumper):
    """YAML that gives back every text as it was, odd line breaks and all."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = None if data.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_ExactDumper.add_representer(str, _ExactDumper.represent_str)


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases (a small file could unfold to gigabytes) or double keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.get_mark()
            raise yaml.constructor.ConstructorError(
                None, None, "an alias (*name) is not allowed here", mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if isinstance(key.value, str) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key.value}' stands twice", key.start_mark
                )
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _load(text: str | bytes, name: str) -> Any:
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise ProtocolError(
            f"{name}{where}: {error.problem or 'this is no YAML'}.",
            remedy="Mend that line; names with special characters need quotes.",
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProtocolError(
            f"{name} is no YAML text in UTF-8.", remedy="Mend it, or make the study anew."
        ) from error


def _validated(model: type[_M], data: object, name: str) -> _M:
    if not isinstance(data, dict):
        raise ProtocolError(
            f"{name} holds no fields.", remedy="Make a protocol with 'blindread study new'."
        )
    try:
        return model.model_validate(data)
    except ValidationError as error:
        # A mistyped name is both unknown and missing; the first says more.
        faults = error.errors(include_url=False)
        first = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
        where = ".".join(str(part) for part in first["loc"])
        what, remedy = _explain(model, first["type"], first["msg"], where)
        raise ProtocolError(f"{name}: {what}", remedy=remedy) from error


def _explain(model: type[_Model], kind: str, message: str, where: str) -> tuple[str, str]:
    """Return one sentence and its remedy for a validation error."""
    if kind == "extra_forbidden":
        parts = (model, _Criterion, _Choice, _Training)
        known = {field for part in parts for field in part.model_fields}
        return f"unknown field '{where}'.", _did_you_mean(where.rsplit(".", 1)[-1], sorted(known))
    if kind == "missing":
        return f"the field '{where}' is missing.", "Add it."
    if kind == "string_type":
        return f"'{where}' is not a text.", 'Put it in quotes, e.g. "001" or "no".'
    return f"'{where}' does not fit: {message[:1].lower()}{message[1:]}.", "Change it."


def _did_you_mean(word: str, known: tuple[str, ...] | list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean '{near[0]}'?" if near else f"There is: {', '.join(known)}."
