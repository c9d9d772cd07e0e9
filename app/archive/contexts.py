"""What a C-GET or C-MOVE may deliver: image classes and transfer syntaxes, as they are stored."""

from collections.abc import Iterable, Sequence
from typing import Any

from pynetdicom import build_context, build_role

ROOM = 126
"""Presentation contexts of one association that are left for storage."""

SYNTAXES = (
    "1.2.840.10008.1.2.1",  # Explicit VR Little Endian
    "1.2.840.10008.1.2",  # Implicit VR Little Endian
    "1.2.840.10008.1.2.4.70",  # JPEG lossless, first order
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 lossless
    "1.2.840.10008.1.2.4.80",  # JPEG-LS lossless
    "1.2.840.10008.1.2.5",  # RLE
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
    "1.2.840.10008.1.2.4.51",  # JPEG extended
    "1.2.840.10008.1.2.4.57",  # JPEG lossless
    "1.2.840.10008.1.2.4.81",  # JPEG-LS near-lossless
    "1.2.840.10008.1.2.4.201",  # HTJ2K lossless
    "1.2.840.10008.1.2.1.99",  # Deflated
    "1.2.840.10008.1.2.2",  # Explicit VR Big Endian
)

_STORAGE = "1.2.840.10008.5.1.4.1.1."
USUAL = tuple(
    _STORAGE + end for end in ("2", "4", "7", "2.1", "4.1", "128", "130", "7.2", "1.1")
)  # fmt: skip
"""CT, MR, secondary capture, enhanced CT and MR, PET, enhanced PET, multi-frame, DX."""


def storage_contexts(classes: Iterable[str]) -> list[Any]:
    """Return a context for each class and transfer syntax, so that nothing is converted.

    One context with many syntaxes would let the archive choose, and some
    choose the first; apart, it can send each file as it is stored.
    """
    kinds = list(dict.fromkeys(kind for kind in classes if kind)) or list(USUAL)
    each = max(ROOM // len(kinds), 1)
    return [build_context(kind, syntax) for kind in kinds for syntax in SYNTAXES[:each]][:ROOM]


def receiving_roles(contexts: Sequence[Any]) -> list[Any]:
    """Return the role selection with which this program receives on its own association."""
    kinds = dict.fromkeys(context.abstract_syntax for context in contexts)
    return [build_role(kind, scp_role=True) for kind in kinds]
