"""The names of pictures that are made of an arm: for catch trials, and to stand beside."""

COPY, BLUR, OTHER = "+copy", "+blur", "+other"
"""How the variants of an arm are named that catch trials show."""

SHOWN = "+shown"
"""How the picture of an arm is named that stands beside under its label.

It has a code of its own, so that no plan tells which blinded picture is the same."""

VARIANTS = (COPY, BLUR, OTHER, SHOWN)
"""No arm's own name may end so."""


def variant_of(name: str) -> tuple[str, str]:
    """Return the arm and the suffix of a picture's name; the suffix is empty for an arm itself."""
    for suffix in VARIANTS:
        if name.endswith(suffix):
            return name.removesuffix(suffix), suffix
    return name, ""
