"""How far a long piece of work has come."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a long piece of work, told to whoever waits for it.

    ``what`` says in a few words what was just done. The time left is the
    shell's to estimate: the core has no clock.
    """

    done: int
    total: int
    what: str
