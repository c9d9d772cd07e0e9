"""A small protocol, built from arguments."""

import pytest

from app.domain.protocol import Choice, Criterion
from app.study.design import from_template

TEMPLATE = {
    "template": "comparison",
    "slots": 2,
    "ask_comment": True,
    "seconds_per_read": 30.0,
    "reference_as_arm": False,
    "instructions": "Compare the two images.",
    "criteria": (
        Criterion(
            "preference",
            "preference",
            "Which one?",
            tuple(Choice(value, f"preference {value}") for value in (2, 1, 0, -1, -2)),
        ),
        Criterion(
            "quality",
            "rating",
            "How good?",
            tuple(Choice(value, f"quality {value}") for value in range(1, 6)),
        ),
    ),
}


def make_protocol(**changes):
    """A protocol of the comparison template; readers, cases and arms may be counts."""
    fields = {
        "title": "A study",
        "source": "/data/source",
        "reference": "truth",
        "cases": 4,
        "arms": 3,
        "readers": 2,
        "seed": 1,
    } | changes
    for name, prefix in (("cases", "case"), ("arms", "arm"), ("readers", "R")):
        if isinstance(fields[name], int):
            fields[name] = tuple(f"{prefix}{n + 1}" for n in range(fields[name]))
    return from_template(TEMPLATE, **fields)


@pytest.fixture
def protocol():
    return make_protocol()
