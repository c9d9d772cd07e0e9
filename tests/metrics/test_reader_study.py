"""Our values against those published with a reader study of low-dose CT."""

import pytest

from app.domain.metric import Space
from app.metrics.evaluate import evaluate_slice
from app.metrics.inputs import SliceInputs
from app.metrics.ranges import auto_range
from app.metrics.regions import body_mask
from tests.metrics.conftest import rows

pytestmark = pytest.mark.shared

LEAVES_FAINT_AIR = {"CTformer", "DDIM", "DDPM", "DPM", "PNDM", "Restormer"}


@pytest.fixture
def study(shared):
    return shared / "data" / "ldct-reader-study"


@pytest.mark.parametrize("case", ["set01", "set08", "set15"])
def test_published_mse_psnr_and_ssim_are_reproduced(study, case):
    import pydicom

    def values(arm):
        return pydicom.dcmread(study / "dicom" / case / arm / "1.dcm").pixel_array.astype(float)

    expected = [row for row in rows(study / "expected_metrics.csv") if row["set"] == case]
    assert len(expected) == 13
    reference = values("NDCT")
    full_scale = auto_range("CT", 8, (reference.min(), reference.max()))
    body = body_mask(reference, "CT", full_scale)
    for row in expected:
        inputs = SliceInputs(
            reference,
            values(row["method"]),
            None,
            body,
            full_scale,
            Space(),
            ("mse", "psnr", "ssim"),
            ("whole", "body"),
        )
        found = {(one.metric, one.region): one for one in evaluate_slice(inputs)}

        assert found["mse", "whole"].value == pytest.approx(float(row["mse"]), rel=1e-8)
        assert found["psnr", "whole"].value == pytest.approx(float(row["psnr"]), abs=1e-4)
        assert found["ssim", "whole"].value == pytest.approx(float(row["ssim"]), abs=1e-5)
        decided = "background-dominated" in found["ssim", "whole"].flags
        assert decided == (row["method"] in LEAVES_FAINT_AIR), row
