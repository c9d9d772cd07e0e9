"""Metrics by the names of pyiqa, where that package is installed; nothing is downloaded."""

import contextlib
import importlib.util
import io
import math
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache, lru_cache, partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.metric import MetricDefinition
from app.errors import MetricUnavailable
from app.metrics.foreign import Plugin, broken, measure_foreign, words
from app.metrics.inputs import Outcome, Plane, Prepared

PREFIX = "pyiqa:"


def find(id: str) -> Plugin:
    """Describe a metric of pyiqa by its own data; nothing of it is imported yet."""
    name = name_of(id)
    config = configs()[name]
    mode = config.get("metric_mode")
    if mode not in ("FR", "NR"):
        raise broken(id, "pyiqa does not say whether it needs a reference")
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
    model = model_of(name)

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
        outcome = measure_foreign(definition, value, metric, prepared.within(region))[region]
        kept = flags if outcome.value is not None else ()
        outcomes[region] = replace(outcome, flags=(*outcome.flags, *kept))
    return outcomes


@lru_cache(maxsize=2)
def model_of(name: str) -> Any:
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
                f"pyiqa cannot make its metric {name}: {words(error)}.",
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


def name_of(id: str) -> str:
    """Return pyiqa's own spelling, which may have capitals."""
    names = configs()
    if not names:
        raise MetricUnavailable(
            f"The metric {id} needs the package pyiqa, which is not installed.",
            remedy="Run: pip install pyiqa, or leave this metric out.",
        )
    wanted = id.removeprefix(PREFIX).lower()
    for name in names:
        if name.lower() == wanted:
            return name
    near = get_close_matches(wanted, names, n=3, cutoff=0.3)
    hint = f"; near are {', '.join(near)}" if near else ""
    raise broken(id, f"pyiqa has no metric of that name{hint}")


def configs() -> Mapping[str, Mapping[str, Any]]:
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
