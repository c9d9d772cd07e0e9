"""Build the sample study: one folder a case, one folder a series in it."""

import csv
import io
import json
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np

from app.domain.progress import Progress
from app.errors import StoreError
from app.images.sample.arms import ARMS, simulate
from app.images.sample.inventions import invent
from app.images.sample.sources import SOURCES, Field, Source, load_field
from app.images.sample.writer import Output, write_series

VERSION = 1
MARKER = "sample.json"
REFERENCE = "reference"


def build_sample(
    root: Path, sources: Sequence[Source] = SOURCES
) -> Generator[Progress, None, Path]:
    """Write the sample study under a folder; an intact one is left as it is.

    Parameters
    ----------
    root
        Receives ``CASE/reference/*.dcm``, ``CASE/ARM/*.dcm``, ``inventions.csv``,
        ``README.txt`` and, last of all, ``sample.json``.
    sources
        The public pictures to use; all of them unless told.

    Returns
    -------
    Path
        ``root``.

    Raises
    ------
    InputError
        The public files are not installed, or cannot be decoded.
    StoreError
        The folder holds something else, or cannot be written.
    """
    wanted = _marker(sources)
    total = len(sources) * (len(ARMS) + 1)
    if _is_intact(root, wanted):
        yield Progress(total, total, "the sample is there already")
        return root
    _refuse_strangers(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        (root / MARKER).unlink(missing_ok=True)
        done = 0
        for source in sources:
            field = load_field(source)
            _write_reference(root, source, field)
            done += 1
            yield Progress(done, total, f"{source.modality} reference")
            for arm in ARMS:
                _write_arm(root, source, field, arm)
                done += 1
                yield Progress(done, total, f"{source.modality} {arm}")
        _write_text(root / "inventions.csv", _inventions(sources))
        _write_text(root / "README.txt", _readme(sources))
        _write_text(root / MARKER, wanted)
    except OSError as error:
        raise StoreError(
            f"The sample cannot be written to {root} ({error.strerror or error}).",
            remedy="Choose a folder that can be written, with 30 MB free.",
        ) from error
    return root


def _write_reference(root: Path, source: Source, field: Field) -> None:
    for crop in source.crops:
        output = Output(source, field, crop, REFERENCE, _preparation(source), is_reference=True)
        window = np.s_[:, crop.top : crop.top + crop.rows, crop.left : crop.left + crop.columns]
        write_series(output, field.pixels[window], root / crop.case / REFERENCE)


def _write_arm(root: Path, source: Source, field: Field, arm: str) -> None:
    made = None if arm == "invented" else simulate(source, field, arm)
    for crop in source.crops:
        window = np.s_[:, crop.top : crop.top + crop.rows, crop.left : crop.left + crop.columns]
        if made is None:
            rng = np.random.default_rng([*crop.case.encode(), VERSION])
            planes = np.stack([
                invent(plane, tuple(i for i in crop.inventions if index in i.slices), rng)
                for index, plane in enumerate(field.pixels[window])
            ])  # fmt: skip
        else:
            planes = made[window]
        output = Output(source, field, crop, arm, f"Simulation: {ARMS[arm]}", is_reference=False)
        write_series(output, planes, root / crop.case / arm)


def _preparation(source: Source) -> str:
    steps = ["Cut from a public sample image"]
    if source.bin > 1:
        steps.append(f"blocks of {source.bin}x{source.bin} pixels averaged")
    if source.zoom > 1:
        steps.append(f"interpolated {source.zoom} times by zero-filling k-space")
    if source.flip:
        steps.append("rows turned around")
    if source.nominal_spacing is not None:
        steps.append("pixel spacing and position nominal: the source states none")
    return ", ".join(steps)


def _is_intact(root: Path, wanted: str) -> bool:
    marker = root / MARKER
    if not marker.is_file() or marker.read_text(encoding="utf-8") != wanted:
        return False
    return all((root / name).is_file() for name in json.loads(wanted)["files"])


def _refuse_strangers(root: Path) -> None:
    """Refuse a folder that holds anything but an unfinished or older sample."""
    if root.exists() and not root.is_dir():
        raise StoreError(f"{root} is a file.", remedy="Choose a folder for the sample.")
    if not root.is_dir():
        return
    ours = {crop.case for source in SOURCES for crop in source.crops}
    ours |= {MARKER, "inventions.csv", "README.txt"}
    strangers = sorted(path.name for path in root.iterdir() if path.name not in ours)
    if strangers:
        raise StoreError(
            f"{root} already holds {strangers[0]}, which is not of the sample.",
            remedy="Choose an empty folder for the sample.",
        )


def _marker(sources: Sequence[Source]) -> str:
    files = [
        f"{crop.case}/{folder}/1.dcm"
        for source in sources
        for crop in source.crops
        for folder in (REFERENCE, *ARMS)
    ]
    return json.dumps({"sample": VERSION, "files": files}, indent=1) + "\n"


def _inventions(sources: Sequence[Source]) -> str:
    """Tell where the arm ``invented`` is untrue; slice, row and column count from 1."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["case", "slice", "row", "column", "radius", "kind"])
    for source in sources:
        for crop in source.crops:
            for one in crop.inventions:
                for index in one.slices:
                    row, column = one.row + 1, one.column + 1
                    writer.writerow([crop.case, index + 1, row, column, one.radius, one.kind])
    return table.getvalue()


def _readme(sources: Sequence[Source]) -> str:
    lines = [
        "BlindRead sample study, for demonstration only.",
        "",
        "The references are cuts from public images that come with the Python package",
        "pydicom-data (MIT licence, Copyright (c) 2020 Dicom in Python). Several cases are",
        "cut from one image, some overlap: they are not independent patients, and nothing",
        "about people or scanners may be concluded from them.",
        "",
        "The arms are simulations made from the references, not products of any scanner.",
        "Only CT is measured in projections and only MR in k-space: the other combinations",
        "are there to make every arm meet every case.",
        "",
        "Arms:",
        *(f"  {arm}: {words}." for arm, words in ARMS.items()),
        "  inventions.csv says where the arm `invented` is untrue: slice, row and column",
        "  count from 1, the radius is in pixels, kind is added or removed.",
        "",
        "Sources:",
    ]
    for source in sources:
        cases = "; ".join(f"{crop.case} {crop.anatomy}" for crop in source.crops)
        lines += [
            f"  {source.file}: {source.origin}.",
            f"    {_preparation(source)}.",
            f"    {cases}.",
        ]
    return "\n".join(lines) + "\n"


def _write_text(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)
