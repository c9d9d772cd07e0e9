"""Which array of a file that holds several is the image."""

from collections.abc import Sequence
from pathlib import Path

from app.images.files import refuse
from app.images.names import did_you_mean, listed


def choose(path: Path, names: Sequence[str], wanted: str, kind: str) -> str:
    """Return the array that was asked for, or the only one.

    Raises
    ------
    NotAnImage
        There is none, or several; the sentence lists them.
    """
    plain = {name.strip("/"): name for name in names}
    if wanted:
        if wanted.strip("/") in plain:
            return plain[wanted.strip("/")]
        there = f"; there are {listed(names)}" if names else ""
        raise refuse(
            path,
            f"it holds no {kind} called {wanted} that could be an image{there}."
            f"{did_you_mean(wanted, names)}",
            "Write one of these names into the column dataset of the manifest.",
        )
    if not names:
        raise refuse(path, f"it holds no {kind} of two or three axes.",
                     "Save the image as (slices, rows, columns).")  # fmt: skip
    if len(names) > 1:
        raise refuse(
            path,
            f"it holds {len(names)} {kind}s and nothing says which is the image: {listed(names)}.",
            "Name one in the column dataset of a manifest, or keep one in the file.",
        )
    return names[0]
