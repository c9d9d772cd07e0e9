"""Further screens of a reader, after all that the reader has."""

from collections.abc import Sequence

from app.domain.protocol import Protocol
from app.domain.trial import Trial
from app.study.extras import Planned
from app.study.schedule import placed


def appended(
    protocol: Protocol, existing: Sequence[Trial], screens: Sequence[Planned], *, seed: int
) -> tuple[Trial, ...]:
    """Return the trials of further screens; they begin a session of their own.

    Parameters
    ----------
    existing
        All trials of the reader, in order; nothing of them changes.
    """
    return placed(screens, protocol, existing[0].reader, seed, former=existing)
