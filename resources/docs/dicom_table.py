"""Read every file of a collection of DICOM files and write down what became of it.

    python resources/docs/dicom_table.py COLLECTION

COLLECTION is a folder with a README.md whose table names the files and says what each one
tests. Every file is scanned and decoded by a process of its own; its numbers are compared with
another opinion. The table of dicom.md, beside this script, is written anew.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).with_name("dicom.md")
PROJECT = Path(__file__).resolve().parents[2]
MARK = "<!-- What follows is written by dicom_table.py. -->"
SECONDS, BYTES = 5.0, 2 * 2**30
PATIENCE_S = 60.0
TWINS = {"emri_jpeg2k_too_short.dcm": "../enhanced/emri_small.dcm"}
"""Files that no other reader opens, and the file that holds the same pixels."""


@dataclass
class Row:
    """One line of the collection's own table: its files, and what they test."""

    name: str
    tests: str
    files: list[Path]


def main() -> int:
    """Read the collection and write the table; 1 where a file broke a limit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("collection", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.path.insert(0, str(PROJECT))
    if asked.one:
        print(json.dumps(outcome(asked.collection)))  # noqa: T201 - to the process that asked
        return 0
    lines, broken, slowest, largest, count = [], [], 0.0, 0, 0
    for row in rows(asked.collection):
        found = [in_a_process(path) for path in row.files]
        count += len(found)
        slowest = max([slowest, *(one["seconds"] for one in found)])
        largest = max([largest, *(one["bytes"] for one in found)])
        broken += [
            f"{path.name}: {one['what']}"
            for path, one in zip(row.files, found, strict=True)
            if one["broken"] or one["seconds"] > SECONDS or one["bytes"] > BYTES
        ]
        lines.append(line(row, found))
        print(lines[-1], flush=True)  # noqa: T201 - a script
    head = PAGE.read_text("utf-8").split(MARK)[0]
    summary = (
        f"{count} files. The slowest took {slowest:.1f} s from the scan to the last decoded frame, "
        f"the start of the decoder included; the most memory that one took, decoder included, was "
        f"{largest / 2**20:.0f} MiB. Read wrong, crashed or over a limit: "
        f"{'; '.join(broken) or 'none'}."
    )
    table = ["| file | what it tests | what becomes of it | s | MiB |", "|---|---|---|---|---|"]
    page = f"{head}{MARK}\n\n{summary}\n\n" + "\n".join([*table, *lines]) + "\n"
    PAGE.write_text(page, "utf-8")
    print(summary)  # noqa: T201 - a script
    return 1 if broken else 0


def rows(collection: Path) -> list[Row]:
    """Return the rows of the collection's table, with their files."""
    found = []
    for text in (collection / "README.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in text.strip().strip("|").split(" | ")]
        name = re.match(r"(\S+\.(?:dcm|gz|DCM))", cells[0])
        if len(cells) < 5 or name is None:
            continue
        first = collection / name[1]
        files = [first]
        if "(" in cells[0]:
            files = sorted(first.parent.glob("*.dcm"))
            if first.parent.name == "charsets":
                multi = "Multi" in first.name
                files = [path for path in files if ("Multi" in path.name) == multi]
        found.append(Row(cells[0], cells[-1], files))
    return found


def in_a_process(path: Path) -> dict[str, object]:
    """Read one file in a process of its own; a crash or a hang is an outcome too."""
    command = [sys.executable, __file__, "--one", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)  # noqa: S603
    except subprocess.TimeoutExpired:
        return {"kind": "hang", "what": "hangs", "broken": True, "seconds": PATIENCE_S, "bytes": 0}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        what = f"ended with {done.returncode}: {last}"
        return {"kind": "crash", "what": what, "broken": True, "seconds": 0.0, "bytes": 0}
    return dict(json.loads(done.stdout))


def line(row: Row, found: list[dict[str, object]]) -> str:
    """Return the row of our table: what became of its files, alike ones together."""
    parts: dict[str, int] = {}
    for one in found:
        parts[str(one["what"])] = parts.get(str(one["what"]), 0) + 1
    several = len(found) > 1
    told = "; ".join(f"{count} of {len(found)}: {what}" if several else what
                     for what, count in parts.items())  # fmt: skip
    seconds = max(float(str(one["seconds"])) for one in found)
    megabytes = max(int(str(one["bytes"])) for one in found) / 2**20
    cells = (row.name, row.tests, told, f"{seconds:.1f}", f"{megabytes:.0f}")
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def outcome(path: Path) -> dict[str, object]:
    """Scan and decode one file here, and compare it with another opinion."""
    import resource

    from app.errors import BlindReadError
    from app.images import worker
    from app.images.read import read_image
    from app.images.scan import scan

    started = time.monotonic()
    steps, found = scan(path), None
    while found is None:
        try:
            next(steps)
        except StopIteration as finished:
            found = finished.value
    broken, what = False, ""
    if found.problems:
        what = "refused: " + found.problems[0].what.split(": ", 1)[-1]
    images = []
    try:
        images = [read_image(one) for one in found.series]
    except BlindReadError as error:
        what = "refused: " + str(error).split(": ", 1)[-1]
    worker.close()
    seconds = time.monotonic() - started
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = sum(resource.getrusage(kind).ru_maxrss for kind in kinds) * 1024
    if images:
        what, broken = compared(path, found.series[0], images[0])
    return {
        "kind": "read" if images else "refused",
        "what": what,
        "broken": broken,
        "seconds": seconds,
        "bytes": peak,
    }


def compared(path, series, image) -> tuple[str, bool]:  # type: ignore[no-untyped-def]
    """Return how our numbers compare with those of another reader."""
    import numpy as np
    import pydicom
    from pydicom.pixels import apply_color_lut, apply_modality_lut

    twin = TWINS.get(path.name)
    ds = pydicom.dcmread(path.parent / twin if twin else path, force=True)
    stored, opinion = another(ds)
    opinion = Path(twin).name if twin else opinion
    if stored is None:
        return f"read; {opinion}", False
    frames = np.asarray(stored).reshape(
        -1,
        *np.shape(stored)[
            -3
            if image.flags[:1] == ("luminance",) and ds.PhotometricInterpretation != "PALETTE COLOR"
            else -2 :
        ],
    )
    weights = np.array([0.299, 0.587, 0.114])
    worst = 0.0
    for index, file in enumerate(series.slices):
        frame = frames[file.frame]
        if ds.PhotometricInterpretation == "PALETTE COLOR":
            theirs = apply_color_lut(frame, ds) @ weights
        elif frame.ndim == 3:
            full = str(ds.PhotometricInterpretation).startswith("YBR_FULL")
            theirs = frame[..., 0].astype(float) if full else frame @ weights
        else:
            theirs = np.asarray(frame if "PerFrameFunctionalGroupsSequence" in ds
                                else apply_modality_lut(frame, ds), dtype=float)  # fmt: skip
        enhanced = "PerFrameFunctionalGroupsSequence" in ds and frame.ndim == 2
        dose = float(ds.get("DoseGridScaling", 1) or 1)
        ours = image.pixels[index].astype(float) if enhanced else image.values(index)
        valid = np.isfinite(theirs)
        if not np.array_equal(np.isfinite(ours), valid):
            return f"read; NaN elsewhere than {opinion}", True
        worst = max(worst, float(np.abs(ours - theirs * dose)[valid].max(initial=0)))
    if image.flags[:1] == ("luminance",):
        return (
            (f"read right: luminance of {opinion}", False)
            if worst <= 0.51
            else (f"read; luminance differs from {opinion} by {worst:.3g}", True)
        )
    if worst == 0:
        return f"read right: equal to {opinion}", False
    return f"read; differs from {opinion} by {worst:.3g}", True


def another(ds):  # type: ignore[no-untyped-def]
    """Return the stored numbers by another reader, and its name."""
    from pydicom.encaps import generate_frames
    from pydicom.pixels import pixel_array

    meta = getattr(ds, "file_meta", None)
    syntax = str(meta.get("TransferSyntaxUID", "")) if meta is not None else ""
    if "PixelData" in ds and syntax.endswith((".4.51", ".4.53", ".4.55")):
        return None, "12-bit JPEG, checked against the reference decoder in the tests"
    if "PixelData" in ds and syntax.endswith((".4.57", ".4.70")):
        import imagecodecs

        count = int(ds.get("NumberOfFrames", 1) or 1)
        frames = [imagecodecs.jpegsof3_decode(one) for one in
                  generate_frames(ds.PixelData, number_of_frames=count)]  # fmt: skip
        import numpy as np

        stored = np.stack(frames)
        signed = int(ds.PixelRepresentation) == 1
        return (stored.view("i2") if signed else stored), "dcm2niix's decoder"
    if not syntax:
        from pydicom.dataset import FileMetaDataset
        from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

        ds.file_meta = FileMetaDataset()
        implicit = ds.original_encoding[0]
        ds.file_meta.TransferSyntaxUID = (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
    try:
        return pixel_array(ds, raw=True), "pydicom"
    except Exception as error:  # another opinion is not always to be had
        return None, f"pydicom cannot ({type(error).__name__})"


if __name__ == "__main__":
    sys.exit(main())
