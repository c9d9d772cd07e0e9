"""The workflows behind the import view, imported when first used."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.ui.import_state import State
from app.ui.jobs import Workflow


def _arrange(source: Path, reference: str | None) -> Workflow:
    from app.workflows.pair import arrange

    return arrange(source, reference=reference)


def _replay(source: Path, state: State, known: dict[Any, Any]) -> Workflow:
    from app.workflows.pair import replay

    return replay(source, state.placements, known)


def _save(state: State, target: Path) -> Path:
    from app.workflows.pair import manifest_rows, write_manifest

    write_manifest(manifest_rows(state.placements, state.others), target)
    return target


@dataclass(frozen=True, slots=True)
class ImportWork:
    """What the import view asks of the workflows; tests put their own in."""

    arrange: Callable[[Path, str | None], Workflow] = _arrange
    replay: Callable[[Path, State, dict[Any, Any]], Workflow] = _replay
    save: Callable[[State, Path], Path] = _save
