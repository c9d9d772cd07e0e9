"""A small protocol, built from arguments."""

import pytest

from app.study.design import comparison

TEMPLATE = {
    "template": "comparison",
    "summary": "",
    "slots": 2,
    "ask_comment": True,
    "seconds_per_read": 30.0,
    "reference_as_arm": False,
    "instructions": "Compare the two images.",
    "criteria": [
        {
            "id": "preference",
            "kind": "preference",
            "prompt": "Which one?",
            "choices": [
                {"value": value, "label": f"preference {value}"} for value in (2, 1, 0, -1, -2)
            ],
        },
        {
            "id": "quality",
            "kind": "rating",
            "prompt": "How good?",
            "choices": [{"value": value, "label": f"quality {value}"} for value in range(1, 6)],
        },
    ],
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
    return comparison(TEMPLATE, **fields)


@pytest.fixture
def protocol():
    return make_protocol()
