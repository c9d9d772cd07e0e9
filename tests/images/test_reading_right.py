"""The right values: each way of writing them, against pydicom's own functions or by hand."""

from pathlib import Path

import data_store
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_rescale, pixel_array
from pydicom.pixels.utils import pack_bits
from pydicom.sequence import Sequence as Items

from app.errors import BlindReadError
from app.images import facts
from app.images.headers import read_header
from app.images.read import read_image
from app.workflows.measure import Request, measure
from app.workflows.pair import pair
from tests.images.dicom_files import image, phantom, save, write_ct, write_enhanced
from tests.images.workflow import finish, scanned

BARE = {"RescaleSlope": None, "RescaleIntercept": None, "RescaleType": None}
DETECTOR = {"ImagerPixelSpacing": [0.2, 0.2]}
SAMPLES = [
    Path(pydicom.__file__).parent / "data" / "test_files",
    Path(data_store.__file__).parent / "data",
]
LUMINANCE = np.array([0.299, 0.587, 0.114])


def series_in(folder):
    found = scanned(folder)
    assert not found.problems
    (series,) = found.series
    return series


def read_first(path, frames=2):
    """Read the first frames of a file, in the file's order."""
    slices = facts.facts_of(read_header(path), path.parent)
    return read_image(facts.series_of(slices[:frames], ()))


def sample_files():
    """Every file that comes with pydicom and that pydicom decodes by itself."""
    for folder in SAMPLES:
        for path in sorted(folder.glob("*.dcm")):
            try:
                ds = pydicom.dcmread(path)
                yield path, ds, pixel_array(ds, index=0, raw=True)
            except Exception:  # noqa: S112 - what pydicom cannot decode is no oracle
                continue


def test_every_sample_that_pydicom_decodes_has_the_same_numbers():
    """Grey: equal. Colour: luminance of the decoded colours, within its rounding."""
    seen = {"grey": 0, "colour": 0, "palette": 0}
    for path, ds, expected in sample_files():
        pixels = read_first(path, 1).pixels[0]
        kind = str(ds.PhotometricInterpretation)
        if kind == "PALETTE COLOR":
            seen["palette"] += 1
            if ds.original_encoding[1]:  # pydicom does not swap the palette of big endian files
                colours = apply_color_lut(expected, ds) @ LUMINANCE
                np.testing.assert_allclose(pixels, colours, atol=0.5, err_msg=path.name)
        elif expected.ndim == 3:
            seen["colour"] += 1
            first = expected[..., 0] if kind.startswith("YBR_FULL") else expected @ LUMINANCE
            np.testing.assert_allclose(pixels, first, atol=0.51, err_msg=path.name)
        else:
            seen["grey"] += 1
            if "ModalityLUTSequence" in ds:
                expected = apply_modality_lut(expected, ds)
            np.testing.assert_array_equal(pixels, expected, err_msg=path.name)

    assert seen["grey"] > 40
    assert seen["colour"] > 40
    assert seen["palette"] > 5


def test_a_palette_is_the_same_in_both_byte_orders():
    little, big = (SAMPLES[1] / f"OBXXXX1A{end}.dcm" for end in ("", "_expb"))

    np.testing.assert_array_equal(read_first(little).pixels, read_first(big).pixels)


@pytest.mark.parametrize(
    "elements",
    [BARE, {"RescaleSlope": 2.5}, {"RescaleSlope": -1, "RescaleIntercept": 3071},
     {"RescaleSlope": "1.00390625e-3", "RescaleIntercept": "-0.125"}, {"RescaleType": "US"}],
    ids=["absent", "slope", "negative", "small", "unspecified"],
)  # fmt: skip
def test_rescale_is_that_of_pydicom(tmp_path, elements):
    files = write_ct(tmp_path, **elements)
    read = read_image(series_in(tmp_path))

    for index, path in enumerate(files):
        ds = pydicom.dcmread(path)
        np.testing.assert_array_equal(read.values(index), apply_rescale(ds.pixel_array, ds))


def test_every_slice_has_its_own_rescale(tmp_path):
    files = write_ct(tmp_path)
    for number, path in enumerate(files, start=1):
        ds = pydicom.dcmread(path)
        ds.RescaleSlope, ds.RescaleIntercept = number / 4, -number
        ds.save_as(path)
    read = read_image(series_in(tmp_path))

    for index, path in enumerate(files):
        ds = pydicom.dcmread(path)
        np.testing.assert_array_equal(read.values(index), apply_rescale(ds.pixel_array, ds))


