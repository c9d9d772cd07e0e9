"""What works on this machine, and what does not."""

import importlib.metadata
import os
import sys
from dataclasses import dataclass

from app import SOFTWARE

PACKAGES = ("PySide6-Essentials", "pyqtgraph", "numpy", "scikit-image", "pydicom", "piq", "torch")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its state, and whether the program can work with it."""

    what: str
    state: str
    ok: bool = True
    needed: bool = True


def examine() -> tuple[Finding, ...]:
    """Look at versions, display, codecs, weights and GPU."""
    return (
        Finding("program", f"{SOFTWARE} on Python {sys.version.split()[0]}, {sys.platform}"),
        *(_package(name) for name in PACKAGES),
        _display(),
        *_codecs(),
        *_weights(),
        _accelerator(),
    )


def screen() -> bool:
    """Return whether there is a screen on which a window could open."""
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _package(name: str) -> Finding:
    try:
        return Finding(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "not installed; reinstall blindread with pip", ok=False)


def _display() -> Finding:
    if not screen():
        return Finding(
            "screen",
            "none: the command line works, the application cannot open",
            ok=False,
            needed=False,
        )
    named = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "the system's"
    return Finding("screen", f"{named}")


def _codecs() -> list[Finding]:
    from app.images.codecs import support

    return [Finding(f"codec {name}", reason or "read") for name, reason in support()]


def _weights() -> list[Finding]:
    from app.metrics import registry, weights

    findings = []
    for one in registry.definitions():
        if one.needs_weights:
            reason = registry.available(one.id)
            state = reason or "verified"
            # What only a person can bring is not missed.
            needed = not weights.by_hand(one.id)
            findings.append(Finding(f"weights {one.id}", state, ok=not reason, needed=needed))
    return findings


def _accelerator() -> Finding:
    try:
        import torch
    except ImportError as error:
        return Finding("GPU", f"torch cannot be imported: {error}", ok=False)
    if torch.cuda.is_available():
        return Finding("GPU", str(torch.cuda.get_device_name(0)))
    return Finding("GPU", "none: the learned metrics run on the processor")


def may_open_window() -> bool:
    """Return whether Qt can draw somewhere: on a screen, or offscreen when asked to."""
    return screen() or os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal")
