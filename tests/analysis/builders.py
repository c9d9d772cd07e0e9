"""Scores and metric values from a few arguments."""

from app.domain.metric import MetricValue
from app.domain.result import ScoreRow


def rating(reader, case, arm, value, criterion="quality", kind="test", presentation=""):
    return ScoreRow(reader, case, arm, "", criterion, float(value), kind, presentation)


def preference(reader, case, arm, opponent, value, kind="test"):
    return ScoreRow(reader, case, arm, opponent, "preference", float(value), kind)


def metric(case, arm, value, name="psnr", better="higher", region="whole", **changes):
    fields = {
        "case": case,
        "arm": arm,
        "slice": None,
        "region": region,
        "metric": name,
        "value": value,
        "unit": "",
        "better": better,
        "space": "native",
        "data_range": 255.0,
        "parameters": "{}",
        "reference_uid": "",
        "reconstruction_uid": "",
        "flags": (),
        "software": "",
    }
    return MetricValue(**(fields | changes))


def pick(estimates, quantity, group):
    (found,) = [e for e in estimates if (e.quantity, e.group) == (quantity, group)]
    return found
