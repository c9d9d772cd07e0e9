"""A reader's plan as JSON: the blind side only, field by field from an allow-list."""

import json
from dataclasses import asdict
from typing import Any

from app.domain.image import Window
from app.domain.presentation import PlannedPresentation, ReadingPlan
from app.domain.protocol import Anchor, Choice, Criterion

VERSION = 1


def plan_to_json(plan: ReadingPlan) -> str:
    """Return a plan as JSON text; every field of the type and nothing else."""
    return json.dumps({"version": VERSION, **asdict(plan)}, indent=1, sort_keys=True) + "\n"


def plan_from_json(data: Any) -> ReadingPlan:
    """Return the plan that JSON data describes.

    Raises
    ------
    ValueError, TypeError, KeyError
        The data describe no plan of this version.
    """
    if data["version"] != VERSION:
        raise ValueError("unknown version")
    fields = {name: value for name, value in data.items() if name != "version"}
    fields["criteria"] = tuple(_criterion(criterion) for criterion in data["criteria"])
    fields["presentations"] = tuple(_planned(planned) for planned in data["presentations"])
    fields["labels"] = tuple(data.get("labels", ()))
    fields["rests"] = tuple(tuple(former) for former in data.get("rests", ()))
    fields["arms"] = tuple((code, arm) for code, arm in data.get("arms", ()))
    return ReadingPlan(**fields)


def _criterion(data: Any) -> Criterion:
    lists = ("cannot_judge", "mark_types", "mark_shapes")
    return Criterion(
        **{
            **data,
            "choices": tuple(Choice(**choice) for choice in data["choices"]),
            "anchors": tuple(Anchor(**anchor) for anchor in data.get("anchors", ())),
            **{name: tuple(data.get(name, ())) for name in lists},
        }
    )


def _planned(data: Any) -> PlannedPresentation:
    return PlannedPresentation(
        **{
            **data,
            "images": tuple(data["images"]),
            "declared": tuple(data.get("declared", ())),
            "window": Window(**data["window"]),
        }
    )
