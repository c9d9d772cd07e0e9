"""Metrics from outside: entry points of other packages, and the names of pyiqa.

Nothing is loaded before it is asked for, and what cannot be loaded is a reason
beside its id: other people's code never ends a run that does not want it.
"""

import contextlib
import importlib.util
import io
import json
import math
import numbers
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, lru_cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.metric import MetricDefinition
from app.errors import MetricUnavailable
from app.metrics.catalog import ENTRIES
from app.metrics.inputs import Outcome, Plane, Prepared, Refusal

GROUP = "blindread.metrics"
PYIQA = "pyiqa:"

Measure = Callable[[str, Prepared], Mapping[str, Outcome]]

_FITTING = re.compile(r"[a-z0-9@:.-]+")


@dataclass(frozen=True, slots=True)
class Plugin:
    """A metric from outside, and the function that measures it."""

    definition: MetricDefinition
    measure: Measure


def find(id: str) -> Plugin | None:
    """Return the metric from outside of an id; None where there is none.

    Raises
    ------
    MetricUnavailable
        There is one, and it cannot be used: its package is broken, say.
    """
    if id.startswith(PYIQA):
        return _pyiqa(id)
    entries = [entry for entry in _entries(tuple(sys.path)) if entry.name == id]
    if not entries:
        return None
    if len({entry.value for entry in entries}) > 1:
        raise _broken(id, "two packages give it")
    return _load(entries[0].name, entries[0].value, _distribution(entries[0]))


def definitions() -> tuple[MetricDefinition, ...]:
    """Return every metric of an entry point that can be used, by id; pyiqa's are not listed."""
    return tuple(found.definition for found in _all().values() if isinstance(found, Plugin))


def unavailable() -> Mapping[str, str]:
    """Return why each of the other entry points cannot be used."""
    return {id: found for id, found in _all().items() if isinstance(found, str)}


def available(id: str) -> str:
    """Return why a metric from outside cannot run here, or an empty text if it can."""
    try:
        found = find(id)
        if found is not None and id.startswith(PYIQA):
            _model(_pyiqa_name(id))
    except MetricUnavailable as error:
        return error.sentence
    return "" if found else "no package here gives it"


def measure_of(id: str) -> Measure:
    """Return the function that measures a metric from outside.

    Raises
    ------
    MetricUnavailable
        There is no such metric, or it cannot be used.
    """
    found = find(id)
    if found is None:
        raise _broken(id, "no package here gives it")
    return found.measure


def note() -> str:
    """Return one line on what pyiqa adds; empty where it is not installed."""
    names = _pyiqa_configs()
    return f"pyiqa's {len(names)} metrics can be named too: {PYIQA}NAME" if names else ""


