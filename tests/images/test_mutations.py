"""Real files, damaged by the thousand: each is read or refused, and nothing else happens."""

import os
import sys
from pathlib import Path

import pytest

from app.errors import BlindReadError
from app.images.overlays import read_overlays
from app.images.pairing import pair
from app.images.read import read_image
from app.images.regrid import read_reconstruction
from tests.conftest import PROJECT
from tests.images.mutations import damaged, real_files
from tests.images.workflow import scanned

SOAK = os.environ.get("BLINDREAD_SOAK") == "1"
FILES = 20_000 if SOAK else 300
BATCH = 25
MEMORY = 2 * 2**30


def check_refusal(error, where):
    assert "\n" not in error.sentence, where
    assert str(error), where
    assert error.remedy, where


def read_or_refused(work, where):
    """Do one thing with a damaged file; return whether it worked."""
    try:
        work()
    except BlindReadError as error:
        check_refusal(error, where)
        return False
    return True


def go_through(source: Path, numbers: dict[str, str]) -> int:
    """Scan, pair and decode a folder of damaged files; return how many could be read."""
    found = scanned(source)
    files = {file.path for one in found.series for file in one.slices}
    told = {problem.path for problem in found.problems}
    for name, where in numbers.items():
        assert source / name / "method.dcm" in files or f"{name}/method.dcm" in told, where
    for problem in found.problems:
        where = f"{problem.path}: {numbers}"
        assert problem.what and problem.remedy, where  # noqa: PT018 - one sentence each
        assert "\n" not in problem.what + problem.remedy, where
    read = 0
    for one in found.series:
        if one.slices[0].path.stem == "method":
            where = numbers[one.slices[0].path.parent.name]
            some = sorted({0, 1, len(one.slices) - 1} & set(range(len(one.slices))))
            read += read_or_refused(lambda one=one, some=some: read_image(one, some), where)
            read_or_refused(lambda one=one: read_overlays(one, [0]), where)
    pairing = pair(found, source, reference=None)
    for one in pairing.pairs:
        where = numbers.get(one.case, str(numbers))
        read_or_refused(lambda one=one: read_reconstruction(one, (0,)), where)
    return read


@pytest.mark.soak
def test_a_damaged_file_is_read_or_refused(tmp_path_factory):
    held, left = peak_memory(), resident()  # by tests of other things in this process
    shared = PROJECT.parent / "shared"
    seeds = real_files(shared if shared.is_dir() else None)
    read = 0
    for first in range(0, FILES, BATCH):
        source = tmp_path_factory.mktemp("damaged")
        numbers = {}
        for number in range(first, min(first + BATCH, FILES)):
            seed = seeds[(number * 7919) % len(seeds)]
            original, case = seed.read_bytes(), source / f"c{number}"
            case.mkdir()
            (case / "reference.dcm").write_bytes(original)
            (case / "method.dcm").write_bytes(damaged(original, number))
            numbers[case.name] = f"{seed.name}, damage {number}"
        read += go_through(source, numbers)
        for path in source.rglob("*.dcm"):
            path.unlink()

    assert FILES // 10 < read < FILES
    assert peak_memory() <= max(MEMORY, held, left + MEMORY // 2)


def resident() -> int:
    """Return the bytes that this process holds now; 0 where unknown."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_memory() -> int:
    """Return the most bytes that this process or one it has ended ever held."""
    if sys.platform == "win32":
        return 0
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) * unit
