"""A reconstruction gives the same values in every format, where the bits allow."""

import json

import numpy as np
import pytest

from app.workflows.measure import Request, measure
from app.workflows.pair import pair
from tests.images.dicom_files import phantom, write_ct
from tests.images.formats.files import (
    write_h5,
    write_nifti,
    write_npy,
    write_npz,
    write_pngs,
    write_tiff,
)
from tests.images.workflow import finish

REQUEST = Request(metrics=("mse", "mae", "psnr", "ssim"), jobs=1)


def measured(source, output):
    """Return {arm: {(slice, region, metric): value}}, and the rows."""
    found = finish(pair(source))
    assert not found.problems
    rows = finish(measure(found, REQUEST, output)).values
    table = {}
    for row in rows:
        table.setdefault(row.arm, {})[row.slice, row.region, row.metric] = row.value
    return table, rows


@pytest.fixture
def stored():
    return phantom(3, seed=1)


def test_stored_numbers_with_a_stated_mapping_equal_the_dicom(tmp_path, stored):
    """16-bit numbers and slope 1, intercept -1024 in a manifest: every value equal, bit by bit."""
    write_ct(tmp_path / "truth", slices=3)
    write_ct(tmp_path / "dicom", pixels=stored)
    write_pngs(tmp_path / "png", stored)
    write_nifti(tmp_path / "nifti.nii.gz", stored)
    write_npy(tmp_path / "array.npy", stored)
    write_npz(tmp_path / "arrays.npz", image=stored, other=np.zeros(3))
    write_h5(tmp_path / "data.h5", packed=True, reconstruction=stored)
    write_tiff(tmp_path / "pages.tif", stored, compression="zlib")
    write_pngs(tmp_path / "tiffs", stored, "{}.tif")
    arms = {"dicom": ",", "png": "1,-1024", "nifti.nii.gz": "1,-1024", "array.npy": "1,-1024",
            "arrays.npz": ",-1024", "data.h5": "1.0,-1024.0", "pages.tif": "1,-1024",
            "tiffs": "1,-1024"}  # fmt: skip
    lines = ["case,arm,role,path,slope,intercept", "p,,reference,truth,,"]
    lines += [f"p,{arm},reconstruction,{arm},{stated}" for arm, stated in arms.items()]
    (tmp_path / "manifest.csv").write_text("\n".join(lines))

    table, rows = measured(tmp_path / "manifest.csv", tmp_path / "metrics.csv")

    assert set(table) == set(arms)
    assert table["dicom"][None, "whole", "mse"] > 0
    for arm, values in table.items():
        assert values == table["dicom"], arm
    told = {row.arm: json.loads(row.parameters).get("value_mapping") for row in rows}
    assert told["dicom"] is None
    assert told["png"] == {
        "stored": "PNG uint16", "values": "manifest", "slope": 1.0, "intercept": -1024.0
    }  # fmt: skip
    flags = {row.arm: row.flags for row in rows}
    assert "16-bit-picture" in flags["png"]
    assert not any("range-differs" in one or "units-differ" in one for one in flags.values())


def test_real_values_as_stored_equal_the_dicom(tmp_path, stored):
    """Hounsfield units in files that keep floats need no mapping; NIfTI may carry its own."""
    hounsfield = stored.astype(np.float32) - 1024
    case = tmp_path / "source" / "case01"
    write_ct(case / "reference", slices=3)
    write_ct(case / "dicom", pixels=stored)
    write_nifti(case / "nifti.nii", hounsfield)
    write_nifti(case / "scaled.nii.gz", stored, slope_inter=(1, -1024))
    write_npy(case / "npy" / "volume.npy", hounsfield.astype(np.float64))
    write_npz(case / "npz.npz", volume=hounsfield)
    write_h5(case / "hdf5" / "file.h5", reconstruction_rss=hounsfield, mask=np.ones((3, 4)))
    write_tiff(case / "tiff.tiff", hounsfield)
    write_tiff(case / "half.tif", hounsfield.astype(np.float16))

    table, rows = measured(tmp_path / "source", tmp_path / "metrics.csv")

    assert set(table) == {"dicom", "nifti", "scaled", "npy", "npz", "hdf5", "tiff", "half"}
    for arm, values in table.items():
        assert values == table["dicom"] or arm == "half", arm
    told = {row.arm: json.loads(row.parameters).get("value_mapping") for row in rows}
    assert told["npy"] == {"stored": "NumPy float64", "values": "as stored"}
    assert told["scaled"]["values"] == "file"


def test_a_resumed_measurement_does_not_keep_values_of_another_mapping(tmp_path):
    write_ct(tmp_path / "truth", slices=9)
    write_npy(tmp_path / "array.npy", phantom(9, seed=1))
    manifest, output = tmp_path / "manifest.csv", tmp_path / "metrics.csv"

    def work(intercept):
        manifest.write_text(
            "case,arm,role,path,slope,intercept\np,,reference,truth,,\n"
            f"p,a,reconstruction,array.npy,1,{intercept}\n"
        )
        return measure(finish(pair(manifest)), REQUEST, output)

    halted = work(-1024)
    known = 0
    while known < 8:  # slices come several at once, in any order
        known = next(halted).done
    halted.close()

    assert finish(work(-1024)).resumed == known
    assert finish(work(-1000)).resumed == 0
