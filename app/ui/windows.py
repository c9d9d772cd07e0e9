"""The window presets offered for an image."""

from app.domain.image import Image, Window
from app.domain.metric import IntensityRange

CT_PRESETS = (
    ("Abdomen", 40.0, 400.0),
    ("Lung", -600.0, 1500.0),
    ("Bone", 400.0, 1800.0),
    ("Brain", 40.0, 80.0),
)


def presets(image: Image, full: IntensityRange) -> tuple[tuple[str, Window], ...]:
    """Return names and windows: the file's own first, then the modality's, then full range."""
    own = [
        (window.explanation or ("From the file" if number == 0 else f"From the file, {number + 1}"))
        for number, window in enumerate(image.windows)
    ]
    offered = list(zip(own, image.windows, strict=True))
    if image.modality == "CT" and image.unit in ("HU", ""):
        offered += [(name, Window(center, width)) for name, center, width in CT_PRESETS]
    name = "Full range (8-bit)" if image.bits_stored <= 8 else "Full range"
    middle = (full.low + full.high) / 2
    offered.append((name, Window(middle, max(full.width, 1e-6), "LINEAR_EXACT")))
    return tuple(offered)