def test_every_frame_has_its_own_rescale(tmp_path):
    """By hand: the frame at height z was stored as number i and is value * slope[i] - 1024."""
    slopes, heights = [0.5, -1, 2, 3], [115.0, 100.0, 110.0, 105.0]
    write_enhanced(tmp_path / "ct.dcm", slopes=slopes, heights=heights)
    read = read_image(series_in(tmp_path))

    for index, frame in enumerate(np.argsort(heights)):
        expected = phantom()[frame].astype("f8") * slopes[frame] - 1024
        np.testing.assert_array_equal(read.values(index), expected)


@pytest.mark.parametrize(("kind", "first"), [("US", 10), ("SS", -2)])
def test_a_modality_lut_is_that_of_pydicom(tmp_path, kind, first):
    lut = Dataset()
    lut.add_new("LUTDescriptor", kind, [300, first, 16])
    lut.add_new("LUTData", "OW", (np.arange(300, dtype="<u2") ** 2 // 2).tobytes())
    lut.ModalityLUTType = "US"
    plane = np.arange(400).reshape(1, 20, 20) - (20 if kind == "SS" else 0)
    plane = plane.astype("i2" if kind == "SS" else "u2")
    (path,) = write_ct(tmp_path, pixels=plane, ModalityLUTSequence=Items([lut]), **BARE)
    ds = pydicom.dcmread(path)

    read = read_image(series_in(tmp_path))

    np.testing.assert_array_equal(read.values(0), apply_modality_lut(ds.pixel_array, ds))


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    ("stored", "high"), [(9, 8), (10, 9), (12, 11), (14, 13), (10, 13), (12, 15)]
)
def test_only_the_stored_bits_count(tmp_path, stored, high, signed):
    """By hand: numbers of ``stored`` bits, moved up to HighBit, with dirt above and below."""
    chance = np.random.default_rng(stored)
    low = -(2 ** (stored - 1)) if signed else 0
    wanted = chance.integers(low, low + 2**stored, (1, 16, 16))
    shift = high + 1 - stored
    bits = (wanted % 2**stored) << shift
    dirt = chance.integers(0, 2**16, wanted.shape) & ~(((1 << stored) - 1) << shift)
    write_ct(tmp_path, pixels=(bits | dirt).astype("u2"), BitsStored=stored, HighBit=high,
             PixelRepresentation=int(signed))  # fmt: skip

    np.testing.assert_array_equal(read_image(series_in(tmp_path)).pixels, wanted)


def test_one_bit_a_pixel_is_that_of_pydicom(tmp_path):
    """Frames of 35 pixels: the second begins within a byte."""
    planes = np.random.default_rng(0).integers(0, 2, (3, 5, 7)).astype("u1")
    ds = image(planes, 2, "bits", "bits")
    ds.BitsAllocated = ds.BitsStored = ds.NumberOfFrames = 1
    ds.HighBit, ds.NumberOfFrames, ds.PixelData = 0, 3, pack_bits(planes)
    path = save(ds, tmp_path / "bits.dcm", BARE)

    read = read_first(path, 3)

    np.testing.assert_array_equal(read.pixels, pydicom.dcmread(path).pixel_array)
    np.testing.assert_array_equal(read.pixels, planes)


def floats(plane):
    """Return a data set with Float or Double Float Pixel Data."""
    ds = image(plane.astype("f4"), 2, "floats", "floats")
    if plane.dtype == np.float64:
        del ds.FloatPixelData
        ds.DoubleFloatPixelData, ds.BitsAllocated = plane.tobytes(), 64
    return ds


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_floats_are_kept_bit_by_bit(tmp_path, kind):
    plane = np.array([[[np.nan, np.inf], [-np.inf, 1 / 3]]], kind)
    path = save(floats(plane), tmp_path / "floats.dcm", BARE)

    read = read_first(path)

    np.testing.assert_array_equal(read.pixels[0], pydicom.dcmread(path).pixel_array)
    assert read.values(0)[1, 1] == plane[0, 1, 1]


def study(folder, reference, reconstruction, **elements):
    """Write one case with one arm, and return its pairing."""
    for name, pixels in (("reference", reference), ("method", reconstruction)):
        write_ct(
            folder / "case" / name, pixels=pixels, series=name, Modality="MR", **BARE | elements
        )
    return finish(pair(folder))


def measured(pairing, output, metrics=("mse", "mae", "psnr")):
    request = Request(metrics=metrics, regions=("whole",), jobs=1)
    return {one.metric: one for one in finish(measure(pairing, request, output)).values
            if one.slice is None}  # fmt: skip


def test_padding_and_its_range_stay_out_of_range_and_metrics(tmp_path):
    """By hand: outside the padding every pixel differs by 3; inside, by thousands."""
    reference = phantom(2, seed=1).astype("i2")
    other = reference + 3
    reference[:, :5], other[:, :8] = -2000, -1990
    reference[:, 20, 20], other[:, 20, 20] = 1500, 1503

    marked = {"PixelPaddingValue": -2000, "PixelPaddingRangeLimit": -1990}
    values = measured(study(tmp_path / "s", reference, other, **marked), tmp_path / "m.csv")

    assert values["mse"].value == pytest.approx(9)
    assert values["mae"].value == pytest.approx(3)
    width = float(values["psnr"].data_range)
    assert width <= reference[:, 8:].max() - min(reference[:, 8:].min(), 0)
    assert values["psnr"].value == pytest.approx(10 * np.log10(width**2 / 9))


def test_each_slice_may_mark_its_padding_in_its_own_way(tmp_path):
    """By hand: 0 in the first slice, 4000 in the second, nothing in the third."""
    planes = phantom(3)
    planes[0, :4], planes[1, :6] = 0, 4000
    files = write_ct(tmp_path, pixels=planes)
    for path, padding in zip(files, (0, 4000, None), strict=True):
        ds = pydicom.dcmread(path)
        if padding is not None:
            ds.add_new("PixelPaddingValue", "US", padding)
        ds.save_as(path)

    read = read_image(series_in(tmp_path))

    np.testing.assert_array_equal(read.valid(0), planes[0] != 0)
    np.testing.assert_array_equal(read.valid(1), planes[1] != 4000)
    assert read.valid(2) is None
    np.testing.assert_array_equal(read.values(1)[6:], planes[1, 6:] - 1024.0)


def test_padding_is_kept_from_a_modality_lut(tmp_path):
    lut = Dataset()
    lut.add_new("LUTDescriptor", "US", [4096, 0, 16])
    lut.add_new("LUTData", "OW", np.arange(4096, dtype="<u2")[::-1].tobytes())
    planes = phantom(1)
    planes[0, :4] = 63536
    write_ct(
        tmp_path, pixels=planes, ModalityLUTSequence=Items([lut]), PixelPaddingValue=63536, **BARE
    )

    read = read_image(series_in(tmp_path))

    np.testing.assert_array_equal(read.valid(0), planes[0] != 63536)
    np.testing.assert_array_equal(read.values(0)[4:], 4095.0 - planes[0, 4:])


@pytest.mark.parametrize(("kind", "keyword"), [("f4", "Float"), ("f8", "DoubleFloat")])
def test_padding_of_floats_has_an_element_of_its_own(tmp_path, kind, keyword):
    plane = np.array([[[0.1, 1.0], [2.0, 0.1]]], kind)
    ds = floats(plane)
    setattr(ds, f"{keyword}PixelPaddingValue", plane[0, 0, 0])
    save(ds, tmp_path / "floats.dcm", BARE)

    read = read_image(series_in(tmp_path))

    np.testing.assert_array_equal(read.valid(0), [[False, True], [True, False]])


def test_a_number_that_is_none_gives_no_metric_value(tmp_path):
    reference = phantom(1, 16, 16).astype("f4")
    other = reference.copy()
    other[0, 0, 0] = np.nan

    values = measured(study(tmp_path / "s", reference, other), tmp_path / "m.csv", ("mse",))

    assert values["mse"].value is None


@pytest.mark.parametrize(
    ("elements", "spacing", "kind"),
    [
        ({"PixelSpacing": [0.5, 0.7]}, (0.5, 0.7), ""),
        (DETECTOR | {"PixelSpacing": None}, (0.2, 0.2), "detector"),
        (DETECTOR | {"PixelSpacing": [0.2, 0.2]}, (0.2, 0.2), "detector"),
        (DETECTOR | {"PixelSpacing": [0.15, 0.15]}, (0.15, 0.15), "calibrated"),
        (DETECTOR | {"PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "GEOMETRY"},
         (0.2, 0.2), "calibrated"),
        ({"NominalScannedPixelSpacing": [0.1, 0.1], "PixelSpacing": None}, (0.1, 0.1), "scanned"),
        ({"PixelSpacing": [0, 0]}, None, ""),
        ({"PixelSpacing": None}, None, ""),
    ],
)  # fmt: skip
def test_a_spacing_is_labelled_for_what_it_is(tmp_path, elements, spacing, kind):
    write_ct(tmp_path, slices=1, Modality="DX", **elements)

    grid = read_image(series_in(tmp_path)).grid

    assert (grid.spacing, grid.spacing_kind) == (spacing, kind)


def test_a_cine_keeps_its_frames_in_order_and_its_luminance(tmp_path):
    """YBR_FULL: the first component is the luminance itself."""
    planes = np.random.default_rng(0).integers(0, 256, (3, 8, 6, 3)).astype("u1")
    ds = image(planes[..., 0], 2, "cine", "cine")
    ds.Modality, ds.NumberOfFrames, ds.SamplesPerPixel, ds.PlanarConfiguration = "US", 3, 3, 0
    ds.PhotometricInterpretation, ds.PixelData = "YBR_FULL", planes.tobytes()
    save(ds, tmp_path / "cine.dcm", BARE)

    read = read_image(series_in(tmp_path))

    np.testing.assert_array_equal(read.pixels, planes[..., 0])
    assert read.flags == ("luminance",)


def test_time_points_at_the_same_places_are_told_and_never_mixed(tmp_path):
    """4-D in one series: the first time point is the series, the others are a problem."""
    write_ct(tmp_path, series="4d", slices=3, seed=1)
    write_ct(tmp_path, series="4d", slices=3, seed=2, names=["b1.dcm", "b2.dcm", "b3.dcm"],
             instance_numbers=[4, 5, 6])  # fmt: skip

    found = scanned(tmp_path)

    (series,), (problem,) = found.series, found.problems
    np.testing.assert_array_equal(read_image(series).pixels, phantom(3, seed=1))
    assert "3 of 6 slices" in problem.what
    assert "time point" in problem.remedy


TEXTS = {
    "ISO_IR 100": "Schädel, zäh", "ISO_IR 192": "頭部 é Ω", "ISO_IR 144": "Голова",
    "ISO_IR 126": "Κεφάλι", "ISO_IR 127": "رأس", "ISO_IR 138": "ראש", "GB18030": "头部",
    r"\ISO 2022 IR 87": "頭部", r"\ISO 2022 IR 149": "머리",
}  # fmt: skip


@pytest.mark.parametrize("charset", TEXTS)
def test_text_is_read_in_its_character_set(tmp_path, charset):
    write_ct(tmp_path, slices=1, SpecificCharacterSet=charset.split("\\"),
             SeriesDescription=TEXTS[charset])  # fmt: skip

    assert series_in(tmp_path).description == TEXTS[charset]


@pytest.mark.parametrize("charset", ["ISO_IR 999", "", "ISO_IR 100\\nonsense"])
def test_a_character_set_that_lies_does_not_hide_the_image(tmp_path, charset):
    (path,) = write_ct(tmp_path, slices=1, SpecificCharacterSet="ISO_IR 100",
                       SeriesDescription="12345678")  # fmt: skip
    data = path.read_bytes().replace(b"ISO_IR 100", charset.encode()[:10].ljust(10))
    path.write_bytes(data.replace(b"12345678", b"caf\xc3\xa9 \xff "))

    np.testing.assert_array_equal(read_image(series_in(tmp_path)).pixels, phantom(1))


def with_vr(path, keyword, vr):
    """Write another VR over one element, whatever the value is."""
    tag = pydicom.datadict.tag_for_keyword(keyword)
    old = tag.to_bytes(4, "big")
    where = old[1::-1] + old[:1:-1]
    data = path.read_bytes()
    at = data.index(where)
    path.write_bytes(data[: at + 4] + vr.encode() + data[at + 6 :])


@pytest.mark.parametrize(
    ("keyword", "vr"),
    [("Rows", "SS"), ("RescaleSlope", "LO"), ("RescaleIntercept", "IS"), ("WindowWidth", "SH"),
     ("ImagePositionPatient", "ST"), ("PhotometricInterpretation", "UI"), ("Modality", "PN")],
)  # fmt: skip
def test_a_wrong_vr_is_read_for_its_value_or_refused(tmp_path, keyword, vr):
    (path,) = write_ct(tmp_path, slices=1)
    with_vr(path, keyword, vr)

    try:
        read = read_first(path)
    except BlindReadError as error:
        refusal = str(error)
    else:
        np.testing.assert_array_equal(read.values(0), phantom(1)[0] - 1024.0)
        return
    assert path.name in refusal
