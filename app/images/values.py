"""Single values out of a data set that may be malformed in any way.

Every function returns a plain Python value, or nothing where the file holds
nothing usable, so that no caller meets a pydicom type or exception.
"""

import logging
import math
import warnings
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

import pydicom.config
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.valuerep import PersonName

from app.images.fields import TAGS, Fields

TEXT_LIMIT = 200

logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


class Malformed(ValueError):
    """A value that must be a whole number is something else."""


def hush() -> None:
    """Keep pydicom's advice about malformed files from the person and from tests.

    The filter names pydicom alone. ``warnings.catch_warnings`` would not do:
    it is not thread-safe, and files are read on threads.
    """
    first = warnings.filters[0] if warnings.filters else None
    module = first[3] if first else None
    if first is None or first[0] != "ignore" or getattr(module, "pattern", module) != "pydicom":
        warnings.filterwarnings("ignore", module="pydicom")


_P = ParamSpec("_P")
_R = TypeVar("_R")
_remembered: dict[object, object] = {}
_REMEMBERED_LIMIT = 5000
_SMALL = 256
_OF_A_SLICE = {"SOPInstanceUID", "InstanceNumber", "ImagePositionPatient"}
"""Hardly ever the same in two slices, so not worth remembering."""


def _remember(
    function: Callable[Concatenate[Dataset, str, _P], _R],
) -> Callable[Concatenate[Dataset, str, _P], _R]:
    """Make the same value only once of the same bytes: the slices of a series share most."""
    call = cast(Callable[..., _R], function)

    @wraps(function)
    def remembering(dataset: Dataset, keyword: str, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        if type(dataset) is not Fields or keyword in _OF_A_SLICE or kwargs:
            return function(dataset, keyword, *args, **kwargs)
        raw = dataset.raw.get(TAGS[keyword])
        if raw is not None and len(raw[1]) > _SMALL:
            return call(dataset, keyword, *args)
        key = (function, keyword, raw, dataset.context, args)
        try:
            return _remembered[key]  # type: ignore[return-value]
        except KeyError:
            found = call(dataset, keyword, *args)
        if len(_remembered) >= _REMEMBERED_LIMIT:
            _remembered.clear()
        _remembered[key] = found
        return found

    return cast(Callable[Concatenate[Dataset, str, _P], _R], remembering)


def _value(dataset: Dataset, keyword: str) -> object:
    try:
        if type(dataset) is Fields:
            return dataset.value(keyword) if keyword in dataset else None
        return dataset[keyword].value if keyword in dataset else None
    except Exception as error:  # any value of a hostile file may fail in any way
        raise Malformed(keyword) from error


def _each(value: object) -> Iterable[object]:
    """Return the values of an element, whether it holds one or several."""
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, PersonName)):
        return value
    return (value,)


@_remember
def integer(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    """Return a whole number, or ``default`` where the element is absent or empty.

    Raises
    ------
    Malformed
        The element is no whole number, or is absent and has no default.
    """
    value = _value(dataset, keyword)
    if isinstance(value, (list, tuple, MultiValue)):
        value = value[0] if len(value) == 1 else None if not value else "several"
    if value is None or value == "":
        if default is None:
            raise Malformed(keyword)
        return default
    try:
        return int(str(value))
    except ValueError as error:
        raise Malformed(keyword) from error


@_remember
def numbers(dataset: Dataset, keyword: str, count: int | None = None) -> tuple[float, ...]:
    """Return the finite numbers of an element; none where one is bad or the count is wrong."""
    try:
        value = _value(dataset, keyword)
        if value is None or value == "":
            return ()
        found = tuple(float(str(one)) for one in _each(value))
    except Exception:  # malformed counts as absent
        return ()
    if not all(map(math.isfinite, found)) or (count is not None and len(found) != count):
        return ()
    return found


@_remember
def number(dataset: Dataset, keyword: str) -> float | None:
    """Return the first finite number of an element, or None."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


@_remember
def words(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the texts of an element, on one line each and cut to a sane length."""
    try:
        value = _value(dataset, keyword)
        if value is None:
            return ()
        return tuple(" ".join(str(part).split())[:TEXT_LIMIT] for part in _each(value))
    except Exception:  # malformed counts as absent
        return ()


@_remember
def text(dataset: Dataset, keyword: str) -> str:
    """Return the first text of an element, or an empty one."""
    found = words(dataset, keyword)
    return found[0] if found else ""


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence; none where it is absent or malformed."""
    try:
        if type(dataset) is Fields:
            tag = TAGS[keyword]
            if tag not in dataset.raw:
                return []
            if tag in dataset.sequences:
                return list(dataset.sequences[tag])
        value = _value(dataset, keyword)
        return [item for item in _each(value) if isinstance(item, Dataset)]
    except Exception:  # malformed counts as absent
        return []
