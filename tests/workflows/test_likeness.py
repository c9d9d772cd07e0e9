"""What pixels say against names and headers stands beside every value, and nothing is mended."""

import shutil

import numpy as np
import pytest

from app.workflows.blinding import images_of
from app.workflows.likeness import examine
from app.workflows.measure import Request, measure
from app.workflows.pair import pair
from app.workflows.plan import design_of
from tests.images.dicom_files import phantom, write_ct
from tests.workflows.conftest import finish

CLASSIC = Request(metrics=("mse", "psnr"), jobs=1)


@pytest.fixture
def traps(shared, tmp_path):
    """Some pairing traps as the arms of one case."""
    folder = tmp_path / "source"
    arms = ("base", "flip_lr_undeclared", "sr2x_centre_aligned", "cropped_fov", "rescale_half")
    for arm in arms:
        shutil.copytree(shared / "data" / "dicom" / "pairing_traps" / arm, folder / "c1" / arm)
    return folder


def test_flags_and_resampling_stand_beside_every_value(traps, tmp_path):
    measured = finish(measure(finish(pair(traps, reference="base")), CLASSIC, tmp_path / "m.csv"))

    def of(arm):
        return [value for value in measured.values if value.arm == arm]

    assert all("mirrored?" in value.flags for value in of("flip_lr_undeclared"))
    assert all("resampled" in value.flags for value in of("sr2x_centre_aligned"))
    assert all('"interpolation": "area mean"' in v.parameters for v in of("sr2x_centre_aligned"))
    assert all("identical" in value.flags for value in of("rescale_half"))
    for value in of("cropped_fov"):
        assert "cropped" in value.flags
        assert '"covered": 0.5617' in value.parameters
        assert value.value == 0 or value.metric != "mse"
    assert not any("shifted" in flag for value in measured.values for flag in value.flags)
    told = " ".join(measured.notes)
    assert "far better when mirrored left to right" in told
    assert "c1/rescale_half equals its reference in every slice" in told


def test_a_pairing_is_examined_and_stays_what_it_was(traps):
    before = finish(pair(traps, reference="base"))

    after, found = finish(examine(before))

    notes = {one.arm: one.note for one in after.pairs}
    assert "mirrored left to right" in notes["flip_lr_undeclared"]
    assert "equals its reference" in notes["rescale_half"]
    assert [one.slices for one in after.pairs] == [one.slices for one in before.pairs]
    # the crop has other pixels, yet they are the reference's: it is no copy of it
    assert found.flags["c1", "flip_lr_undeclared"] == ("mirrored?",)
    assert ("c1", "cropped_fov") not in found.flags


def test_one_image_and_one_patient_in_two_cases_are_leakage(tmp_path):
    for number, case in enumerate(("c1", "c2", "c3")):
        write_ct(tmp_path / case / "reference", pixels=phantom(2, seed=number),
                 patient_number=min(number, 1))  # fmt: skip
        write_ct(tmp_path / case / "A", pixels=phantom(2, seed=10 + number % 2),
                 patient_number=min(number, 1))  # fmt: skip

    measured = finish(measure(finish(pair(tmp_path)), CLASSIC, tmp_path / "m.csv"))

    flags = {value.case: set(value.flags) for value in measured.values if value.slice is None}
    assert "duplicate-of:c3/A" in flags["c1"]
    assert "duplicate-of:c1/A" in flags["c3"]
    assert not any(flag.startswith("duplicate") for flag in flags["c2"])
    told = " ".join(measured.notes)
    assert "c1/A and c3/A are the same images in every slice, in two cases" in told
    assert "c2, c3 carry the same PatientID" in told


def test_slices_in_the_wrong_order_are_told_beside_their_values(tmp_path):
    truth = phantom(5, seed=1)
    repeated = np.repeat(truth[2:3], 5, axis=0)
    arms = {"reference": truth, "copy": truth, "reversed": truth[::-1], "repeated": repeated}
    for arm, pixels in arms.items():
        write_ct(tmp_path / "c1" / arm, pixels=pixels)
    pairing = finish(pair(tmp_path))

    measured = finish(measure(pairing, CLASSIC, tmp_path / "m.csv"))
    found = finish(examine(pairing))[1]

    whole = [v for v in measured.values if v.metric == "mse" and v.region == "whole"]
    volumes = {v.arm: v for v in whole if v.pooling == "mean"}
    middle = {v.arm: v for v in whole if v.slice == 3}
    assert middle["reversed"].value == 0
    assert {"identical", "slices-misplaced"} <= set(middle["reversed"].flags)
    for arm in ("reversed", "repeated"):
        assert volumes[arm].value > 0
        assert "slices-misplaced" in volumes[arm].flags
        assert "identical" not in volumes[arm].flags
        assert "slices-misplaced" in found.flags["c1", arm]
        assert any(f"c1/{arm} holds slices of its reference" in note for note in measured.notes)
        assert not any(f"c1/{arm} equals" in note for note in measured.notes)
    assert volumes["copy"].value == 0
    assert "identical" in volumes["copy"].flags
    assert "slices-misplaced" not in volumes["copy"].flags


def test_all_arms_of_a_study_lie_on_one_grid_and_show_one_field(traps):
    pairing = finish(pair(traps, reference="base"))
    arms = ("sr2x_centre_aligned", "cropped_fov")
    protocol = design_of(
        pairing, template="side-by-side", title="T", arms=arms, cases=("c1",),
        readers=("R1",), reference_as_arm=True, seconds_per_read=20.0,
    )  # fmt: skip
    pairs = {one.arm: one for one in pairing.pairs if one.arm in arms}

    images = images_of(protocol, "c1", pairs)

    assert {image.grid for image in images.values()} == {pairs[arms[0]].reference.grid}
    shares = {float(np.mean(image.valid(0))) for image in images.values()}
    assert shares == {112 * 104 / 144**2}
