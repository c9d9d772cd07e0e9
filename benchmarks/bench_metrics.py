"""How long each metric takes on one 512 x 512 slice: ``pytest benchmarks/bench_metrics.py``."""

import numpy as np
import pytest

from app.domain.metric import IntensityRange, Space
from app.metrics import registry
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import SliceInputs
from app.metrics.regions import body_mask

RANGE = IntensityRange(-1024.0, 3071.0, "CT 12-bit")


@pytest.fixture(scope="module")
def planes():
    rng = np.random.default_rng(0)
    rows, columns = np.ogrid[:512, :512]
    body = (rows - 256) ** 2 / 180**2 + (columns - 256) ** 2 / 230**2 < 1
    reference = np.where(body, 40.0, -1000.0) + rng.normal(0, 10, body.shape)
    return reference, reference + rng.normal(0, 20, body.shape)


@pytest.mark.parametrize("metric", [known.id for known in registry.definitions()])
def test_one_slice_whole_and_body(benchmark, planes, metric):
    reason = registry.available(metric)
    if reason:
        pytest.skip(reason)
    reference, reconstruction = planes
    inputs = SliceInputs(
        reference,
        reconstruction,
        None,
        body_mask(reference, "CT", RANGE),
        RANGE,
        Space(),
        (metric,),
        ("whole", "body"),
    )

    results = benchmark.pedantic(evaluate_slice, (inputs,), rounds=5, warmup_rounds=1)

    assert all(result.value is not None for result in results)


def test_body_mask(benchmark, planes):
    mask = benchmark(body_mask, planes[0], "CT", RANGE)

    assert mask.any()
