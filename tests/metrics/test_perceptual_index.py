"""The perceptual index, which says why it is not there."""

import numpy as np
import pytest

from app.domain.metric import IntensityRange
from app.errors import MetricUnavailable
from app.metrics import registry
from app.metrics.inputs import Prepared
from app.metrics.perceptual_index import availability, measure


def test_it_is_unavailable_and_says_why():
    plane = np.zeros((200, 200))
    range = IntensityRange(0.0, 1.0, "given")

    with pytest.raises(MetricUnavailable, match="model of Ma's measure"):
        measure("pi", Prepared(plane, plane, range, None, None, {"whole": None}))

    assert "may not be passed on" in availability("pi")
    assert registry.available("pi") == availability("pi")
