"""The list of metrics."""

import subprocess
import sys

import pytest

from app.domain.metric import Space
from app.errors import MetricRefused
from app.metrics import registry


def test_every_metric_says_what_it_is():
    for known in registry.definitions():
        assert known.title
        assert known.summary.endswith(".")
        assert known.source
        assert known.refuses
        assert known.low < known.high
        assert "definition" in known.parameters
        assert callable(registry.measure_of(known.id))


def test_the_default_metrics_exist():
    assert [registry.definition(id).id for id in registry.DEFAULT] == list(registry.DEFAULT)


def test_an_unknown_metric_is_refused_with_the_nearest():
    with pytest.raises(MetricRefused) as refused:
        registry.definition("lpips-vg")

    assert "Did you mean 'lpips-vgg'?" in refused.value.remedy


def test_ids_are_read_from_a_list():
    assert registry.parse_metrics("psnr, SSIM,psnr") == ("psnr", "ssim")
    every = registry.parse_metrics("all")
    assert {"psnr", "ssim", "niqe"} < set(every)
    assert not any(registry.available(id) or "@" in id for id in every)
    with pytest.raises(MetricRefused):
        registry.parse_metrics(" , ")


def test_a_metric_without_weights_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path))

    assert "blindread weights" in registry.available("lpips-vgg")
    assert registry.available("psnr") == ""


def test_units_follow_the_space():
    assert registry.unit_of("mse", "HU", Space()) == "HU²"
    assert registry.unit_of("mae", "HU", Space()) == "HU"
    assert registry.unit_of("mae", "HU", Space.window(40, 400)) == ""
    assert registry.unit_of("psnr", "HU", Space()) == "dB"
    assert registry.unit_of("ssim", "HU", Space()) == ""


def test_listing_metrics_loads_nothing_heavy():
    code = (
        "import sys, app.metrics.registry, app.metrics.evaluate, app.metrics.regions as r;"
        "print(sorted({'torch', 'piq', 'skimage', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"
