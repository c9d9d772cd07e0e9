"""Whatever is done to a file, it is read or refused with one sentence."""

import random
from dataclasses import replace

import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from app.domain.metric import IntensityRange, Space
from app.errors import BlindReadError, NotAnImage
from app.images import facts
from app.images.geometry import Point
from app.images.headers import read_header
from app.images.pairing import pair
from app.images.read import read_image
from app.images.worker import DecoderDied
from app.workflows.measure_task import Item, Plan
from app.workflows.measure_worker import measure_item
from tests.images.dicom_files import write_ct, write_enhanced
from tests.images.workflow import scanned

DEFLATED = "1.2.840.10008.1.2.1.99"


def mutations(data: bytes, chance: random.Random):
    """Yield damaged copies: bytes changed, cut out, doubled, or the end lost."""
    while True:
        damaged = bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 8])):
            at = chance.randrange(128, len(damaged))
            kind = chance.randrange(5)
            if kind == 0:
                damaged[at] = chance.randrange(256)
            elif kind == 1:
                damaged[at : at + 4] = b"\xff\xff\xff\xff"
            elif kind == 2:
                del damaged[at : at + chance.randrange(1, 16)]
            elif kind == 3:
                damaged[at:at] = damaged[at : at + chance.randrange(1, 64)]
            else:
                del damaged[max(at, 140) :]
        yield bytes(damaged)


def read_or_refuse(path):
    """Return whether a file was read; a refusal must be one sentence that names it."""
    try:
        slices = facts.facts_of(read_header(path), path.parent)
        read_image(facts.series_of(slices[:1], ()))
    except BlindReadError as error:
        refusal = error
    else:
        return True
    assert path.name in str(refusal)
    assert "\n" not in refusal.sentence
    assert refusal.remedy
    return False


@pytest.mark.parametrize(
    "syntax",
    ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2", DEFLATED, RLELossless, JPEGLSLossless,
     JPEG2000Lossless, "enhanced"],
)  # fmt: skip
def test_a_damaged_file_is_read_or_refused(tmp_path, syntax):
    if syntax == "enhanced":
        path = write_enhanced(tmp_path / "damaged.dcm")
    else:
        arguments = {"slices": 1, "names": ["damaged.dcm"]}
        (path,) = write_ct(tmp_path, syntax=syntax, **arguments)
    copies = mutations(path.read_bytes(), random.Random(syntax))  # noqa: S311 - repeatable damage
    read = 0
    for _ in range(60):
        path.write_bytes(next(copies))
        read += read_or_refuse(path)

    assert 0 < read < 60


def test_every_file_of_the_shared_collection_is_read_or_refused(shared):
    found = scanned(shared / "data" / "dicom")
    read, refused = 0, []
    for one in found.series:
        try:
            read_image(one, [0])
            read += 1
        except BlindReadError as error:
            refused.append(error.sentence)

    files = {slice_file.path for one in found.series for slice_file in one.slices}
    told = {problem.path for problem in found.problems}
    for path in (shared / "data" / "dicom").glob("malformed_*/*"):
        relative = path.relative_to(shared / "data" / "dicom").as_posix()
        assert path in files or relative in told
    assert read > 80
    assert len(refused) < 6
    for problem in found.problems:
        assert problem.what
        assert problem.remedy


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"Rows": 9000, "Columns": 9000}, "too large; the limit is 48 million"),
        ({"Rows": 4000, "Columns": 4000, "NumberOfFrames": 100}, "cannot hold the 100 frames"),
        ({"NumberOfFrames": 200_000}, "declares 200000 frames"),
        ({"Rows": 4000, "Columns": 4000, "NumberOfFrames": 40}, "no true image fits"),
        ({"Rows": 60000, "Columns": 60000}, "limit is 4 GiB"),
    ],
)
def test_what_would_need_too_much_memory_is_refused_unopened(tmp_path, elements, words):
    (path,) = write_ct(tmp_path, slices=1, names=["big.dcm"], syntax=RLELossless)
    ds = pydicom.dcmread(path)
    ds.PixelData = encapsulate([b"\0" * 64] * (8 if elements.get("NumberOfFrames") == 40 else 1))
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    ds.save_as(path)

    with pytest.raises(NotAnImage, match=words):
        read_header(path)


@pytest.mark.parametrize("kind", ["items", "elements", "zeros"])
def test_a_header_without_end_is_given_up_whatever_it_is_made_of(tmp_path, monkeypatch, kind):
    (path,) = write_ct(tmp_path, slices=1)
    head, pixels = path.read_bytes().split(b"\x28\x00\x02\x00", 1)
    filling = {
        "items": b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\0\0\0\0" * 2**14,
        "elements": b"\x09\x00\x01\x10LO\0\0" * 2**14,
        "zeros": bytes(2**17),
    }
    path.write_bytes(head + filling[kind] + b"\x28\x00\x02\x00" + pixels)
    monkeypatch.setattr("app.images.files.STEPS_LIMIT", 5000)

    with pytest.raises(NotAnImage, match="does not end"):
        read_header(path)


def test_tiles_of_one_plane_are_sorted_without_comparing_each_with_each(tmp_path):
    """20,000 tiles: each with each would be 200 million comparisons."""
    (path,) = write_ct(tmp_path, slices=1)
    (one,) = facts.facts_of(read_header(path), tmp_path)

    def at(point: Point):
        return replace(one, place=replace(one.place, position=point))

    tiles = [at((float(index), 0.0, 1.0)) for index in range(20_000)]
    kept, repeated = facts.sort_slices([*tiles, at((5.0, 0.0, 1.0005)), at((5.0, 0.0, 9.0))])

    assert len(kept) == 20_001
    assert [two.place.position for two in repeated] == [(5.0, 0.0, 1.0005)]


def test_a_dead_decoder_costs_the_values_of_its_pair_alone(tmp_path, monkeypatch):
    def dies(path, frame, _limit):
        raise DecoderDied(f"{path.name}: the decoder crashed.", remedy="Leave it out.")

    write_ct(tmp_path / "case" / "reference", slices=1)
    write_ct(tmp_path / "case" / "method", slices=1, syntax=RLELossless)
    found = pair(scanned(tmp_path), tmp_path, reference=None)
    monkeypatch.setattr("app.images.worker.decode", dies)
    ranges = {found.pairs[0].reference.modality: IntensityRange(0, 1, "given")}
    plan = Plan(found.pairs, ("mse",), ("whole",), (Space(),), ranges, {})

    (done,) = measure_item(plan, Item(((0, (0,)),)))

    assert done.entries == ()
    assert "the decoder crashed" in done.reason
