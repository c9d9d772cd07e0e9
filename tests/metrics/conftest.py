"""What the tests of the metrics share."""

import csv

import numpy as np
import pytest

from app.metrics import weights


@pytest.fixture
def installed_weights():
    """Skip where the weights of the learned metrics are not installed."""
    missing = [found.wanted.id for found in weights.status() if found.state != "installed"]
    if missing:
        pytest.skip(f"the weights of {' and '.join(missing)} are not installed (blindread weights)")


@pytest.fixture
def reference_values(shared):
    """The published values of independent implementations, as a small reader."""
    return ReferenceValues(shared / "reference" / "metrics")


class ReferenceValues:
    """Cases in 0..1 and what other implementations say about them."""

    def __init__(self, folder):
        self.folder = folder
        self.cases = {row["case"]: row for row in rows(folder / "cases.csv")}
        self.expected = rows(folder / "expected.csv")

    def select(self, metric, definition, *, dtype=None, peer=None, colour=False):
        """Return the expected rows of one quantity."""
        return [
            row
            for row in self.expected
            if (row["metric"], row["definition"]) == (metric, definition)
            and dtype in (None, row["dtype"])
            and peer in (None, row["peer"])
            and (colour or self.cases[row["case"]]["channels"] == "1")
        ]

    def planes(self, case, name):
        """Return reference and prediction scaled to 0..1, one pair for each channel."""
        row = self.cases[case]
        low, high = float(row["lo"]), float(row["hi"])
        with np.load(self.folder / row["file"]) as stored:
            pair = [(stored[key].astype(np.float64) - low) / (high - low) for key in ("gt", name)]
        if pair[0].ndim == 2:
            return [tuple(pair)]
        return [(pair[0][..., channel], pair[1][..., channel]) for channel in range(3)]


def rows(path):
    """Return the rows of a CSV table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
