"""The sample study, ready to be opened."""

import os
from collections.abc import Generator
from pathlib import Path

from app.domain.progress import Progress


def default_folder() -> Path:
    """Return where the application keeps the sample study."""
    import platformdirs

    home = os.environ.get("BLINDREAD_SETTINGS")
    base = Path(home) if home else Path(platformdirs.user_data_dir("blindread", appauthor=False))
    return base / "sample study"


def sample(folder: Path | None = None) -> Generator[Progress, None, Path]:
    """Write the sample study where it is not there yet; return its folder.

    Raises
    ------
    InputError
        The public pictures that it is made of are not installed.
    StoreError
        The folder cannot be written.
    """
    from app.images.sample.build import build_sample

    return (yield from build_sample(folder or default_folder()))