@lru_cache(maxsize=1)
def _entries(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:  # noqa: ARG001 - the cache's key
    """Return what packages on Python's path offer; to look takes longer than many a metric."""
    return tuple(entry_points(group=GROUP))


def _all() -> dict[str, Plugin | str]:
    found: dict[str, Plugin | str] = {}
    for id in sorted({entry.name for entry in _entries(tuple(sys.path))}):
        try:
            plugin = find(id)
        except MetricUnavailable as error:
            found[id] = error.sentence
        else:
            found[id] = plugin or "its id starts with pyiqa:, which is kept for that package"
    return found


@cache
def _load(id: str, value: str, distribution: str) -> Plugin:
    """Import what an entry point names, and check that it is a metric."""
    if id in {entry.definition.id for entry in ENTRIES}:
        raise _broken(id, f"{distribution} names it so, and BlindRead has a metric of that id")
    if not _FITTING.fullmatch(id):
        raise _broken(id, "an id has the characters a-z, 0-9, -, @, : and . only")
    try:
        made = EntryPoint(id, value, GROUP).load()
        definition, foreign = made.definition, made.value
    except (Exception, SystemExit) as error:
        raise _broken(id, f"{distribution} cannot be loaded ({_words(error)})") from error
    if not isinstance(definition, MetricDefinition) or not callable(foreign):
        raise _broken(id, f"{distribution} gives no MetricDefinition, or a value that is no call")
    if definition.id != id:
        raise _broken(id, f"its definition in {distribution} has the id '{definition.id}'")
    definition = replace(definition, parameters={**definition.parameters, "plugin": distribution})
    try:
        json.dumps(dict(definition.parameters), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise _broken(id, f"its parameters are not plain values ({_words(error)})") from error
    return Plugin(definition, partial(_measure, definition, foreign))


def _measure(
    definition: MetricDefinition, foreign: Callable[..., object], metric: str, prepared: Prepared
) -> Mapping[str, Outcome]:
    """Call the foreign code once for each region, with planes of its own."""
    outcomes = {}
    for region, mask in prepared.masks.items():
        reference = prepared.reference.copy() if definition.needs_reference else None
        try:
            value = foreign(
                reference,
                prepared.reconstruction.copy(),
                low=prepared.range.low,
                high=prepared.range.high,
                mask=None if mask is None else mask.copy(),
            )
        except Exception as error:  # other people's code raises what it likes
            outcomes[region] = _failed(metric, definition, f"ended in {_words(error)}")
        else:
            outcomes[region] = _checked(metric, definition, value, prepared)
    return outcomes


def _checked(
    metric: str, definition: MetricDefinition, value: object, prepared: Prepared
) -> Outcome:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        return _failed(metric, definition, f"gave a {type(value).__name__} and not a number")
    number = float(value)
    if math.isnan(number):
        return _told(
            f"{metric} is not defined for this slice.",
            "Leave this metric out for such slices.",
            "refused:undefined",
        )
    same = definition.needs_reference and prepared.identical
    return Outcome(number, ("identical",) if same else ())


def _failed(metric: str, definition: MetricDefinition, what: str) -> Outcome:
    source = definition.parameters["plugin"]
    return _told(
        f"{metric} of the plug-in {source} {what}.",
        "Tell its authors, or leave this metric out.",
        "refused:plugin",
    )


def _told(what: str, remedy: str, flag: str) -> Outcome:
    refusal = Refusal(what, remedy=remedy, flag=flag)
    return Outcome(None, (flag,), refusal.sentence)


def _distribution(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without a name"


def _pyiqa(id: str) -> Plugin:
    """Describe a metric of pyiqa by its own data; nothing of it is imported yet."""
    name = _pyiqa_name(id)
    config = _pyiqa_configs()[name]
    mode = config.get("metric_mode")
    if mode not in ("FR", "NR"):
        raise _broken(id, "pyiqa does not say whether it needs a reference")
    release = _pyiqa_version()
    definition = MetricDefinition(
        id=id,
        title=f"{name} of pyiqa",
        summary=f"What pyiqa calls {name}, as pyiqa computes it.",
        better="lower" if config.get("lower_better") else "higher",
        low=-math.inf,
        high=math.inf,
        unit="",
        source=release,
        refuses="NaN or infinite values; what pyiqa refuses",
        needs_reference=mode == "FR",
        photographs=mode == "NR",
        parameters={
            "definition": f"pyiqa {name}",
            "plugin": release,
            "scaled": "0..1 by the range, clipped; one channel repeated to three",
            "precision": "float32",
            "usual_range": str(config.get("score_range", "")),
            "body": "the range's low end outside the mask",
        },
    )
    return Plugin(definition, partial(_measure_pyiqa, definition, name))


def _measure_pyiqa(
    definition: MetricDefinition, name: str, metric: str, prepared: Prepared
) -> Mapping[str, Outcome]:
    model = _model(name)

    def value(reference: Plane | None, reconstruction: Plane, **_: object) -> float:
        import torch

        planes = [reconstruction] if reference is None else [reconstruction, reference]
        tensors = [
            torch.from_numpy(prepared.scale(plane).astype(np.float32))[None, None].repeat(
                1, 3, 1, 1
            )
            for plane in planes
        ]
        with torch.inference_mode(), _without_network(), contextlib.redirect_stdout(io.StringIO()):
            return float(model(*tensors))

    outcomes = {}
    flags = ("clipped",) if prepared.reconstruction_clipped else ()
    for region in prepared.masks:
        planes = prepared.filled(region)
        part = replace(
            prepared, reference=planes[0], reconstruction=planes[1], masks={region: None}
        )
        outcome = _measure(definition, value, metric, part)[region]
        kept = flags if outcome.value is not None else ()
        outcomes[region] = replace(outcome, flags=(*outcome.flags, *kept))
    return outcomes


@lru_cache(maxsize=2)
def _model(name: str) -> Any:
    """Return a metric of pyiqa, made from files that are here already."""
    with contextlib.redirect_stdout(io.StringIO()), _without_network() as tried:
        try:
            import torch

            return import_module("pyiqa").create_metric(name, device=torch.device("cpu"))
        except (Exception, SystemExit) as error:
            if tried:
                raise MetricUnavailable(
                    f"pyiqa wants to download the weights of {name} from {tried[0]}, "
                    "and BlindRead downloads nothing unasked.",
                    remedy=f'Fetch them once with: python -c "import pyiqa; '
                    f"pyiqa.create_metric('{name}')\".",
                ) from error
            raise MetricUnavailable(
                f"pyiqa cannot make its metric {name}: {_words(error)}.",
                remedy="Install what it lacks, or leave this metric out.",
            ) from error


class _Unasked(Exception):
    """Somebody wanted the network; not an OSError, which would be tried again."""


@contextlib.contextmanager
def _without_network() -> Iterator[list[str]]:
    """Refuse every connection of this thread, and tell which were wanted."""
    tried: list[str] = []
    us = threading.get_ident()
    look_up, connect = socket.getaddrinfo, socket.socket.connect

    def no_look_up(host: Any, *arguments: Any, **named: Any) -> Any:
        if threading.get_ident() != us:
            return look_up(host, *arguments, **named)
        tried.append(str(host))
        raise _Unasked(f"no connection to {host}")

    def no_connect(self: socket.socket, address: Any) -> None:
        if threading.get_ident() != us:
            return connect(self, address)
        tried.append(str(address))
        raise _Unasked(f"no connection to {address}")

    socket.getaddrinfo, socket.socket.connect = no_look_up, no_connect  # type: ignore[assignment,method-assign]
    try:
        yield tried
    finally:
        socket.getaddrinfo, socket.socket.connect = look_up, connect  # type: ignore[method-assign]


def _pyiqa_name(id: str) -> str:
    """Return pyiqa's own spelling, which may have capitals."""
    names = _pyiqa_configs()
    if not names:
        raise MetricUnavailable(
            f"The metric {id} needs the package pyiqa, which is not installed.",
            remedy="Run: pip install pyiqa, or leave this metric out.",
        )
    wanted = id.removeprefix(PYIQA).lower()
    for name in names:
        if name.lower() == wanted:
            return name
    near = get_close_matches(wanted, names, n=3, cutoff=0.3)
    hint = f"; near are {', '.join(near)}" if near else ""
    raise _broken(id, f"pyiqa has no metric of that name{hint}")


def _pyiqa_configs() -> Mapping[str, Mapping[str, Any]]:
    """Return pyiqa's own table of metrics, read without its slow package around it."""
    package = importlib.util.find_spec("pyiqa")
    if package is None or package.origin is None:
        return {}
    return _table(str(Path(package.origin).with_name("default_model_configs.py")))


@cache
def _table(path: str) -> Mapping[str, Mapping[str, Any]]:
    try:
        spec = importlib.util.spec_from_file_location("_pyiqa_configs", path)
        if spec is None or spec.loader is None:
            return {}
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return dict(module.DEFAULT_CONFIGS)
    except Exception:  # a pyiqa that keeps its table elsewhere has no names for us
        return {}


def _pyiqa_version() -> str:
    try:
        return f"pyiqa {version('pyiqa')}"
    except PackageNotFoundError:
        return "pyiqa"


def _broken(id: str, reason: str) -> MetricUnavailable:
    return MetricUnavailable(
        f"The metric {id} cannot be used: {reason}.",
        remedy="Mend or remove its package, or leave this metric out.",
    )


def _words(error: BaseException) -> str:
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:200]}" if said else type(error).__name__
