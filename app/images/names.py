"""Names of arms, cases and paths, and which of them mean the reference."""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

REFERENCE_NAMES = ("reference", "ground_truth", "gt", "truth", "target")
"""Folder and file names that mean the reference when none is given."""


COMPOUND = (".nii.gz", ".ome.tif", ".ome.tiff")
"""Suffixes of two parts."""


def stem_of(path: Path) -> str:
    """Return a file's name without its suffix, also where that has two parts (.nii.gz)."""
    for suffix in COMPOUND:
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    return path.stem


def is_reference(name: str, reference: str | None = None) -> bool:
    """Return whether a folder or file name means the reference; case does not matter."""
    wanted = REFERENCE_NAMES if reference is None else (reference,)
    return name.casefold() in {one.casefold() for one in wanted}


def relative_path(path: Path, root: Path) -> Path:
    """Return a path relative to the source, also where it lies outside of it."""
    try:
        return path.relative_to(root)
    except ValueError:
        pass
    try:
        return Path(os.path.relpath(path, root))
    except ValueError:  # another drive
        return path


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Return names for a sentence, cut where there are too many."""
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(found[:limit]) + more


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question with the nearest known name, or nothing."""
    lower = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), lower, n=1)
    return f" Did you mean {lower[near[0]]}?" if near else ""
