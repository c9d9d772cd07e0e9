"""A local map of one slice as files that a script reads."""

import json

import numpy as np
import pytest

from app.domain.metric import Space
from app.errors import InputError, MetricRefused, MetricUnavailable
from app.images.regrid import read_pair
from app.workflows.measure import Request, measure
from app.workflows.save_map import known_map, save_map
from tests.workflows.conftest import ARMS, finish

NATIVE = Request(metrics=("mae", "ssim"), regions=("whole",), jobs=1)


def saved(pairing, folder, id, request=NATIVE, **which):
    which = {"case": "case2", "arm": ARMS[1], "slice_number": 2, **which}
    work = save_map(pairing, request, folder / "map.npy", wanted=known_map(id), **which)
    return finish(work)


def test_the_array_is_the_error_by_hand_and_the_file_beside_it_says_so(pairing, tmp_path):
    made = saved(pairing, tmp_path, "error")
    values = np.load(made.array, allow_pickle=False)
    told = json.loads(made.description.read_text("utf-8"))
    one = next(pair for pair in pairing.pairs if (pair.case, pair.arm) == ("case2", ARMS[1]))
    reference, reconstruction = read_pair(one)

    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, np.abs(reference.values(1) - reconstruction.values(1)))
    assert made.description == tmp_path / "map.json"
    assert (told["id"], told["case"], told["arm"], told["slice"]) == ("error", "case2", ARMS[1], 2)
    assert (told["space"], told["data_range"], told["array"]) == ("native", 4095.0, "map.npy")
    assert (told["rows"], told["columns"], told["undefined"]) == (48, 48, 0)
    assert (told["reference_uid"], told["native_unit"]) == (one.reference.uid, "HU")
    assert told["software"].startswith("blindread ")


@pytest.mark.parametrize("space", [Space(), Space.window(40, 400), Space("minmax")])
def test_its_mean_is_the_value_that_measuring_gives(pairing, tmp_path, space):
    request = Request(metrics=("ssim",), regions=("whole",), spaces=(space,), jobs=1)
    values = finish(measure(pairing, request, tmp_path / "m.csv")).values
    (one,) = (v for v in values if (v.case, v.arm, v.slice) == ("case2", ARMS[1], 2))
    made = saved(pairing, tmp_path, "ssim", request)
    told = json.loads(made.description.read_text("utf-8"))

    assert np.nanmean(made.values) == pytest.approx(one.value, abs=1e-12)
    assert told["undefined"] == int(np.isnan(made.values).sum()) > 0
    assert (told["space"], told["data_range"]) == (one.space, one.data_range)
    assert told["parameters"]["definition"] == json.loads(one.parameters)["definition"]


def test_a_part_of_ssim_stands_beside_the_parameters_of_ssim(pairing, tmp_path):
    whole, part = (
        json.loads(saved(pairing, tmp_path, id).description.read_text("utf-8"))
        for id in ("ssim", "ssim-contrast")
    )

    assert part["id"] == "ssim-contrast"
    assert part["parameters"] == whole["parameters"]


def test_what_is_not_there_is_refused_by_name(pairing, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="no case 'case9'"):
        saved(pairing, tmp_path, "error", case="case9")
    with pytest.raises(InputError, match="no arm 'alpha'") as refused:
        saved(pairing, tmp_path, "error", arm="alpha")
    assert "Did you mean 'alpha-net'?" in refused.value.remedy
    with pytest.raises(InputError, match="Slice 7") as refused:
        saved(pairing, tmp_path, "error", slice_number=7)
    assert "1 to 2" in refused.value.remedy
    with pytest.raises(MetricRefused, match="no map 'sism'"):
        known_map("sism")
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path / "none"))
    with pytest.raises(MetricUnavailable, match="lpips-vgg"):
        known_map("lpips-vgg:2")
    with pytest.raises(MetricRefused, match="96 x 96"):
        saved(pairing, tmp_path, "niqe")
    assert not list(tmp_path.glob("map.*"))
