"""What a file offers to be seen through, and the grey levels that it then gives."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_rescale, apply_voi, apply_windowing
from pydicom.sequence import Sequence as Items

from app.display import grey_levels
from app.domain.image import VoiTable, Window
from app.images.read import read_image
from tests.images.dicom_files import phantom, write_ct
from tests.images.workflow import scanned

NO_WINDOW = {"WindowCenter": None, "WindowWidth": None}


def read_one(folder, **arguments):
    """Write one slice; return its data set as pydicom reads it, and our image."""
    (path,) = write_ct(folder, slices=1, **arguments)
    (series,) = scanned(folder).series
    return pydicom.dcmread(path), read_image(series)


def shown(image, window, bits=8, inverted=None):
    return grey_levels(
        image.pixels[0], image.slopes[0], image.intercepts[0], window,
        inverted=image.inverted if inverted is None else inverted, bits=bits,
    )  # fmt: skip


def voi_lut(first, entries, bits, kind="US", **elements):
    item = Dataset()
    item.add_new("LUTDescriptor", kind, [len(entries) % 2**16, first, bits])
    item.add_new("LUTData", "OW", np.asarray(entries, "<u2").tobytes())
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def curve(count, bits):
    """Return a table that rises as a square root."""
    return np.rint(np.sqrt(np.linspace(0, 1, count)) * (2**bits - 1))


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID", None])
@pytest.mark.parametrize(("center", "width"), [(40, 400), (-0.5, 1), (100.25, 2.5), (0, 5000)])
def test_a_window_is_that_of_pydicom(tmp_path, function, center, width):
    named = {"VOILUTFunction": function} if function else {}
    ds, image = read_one(tmp_path, WindowCenter=center, WindowWidth=width, **named)
    values = apply_rescale(ds.pixel_array, ds)
    low, high = -1024.0, 4095 - 1024.0  # the range of 12 bits, which pydicom's levels have

    levels = shown(image, image.windows[0])

    expected = (apply_windowing(values, ds) - low) / (high - low) * 255
    assert np.abs(levels - expected).max() <= 0.5 + 1e-9


def test_every_window_is_offered_in_order(tmp_path):
    ds, image = read_one(
        tmp_path, WindowCenter=[40, -600, 300], WindowWidth=[400, 1500, 2000],
        WindowCenterWidthExplanation=["SOFT", "LUNG", "BONE"],
    )  # fmt: skip
    values = apply_rescale(ds.pixel_array, ds)

    assert [window.explanation for window in image.windows] == ["SOFT", "LUNG", "BONE"]
    for index, window in enumerate(image.windows):
        expected = (apply_windowing(values, ds, index) + 1024) / 4095 * 255
        assert np.abs(shown(image, window) - expected).max() <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("first", "kind", "scale"),
    [
        (200, "US", {"RescaleIntercept": 0}),
        (-900, "SS", {"RescaleIntercept": -1024}),
        (-900 + 2**16, "US", {"RescaleIntercept": -1024}),  # SS written as US
    ],
)
def test_a_voi_lut_is_that_of_pydicom_and_comes_before_the_window(tmp_path, first, kind, scale):
    table = voi_lut(first, curve(700, 12), 12, kind, LUTExplanation="CURVE")
    ds, image = read_one(tmp_path, VOILUTSequence=Items([table]), **scale)
    values = apply_rescale(ds.pixel_array, ds).astype("i4")
    ds.VOILUTSequence[0].LUTDescriptor[1] = (first + 2**15) % 2**16 - 2**15

    view, window = image.windows

    assert view.explanation == "CURVE"
    assert window == Window(40, 400)
    np.testing.assert_array_equal(shown(image, view, bits=12), apply_voi(values, ds))


def test_a_voi_lut_lies_behind_the_modality_lut(tmp_path):
    modality = voi_lut(0, np.arange(1100)[::-1] + 5, 16, ModalityLUTType="US")
    table = voi_lut(100, curve(800, 10), 10)
    bare = {"RescaleSlope": None, "RescaleIntercept": None, "RescaleType": None, **NO_WINDOW}
    ds, image = read_one(
        tmp_path, ModalityLUTSequence=Items([modality]), VOILUTSequence=Items([table]), **bare
    )

    (view,) = image.windows

    expected = apply_voi(apply_modality_lut(ds.pixel_array, ds), ds)
    np.testing.assert_array_equal(shown(image, view, bits=10), expected)


def test_several_tables_are_offered_and_a_damaged_one_is_left_out(tmp_path):
    good, short = voi_lut(0, curve(50, 8), 8), voi_lut(0, curve(50, 8), 8)
    short.LUTDescriptor = [500, 0, 8]
    other = voi_lut(0, curve(90, 16), 16)

    _, image = read_one(tmp_path, VOILUTSequence=Items([good, short, other]))

    assert [len(view.table) for view in image.windows[:-1]] == [50, 90]
    assert not isinstance(image.windows[-1], VoiTable)


def test_a_table_of_a_straight_line_is_its_plain_window():
    """Known by hand: 11 entries around 100 rise from the third (97) to the eighth (102)."""
    steps = (0.0, 0.0, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 1.0)
    view = VoiTable(100.0, 11.0, "LINEAR_EXACT", "x", steps)
    values = np.arange(90, 111, dtype="i2")

    assert view.plain() == Window(99.5, 5.0, "LINEAR_EXACT", "x")
    np.testing.assert_array_equal(
        grey_levels(values, 1, 0, view), grey_levels(values, 1, 0, view.plain())
    )


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [
        ("MONOCHROME2", None, False),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", None, True),
        ("MONOCHROME1", "IDENTITY", True),
        ("MONOCHROME1", "INVERSE", True),
    ],
)
def test_low_is_bright_once_however_often_it_is_said(tmp_path, photometric, shape, inverted):
    said = {"PresentationLUTShape": shape} if shape else {}

    _, image = read_one(tmp_path, PhotometricInterpretation=photometric, **said)

    assert image.inverted is inverted
    darkest = shown(image, image.windows[0])[phantom(1)[0] == phantom(1).min()]
    assert set(darkest) == {255 if inverted else 0}


def test_invert_and_reset_give_back_the_first_grey_levels(tmp_path):
    pytest.importorskip("PySide6")
    from app.ui.view_state import ViewState

    _, image = read_one(tmp_path, PhotometricInterpretation="MONOCHROME1")
    state = ViewState()
    state.set_home(image.windows[0])

    def levels():
        return shown(image, state.window, inverted=image.inverted != state.inverted)

    first = levels()
    state.invert()
    np.testing.assert_array_equal(levels(), 255 - first)
    state.move_window(40, 40)
    state.reset()
    np.testing.assert_array_equal(levels(), first)
