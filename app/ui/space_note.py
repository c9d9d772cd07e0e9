"""Says of which values metrics are: native ones, or, where a person chose so, those of a window."""

from collections.abc import Iterable

from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.ui.inspect_model import InspectModel
from app.ui.value_rows import NATIVE


class SpaceNote(QFrame):
    """A muted line while all values are native; a banner as soon as some are not."""

    def __init__(self, model: InspectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.words = QLabel()
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        for signal in (model.values_changed, model.view_changed, model.values.space_changed):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        model = self._model
        spaces = model.table.spaces(model.region)
        unit = model.view.reference.unit if model.view is not None else ""
        words, banner = space_words(spaces, model.values.space, unit)
        self.words.setText(words)
        self.words.setObjectName("what" if banner else "muted")
        self.setObjectName("banner" if banner else "")
        self.setProperty("kind", "notice" if banner else "")
        edge = 8 if banner else 0
        self.layout().setContentsMargins(edge, edge // 2, edge, edge // 2)
        for widget in (self, self.words):
            widget.setStyleSheet("")  # so that the name is looked at again
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.setVisible(bool(words))


def space_words(spaces: Iterable[str], chosen: str, unit: str) -> tuple[str, bool]:
    """Return what to say of the values in view, and whether it is to be seen from afar.

    Parameters
    ----------
    spaces
        The intensity spaces of the values shown, as tables write them.
    chosen
        The space that a person wants beside native values; empty for none.
    unit
        That of the images, e.g. ``HU``; may be empty.

    Examples
    --------
    >>> space_words(["native"], "", "HU")
    ('Metrics are of native values (HU), never of the window in view.', False)
    """
    others = sorted(set(spaces) - {NATIVE})
    native = f"native values ({unit})" if unit else "native values"
    if others:
        named = ", those marked ".join(
            f"{one.upper()} are of values {_in_words(one)}" for one in others
        )
        rest = f" The others are of {native}." if NATIVE in set(spaces) else ""
        return f"Metrics marked {named}.{rest}", True
    if chosen:
        return (
            f"Measure to have metrics of values {_in_words(chosen)} too. "
            f"Those shown are of {native}.",
            True,
        )
    return f"Metrics are of {native}, never of the window in view.", False


def _in_words(space: str) -> str:
    """Return ``window:40/400`` as a person reads it."""
    kind, _, numbers = space.partition(":")
    first, _, second = numbers.partition("/")
    if kind == "window":
        return f"clipped to the window W {second}  L {first}"
    if kind == "percentile":
        return f"between the percentiles {first} and {second} of the reference"
    known = {
        "minmax": "between the extremes of the reference",
        "zscore": "in standard deviations",
        "8bit": "rounded to 8 bits",
    }
    return known.get(kind, f"in the space {space}")
