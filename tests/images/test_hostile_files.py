"""Whatever is done to a file, it is read or refused with one sentence."""

import random

import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from app.errors import BlindReadError
from app.images import facts
from app.images.headers import read_header
from app.images.read import read_image
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
