"""What a reader's machine gets of a case."""

import numpy as np

from app.display import grey_levels
from app.domain.image import Grid, Image
from app.workflows.blinding import window_of


def test_values_from_0_to_1_open_with_all_their_greys():
    ramp = np.linspace(0, 1, 2 * 64 * 64, dtype=np.float32).reshape(2, 64, 64)
    reference = Image(ramp, (1.0,) * 2, (0.0,) * 2, Grid(64, 64, 2), modality="MR")

    greys = grey_levels(ramp, 1.0, 0.0, window_of(reference))

    assert len(np.unique(greys)) == 256
