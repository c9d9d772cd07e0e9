"""What a reader's machine gets of a case."""

import numpy as np
import pytest

from app.display import grey_levels
from app.domain.image import Grid, Image
from app.errors import ProtocolError
from app.store.csv_file import write_rows
from app.store.pixels import load_blinded
from app.workflows.blinding import blind_case, pairs_of, window_of
from app.workflows.inspect import load
from app.workflows.pair import pair
from app.workflows.plan import design_of
from tests.images.dicom_files import phantom, write_ct
from tests.workflows.conftest import finish

PROJECTION = {"Modality": "DX", "RescaleSlope": None, "RescaleIntercept": None, "RescaleType": None}
BRIGHT = {"PhotometricInterpretation": "MONOCHROME1"}
TOP = 4095


def blinded(source, folder):
    """Return what a reader gets to see of the reference and of the arm ``a``."""
    pairing = finish(pair(source))
    protocol = design_of(
        pairing, template="side-by-side", title="T", arms=("a",), cases=("c1",),
        readers=("R1",), reference_as_arm=True, seconds_per_read=20.0,
    )  # fmt: skip
    folder.mkdir()
    codes = {"BCDF2345": ("c1", protocol.reference), "GHJK6789": ("c1", "a")}
    blind_case(folder, protocol, "c1", pairs_of(protocol, pairing), codes)
    return [load_blinded(folder, code) for code in codes]


def greys(picture):
    return grey_levels(
        picture.pixels[0],
        picture.slopes[0],
        picture.intercepts[0],
        picture.windows[0],
        inverted=picture.inverted,
    )


def test_values_from_0_to_1_open_with_all_their_greys():
    ramp = np.linspace(0, 1, 2 * 64 * 64, dtype=np.float32).reshape(2, 64, 64)
    reference = Image(ramp, (1.0,) * 2, (0.0,) * 2, Grid(64, 64, 2), modality="MR")

    greys = grey_levels(ramp, 1.0, 0.0, window_of(reference))

    assert len(np.unique(greys)) == 256


@pytest.mark.parametrize("who", ["reference", "a"])
@pytest.mark.parametrize("nothing", ["padding", "no number"])
def test_what_is_no_tissue_in_one_image_is_blank_in_all(tmp_path, who, nothing):
    """Flat corners in one image alone would tell which it is."""
    y, x = np.mgrid[:32, :32]
    corners = np.hypot(y - 15.5, x - 15.5) > 16
    plain = phantom(2) + 100
    cut, tag = plain.copy(), {"PixelPaddingValue": 0}
    cut[:, corners] = 0
    if nothing == "no number":
        plain, tag = plain.astype("f4"), {}
        cut = np.where(corners, np.nan, plain).astype("f4")
    for name in ("reference", "a"):
        own = {"pixels": cut, **tag} if name == who else {"pixels": plain}
        write_ct(tmp_path / "source" / "c1" / name, **own)

    pictures = blinded(tmp_path / "source", tmp_path / "pixels")

    tissue = plain[:, ~corners].astype(float) - 1024
    for picture in pictures:
        assert np.unique(picture.values(0)[corners]).tolist() == [tissue.min()]
        np.testing.assert_array_equal(picture.values(0)[~corners], tissue[0])


def test_arms_of_two_series_of_the_reference_make_no_study(tmp_path):
    """The slices of one would be shown as those of the other."""
    for name, height in (("a", 100), ("b", 200)):
        start = (-8, -8, height)
        write_ct(tmp_path / "c1" / name, start=start)
        write_ct(tmp_path / "c1" / "reference", start=start, series=name,
                 names=[f"{name}{index}" for index in range(4)])  # fmt: skip
    pairing = finish(pair(tmp_path))

    with pytest.raises(ProtocolError, match="'c1' are paired with different series"):
        design_of(pairing, template="side-by-side", title="T", arms=("a", "b"), cases=("c1",),
                  readers=("R1",), reference_as_arm=True, seconds_per_read=20.0)  # fmt: skip


@pytest.mark.parametrize("negative", ["reference", "a"])
def test_an_image_that_may_look_like_a_negative_is_refused(tmp_path, negative):
    for name in ("reference", "a"):
        own = {"pixels": TOP - phantom(1), **BRIGHT} if name == negative else {"pixels": phantom(1)}
        write_ct(tmp_path / "source" / "c1" / name, **own, **PROJECTION)
    bright = {"reference": "reference", "a": "arm"}[negative]

    with pytest.raises(
        ProtocolError, match=f"'c1', arm 'a': the {bright} is stored .*MONOCHROME1"
    ) as refused:
        blinded(tmp_path / "source", tmp_path / "pixels")

    assert "slope of -1" in refused.value.remedy


def test_a_slope_that_a_manifest_states_turns_a_negative(tmp_path):
    write_ct(tmp_path / "truth", pixels=phantom(1), **PROJECTION)
    write_ct(tmp_path / "negative", pixels=TOP - phantom(1), **PROJECTION, **BRIGHT)
    columns = ("case", "arm", "role", "path", "slope", "intercept")
    rows = [("c1", "", "reference", "truth", "", ""),
            ("c1", "a", "reconstruction", "negative", "-1", str(TOP))]  # fmt: skip
    write_rows(tmp_path / "source.csv", columns, rows)

    one, other = blinded(tmp_path / "source.csv", tmp_path / "pixels")

    np.testing.assert_array_equal(greys(one), greys(other))


def test_in_hounsfield_units_values_say_how_an_image_looks(tmp_path):
    write_ct(tmp_path / "source" / "c1" / "reference", pixels=phantom(1))
    write_ct(tmp_path / "source" / "c1" / "a", pixels=TOP - phantom(1), **BRIGHT,
             RescaleSlope=-1, RescaleIntercept=TOP - 1024)  # fmt: skip

    one, other = blinded(tmp_path / "source", tmp_path / "pixels")

    np.testing.assert_array_equal(greys(one), greys(other))


def test_an_array_is_shown_as_its_reference_is_in_both_rooms(tmp_path):
    source = tmp_path / "source"
    write_ct(source / "c1" / "reference", pixels=phantom(1), **PROJECTION, **BRIGHT)
    np.save(source / "c1" / "a.npy", phantom(1))

    one, other = blinded(source, tmp_path / "pixels")
    (found,) = finish(pair(source)).pairs
    view = finish(load(found))

    np.testing.assert_array_equal(greys(one), greys(other))
    assert one.inverted
    assert view.reconstruction.inverted
