"""A source of MR whose references reach different values, so that no one tells the range."""

from pathlib import Path

import numpy as np

from tests.images.dicom_files import write_ct

REACH = {"a": 1200, "b": 3000}
"""The greatest value of each case's reference; the least is 0."""

PLAIN = {
    "Modality": "MR",
    "RescaleSlope": 1,
    "RescaleIntercept": 0,
    "RescaleType": None,
    "WindowCenter": None,
    "WindowWidth": None,
}


def write_mr(source: Path) -> Path:
    """Write two cases of two slices, a reference and an arm with noise each."""
    across = np.linspace(0, 1, 64)
    plane = np.sqrt(np.outer(across, across))
    for number, (case, reach) in enumerate(REACH.items()):
        truth = np.rint(np.stack([plane, plane[::-1]]) * reach)
        noise = np.random.default_rng(number).normal(0, 20, truth.shape)
        for arm, pixels in (("reference", truth), ("net", np.clip(truth + noise, 0, 4000))):
            write_ct(
                source / case / arm,
                pixels=pixels.astype("u2"),
                patient_number=number,
                series=f"{case}-{arm}",
                **PLAIN,
            )
    return source
