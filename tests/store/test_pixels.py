import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.domain.image import Grid, Image, Window
from app.errors import ProtocolError, StoreError
from app.store.pixels import load_blinded, write_blinded

NAMES = {"BCDF2345": ("case1", "fbp"), "GHJK6789": ("case1", "dlr")}
ONE, OTHER = NAMES
WINDOW = Window(40, 400, explanation="LUNG of DLR")


def image(pixels, *, slope=1.0, intercept=0.0, **changes):
    pixels = np.asarray(pixels)
    slices, rows, columns = pixels.shape
    fields = {"spacing": (0.5, 0.5), "frame_of_reference": "1.2.3"}
    grid = Grid(rows, columns, slices, **(fields | changes.pop("grid", {})))
    return Image(
        pixels, (slope,) * slices, (intercept,) * slices, grid, **({"modality": "CT"} | changes)
    )


def blinded(folder, one, other):
    write_blinded(folder, {ONE: one, OTHER: other}, names=NAMES, window=WINDOW)
    return load_blinded(folder, ONE), load_blinded(folder, OTHER)


HU = arrays(np.int16, (2, 3, 4))


@settings(max_examples=40, deadline=None)
@given(one=HU, other=HU, intercept=st.sampled_from([0.0, -1024.0]))
def test_whole_numbers_are_kept_exactly(tmp_path_factory, one, other, intercept):
    originals = image(one, intercept=intercept), image(other)
    pictures = blinded(tmp_path_factory.mktemp("p"), *originals)
    everything = np.concatenate([o.values(i) for o in originals for i in range(2)])
    exact = np.ptp(everything) <= 65535
    step = 0 if exact else np.ptp(everything) / 65535

    for original, picture in zip(originals, pictures, strict=True):
        for index in range(2):
            difference = np.abs(original.values(index) - picture.values(index))
            assert difference.max() <= step / 2 * 1.001


def test_fractions_lose_at_most_half_a_step_of_the_common_range(tmp_path):
    rng = np.random.default_rng(1)
    one = image(rng.uniform(-1000, 3000, (1, 8, 8)))
    other = image(rng.integers(0, 900, (1, 8, 8)), slope=0.5)
    for original, picture in zip((one, other), blinded(tmp_path, one, other), strict=True):
        assert np.abs(original.values(0) - picture.values(0)).max() <= 4000 / 65535


def test_files_of_a_case_differ_in_pixels_only(tmp_path):
    blinded(
        tmp_path,
        image(np.arange(6, dtype=np.uint8).reshape(1, 2, 3), series_uid="1.2", bits_stored=8),
        image(np.full((1, 2, 3), 0.25, np.float32), series_uid="9.9", slope=4.0),
    )
    stats = [path.stat() for path in sorted(tmp_path.iterdir())]

    assert len({(s.st_mtime, s.st_mode) for s in stats}) == 1
    assert (tmp_path / f"{ONE}.json").read_text() == (tmp_path / f"{OTHER}.json").read_text()
    assert (tmp_path / f"{ONE}.npy").stat().st_size == (tmp_path / f"{OTHER}.npy").stat().st_size
    assert np.load(tmp_path / f"{ONE}.npy").dtype == np.load(tmp_path / f"{OTHER}.npy").dtype


def test_nothing_of_the_headers_but_spacing_modality_and_window(tmp_path):
    one, _ = blinded(
        tmp_path,
        image(np.zeros((1, 2, 3), np.int16), unit="HU", series_uid="1.2.3", flags=("luminance",)),
        image(np.ones((1, 2, 3), np.int16)),
    )

    assert (one.grid.spacing, one.modality) == ((0.5, 0.5), "CT")
    assert one.windows == (Window(40, 400),)
    assert (one.unit, one.series_uid, one.flags, one.grid.frame_of_reference) == ("", "", (), "")
    assert "DLR" not in "".join(p.read_text() for p in tmp_path.glob("*.json"))


def test_what_arms_do_not_share_is_left_out(tmp_path):
    flat = np.zeros((1, 2, 3), np.int16)
    one, other = blinded(
        tmp_path, image(flat, modality="CT"), image(flat, modality="OT", grid={"spacing": (1, 1)})
    )

    assert (one.modality, other.modality) == ("", "")
    assert one.grid.spacing is other.grid.spacing is None


@pytest.mark.parametrize("inverted", [False, True])
def test_padding_and_no_numbers_become_the_darkest_common_value(tmp_path, inverted):
    padded = np.array([[[-2000, 0, 100]]], np.int16)
    holes = np.array([[[np.nan, np.inf, 50.0]]])
    one, other = blinded(
        tmp_path,
        image(padded, padding=(-2000, -2000), inverted=inverted),
        image(holes, inverted=inverted),
    )
    dark = 100 if inverted else 0

    assert one.values(0).tolist() == [[dark, 0, 100]]
    assert other.values(0).tolist() == [[dark, dark, 50]]
    assert one.inverted is inverted


def test_a_case_of_padding_only_and_a_huge_range_are_written(tmp_path):
    none = image(np.full((1, 1, 2), np.nan))
    assert blinded(tmp_path, none, none)[0].values(0).tolist() == [[0, 0]]
    huge = image(np.array([[[-1e308, -1e299, 1e299, np.inf]]]))
    assert np.isfinite(blinded(tmp_path, huge, huge)[0].values(0)).all()


def test_a_size_of_its_own_is_refused_naming_case_and_arm(tmp_path):
    with pytest.raises(ProtocolError, match=r"case1.*dlr.*2 slices of 3 x 4.*fbp"):
        blinded(tmp_path, image(np.zeros((1, 3, 4))), image(np.zeros((2, 3, 4))))
    with pytest.raises(ProtocolError, match="inverted"):
        blinded(tmp_path, image(np.zeros((1, 3, 4))), image(np.zeros((1, 3, 4)), inverted=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"\x93NUMPY\x01\x00"])
def test_a_damaged_picture_is_a_sentence(tmp_path, data):
    flat = image(np.zeros((1, 2, 3)))
    blinded(tmp_path, flat, flat)
    (tmp_path / f"{ONE}.npy").write_bytes(data)

    with pytest.raises(StoreError, match=ONE):
        load_blinded(tmp_path, ONE)
    for code in ("ABSENT22", "../../key", ""):
        with pytest.raises(StoreError):
            load_blinded(tmp_path, code)
