"""The names of arms for the reading screen of a study that is not blinded; no others get any."""

from collections.abc import Iterable, Mapping

from app.domain.presentation import PlannedPresentation
from app.domain.protocol import Protocol
from app.study.variants import variant_of


def arms_told(
    protocol: Protocol,
    planned: Iterable[PlannedPresentation],
    codes: Mapping[str, tuple[str, str]],
) -> tuple[tuple[str, str], ...]:
    """Return (picture code, arm) of what a reader's screens show; nothing in a blinded study.

    Parameters
    ----------
    codes
        Picture code -> (case, arm), as the key has it.
    """
    if protocol.blinded:
        return ()
    shown = sorted({code for one in planned for code in one.images})
    return tuple((code, variant_of(codes[code][1])[0]) for code in shown)
