"""The perceptual index: unavailable without Ma's model, and by hand with one."""

import hashlib
import json
import os
import zipfile

import numpy as np
import pytest
import torch

from app.domain.metric import IntensityRange, Space
from app.errors import InputError, MetricUnavailable
from app.metrics import registry, weights
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import Prepared, SliceInputs
from app.metrics.parameters import parameters_of
from app.metrics.perceptual_index import availability, measure
from app.metrics.weights_install import fetch
from app.workflows.measure import Request
from app.workflows.measure import measure as measuring
from app.workflows.pair import pair
from tests.cli.test_commands import blindread
from tests.images.dicom_files import write_ct
from tests.metrics import scripted
from tests.metrics.test_weights import run
from tests.workflows.conftest import finish

UNIT = IntensityRange(0.0, 1.0, "given")
CT = IntensityRange(-1000.0, 1000.0, "given")


@pytest.fixture(autouse=True)
def no_model(tmp_path, monkeypatch):
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path / "weights"))


def install(module, tmp_path, *, traced=False):
    _, (path,) = run(fetch(scripted.write(module, tmp_path / "mine.pt", traced=traced)))
    return path


def picture(seed=0, side=200):
    from scipy import ndimage

    field = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(side, side)), 2)
    return np.clip(0.5 + field / (6 * field.std()), 0, 1)


def evaluate(plane, metrics=("niqe", "pi"), range=UNIT, regions=("whole",), body=None):
    inputs = SliceInputs(
        plane, plane.copy(), None, body, range, Space(), metrics, regions, modality="CT"
    )
    return {(found.metric, found.region): found for found in evaluate_slice(inputs)}


def test_without_the_model_it_is_unavailable_and_says_why():
    plane = np.zeros((200, 200))

    with pytest.raises(MetricUnavailable, match="model of Ma's measure") as refused:
        measure("pi", Prepared(plane, plane, UNIT, None, None, {"whole": None}))

    assert "blindread weights --from ma.pt" in refused.value.remedy
    assert "may not be passed on" in availability("pi")
    assert registry.available("pi") == availability("pi")
    assert "pi" not in registry.all_available()
    found = evaluate(picture(), ("pi",))["pi", "whole"]
    assert (found.value, found.flags) == (None, ("unavailable",))
    assert "weights_sha256" not in found.parameters


@pytest.mark.parametrize("traced", [True, False])
def test_the_value_is_that_by_hand(tmp_path, traced):
    """A model that says 10 for white and 0 for black: (10 - 10 mean + NIQE) / 2."""
    installed = install(scripted.Bright(), tmp_path, traced=traced)
    plane = picture()
    found = evaluate(plane)
    expected = (10 - 10 * plane.mean() + found["niqe", "whole"].value) / 2

    assert installed.name == "ma.pt"
    assert found["pi", "whole"].value == pytest.approx(expected, abs=1e-5)
    assert registry.available("pi") == ""
    assert "pi" in registry.all_available()
    mark = hashlib.sha256((tmp_path / "mine.pt").read_bytes()).hexdigest()
    assert found["pi", "whole"].parameters["weights_sha256"] == mark
    assert "natural-image-model" in found["pi", "whole"].flags


def test_a_number_will_do_and_the_range_of_the_study_is_full_scale(tmp_path):
    install(scripted.Number(), tmp_path)
    plane = picture()
    hounsfield = plane * CT.width + CT.low

    there, here = evaluate(hounsfield, range=CT), evaluate(plane)

    assert there["pi", "whole"].value == pytest.approx(here["pi", "whole"].value, abs=1e-5)


def test_outside_the_body_nothing_counts_and_black_stands_there(tmp_path):
    install(scripted.Bright(), tmp_path)
    plane = picture(side=400)
    body = np.zeros(plane.shape, bool)
    body[96:288, 96:288] = True
    regions = ("whole", "body")
    found = evaluate(plane, regions=regions, body=body)
    moved = plane.copy()
    moved[350:] = 1
    again = evaluate(moved, regions=regions, body=body)

    expected = (10 - 10 * (plane * body).mean() + found["niqe", "body"].value) / 2
    assert found["pi", "body"].value == pytest.approx(expected, abs=1e-5)
    assert again["pi", "body"].value == found["pi", "body"].value
    assert again["pi", "whole"].value != found["pi", "whole"].value


def test_what_niqe_refuses_the_index_refuses_too(tmp_path):
    install(scripted.Bright(), tmp_path)
    for plane in (picture(side=50), np.full((200, 200), 0.5)):
        found = evaluate(plane)

        assert found["pi", "whole"].value is None
        assert found["pi", "whole"].flags == found["niqe", "whole"].flags


def test_a_slice_on_which_the_model_gives_no_number_has_none(tmp_path):
    install(scripted.Refuses(), tmp_path)
    found = evaluate(picture() * 0.1)["pi", "whole"]

    assert (found.value, found.flags) == (None, ("refused:model",))
    assert "returns nan" in found.reason


def test_another_model_is_another_mark_in_the_same_process(tmp_path):
    def mark():
        return parameters_of("pi", "whole", range=UNIT, space=Space())["weights_sha256"]

    path = install(scripted.Bright(), tmp_path)
    first, plane = mark(), picture()
    value = evaluate(plane)["pi", "whole"].value
    install(scripted.Dark(), tmp_path)
    os.utime(path, ns=(1, 1))  # as if written at another time, however fast this was

    assert mark() != first
    assert evaluate(plane)["pi", "whole"].value != value


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (scripted.Nothing(), "returns nan"),
        (scripted.Raises(), "I want three channels"),
        (scripted.Many(), "a tensor of 30720 numbers"),
        (scripted.Two(), "no model of Ma's measure"),
        (scripted.Random(), "another value each time"),
        (scripted.Constant(), "for two different pictures"),
        (scripted.Percent(), "it gives"),
    ],
)
def test_what_is_no_such_model_is_refused_in_a_sentence(module, why, tmp_path):
    with pytest.raises(InputError, match=why) as refused:
        install(module, tmp_path)

    assert refused.value.remedy.endswith(".")
    assert "\n" not in refused.value.sentence
    assert weights.missing("pi")


def test_a_pickle_is_never_opened(tmp_path):
    plain = tmp_path / "ma.pt"
    torch.save({"state": torch.ones(3)}, plain)

    with pytest.raises(InputError, match="nor a TorchScript module"):
        run(fetch(plain))


def test_a_damaged_module_is_refused_and_one_that_is_installed_says_so(tmp_path):
    path, broken = install(scripted.Bright(), tmp_path), tmp_path / "broken.pt"
    with zipfile.ZipFile(broken, "w") as packed:
        packed.writestr("ma/constants.pkl", b"nothing")
        packed.writestr("ma/code/__torch__.py", b"nothing")
    with pytest.raises(InputError, match="cannot be loaded as a TorchScript module"):
        run(fetch(broken))

    path.write_bytes(broken.read_bytes())
    found = evaluate(picture(), ("pi",))["pi", "whole"]
    assert (found.value, found.flags) == (None, ("unavailable",))
    assert "is damaged" in found.reason


def test_the_command_line_installs_it_and_says_what_is_there(tmp_path):
    carried = scripted.write(scripted.Bright(), tmp_path / "ma.pt")

    def listed():
        lines = blindread("metrics", "--json").stdout.splitlines()
        return next(one for one in map(json.loads, lines) if one["id"] == "pi")

    assert not listed()["available"]
    assert "may not be passed on" in listed()["reason"]
    wrong = blindread("weights", "--from", scripted.write(scripted.Many(), tmp_path / "many.pt"))
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
    installed = blindread("weights", "--from", carried)
    assert (installed.returncode, installed.stderr) == (0, "")
    assert "ma.pt" in installed.stdout
    assert listed()["available"]


def test_kept_values_are_those_of_the_model_that_is_installed(tmp_path):
    """Measured again it is read; with another model it is measured anew."""
    for number, name in enumerate(("reference", "arm")):
        pixels = np.rint(picture(side=200) * 1000 + 3 * number)[None].astype("u2")
        write_ct(tmp_path / "source" / "case" / name, pixels=pixels)
    study = finish(pair(tmp_path / "source"))
    request = Request(metrics=("pi",), regions=("whole",), jobs=1)

    def measured():
        done = finish(measuring(study, request, tmp_path / "m.csv"))
        value = next(one for one in done.values if one.slice == 1)
        return done.resumed, value.value, json.loads(value.parameters)["weights_sha256"]

    install(scripted.Bright(), tmp_path)
    first, again = measured(), measured()
    install(scripted.Dark(), tmp_path)
    other = measured()

    assert (first[0], again[0], other[0]) == (0, 1, 0)
    assert first[1:] == again[1:]
    assert other[1] != first[1]
    assert other[2] != first[2]
