"""Which dataset of an HDF5 file is the image, and what is refused."""

import h5py
import numpy as np
import pytest

from app.images.read import read_image
from tests.images.dicom_files import phantom
from tests.images.formats.files import write_h5
from tests.images.workflow import scanned

VOLUME = phantom(2).astype(np.float32)


def outcome(folder):
    """Return the dataset that was taken, or the refusal."""
    found = scanned(folder)
    if found.series:
        np.testing.assert_array_equal(read_image(found.series[0]).pixels, VOLUME)
        return found.series[0].storage.member
    return found.problems[0].what


@pytest.mark.parametrize(("kspace", "taken"), [((2, 4, 4), "esc"), ((2, 3, 4, 4), "rss")])
def test_fastmri_takes_the_ground_truth_of_its_challenge(tmp_path, kspace, taken):
    """One coil: reconstruction_esc; several coils: reconstruction_rss (arXiv:1811.08839)."""
    both = {f"reconstruction_{name}": VOLUME if name == taken else VOLUME + 1
            for name in ("esc", "rss")}  # fmt: skip
    write_h5(tmp_path / "a.h5", kspace=np.zeros(kspace, np.complex64), **both)

    assert outcome(tmp_path) == f"reconstruction_{taken}"
    assert "coil" in scanned(tmp_path).series[0].storage.remarks[0]


@pytest.mark.parametrize("name", ["reconstruction", "target", "reconstruction_rss", "volume"])
def test_the_only_image_is_taken(tmp_path, name):
    write_h5(tmp_path / "a.h5", packed=True, **{name: VOLUME, "mask": np.ones((9, 9)),
                                                "ismrmrd": np.arange(5)})  # fmt: skip

    assert outcome(tmp_path) == name


def test_a_known_name_is_taken_before_others(tmp_path):
    write_h5(tmp_path / "a.hdf5", reconstruction=VOLUME, sensitivity=VOLUME + 1)

    assert outcome(tmp_path) == "reconstruction"


@pytest.mark.parametrize(("arrays", "words"), [
    ({"kspace": np.zeros((2, 4, 4), np.complex64)}, "it holds k-space and no image"),
    ({"one": VOLUME, "group/two": VOLUME}, "2 datasets and nothing says which is the image: "
     "group/two, one"),
    ({"reconstruction": VOLUME, "target": VOLUME}, "reconstruction, target"),
    ({"flat": np.zeros(4)}, "it holds no dataset of two or three axes"),
])  # fmt: skip
def test_what_would_be_a_guess_is_refused(tmp_path, arrays, words):
    write_h5(tmp_path / "a.h5", **arrays)

    assert words in outcome(tmp_path)


def test_other_files_are_not_opened(tmp_path):
    write_h5(tmp_path / "secret.bin", image=VOLUME)
    (tmp_path / "raw.bin").write_bytes(VOLUME.tobytes())
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["link"] = h5py.ExternalLink("secret.bin", "image")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        where = [(str(tmp_path / "raw.bin"), 0, VOLUME.nbytes)]
        file.create_dataset("image", VOLUME.shape, VOLUME.dtype, external=where)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        layout = h5py.VirtualLayout(VOLUME.shape, VOLUME.dtype)
        layout[:] = h5py.VirtualSource(tmp_path / "secret.bin", "image", VOLUME.shape)
        file.create_virtual_dataset("image", layout)

    found = scanned(tmp_path)

    assert not found.series
    assert "no dataset" in found.problems[0].what
    assert all("lies in other files" in one.what for one in found.problems[1:])


def test_blocks_and_shapes_that_would_take_the_memory_are_refused(tmp_path):
    with h5py.File(tmp_path / "block.h5", "w") as file:
        shape = (2, 2**15, 2**14)
        file.create_dataset("image", shape, "u1", chunks=shape, compression="gzip")
    with h5py.File(tmp_path / "shape.h5", "w") as file:
        file.create_dataset("image", (2**12, 2**12, 2**12), "f8", chunks=(1, 64, 64))
    with h5py.File(tmp_path / "empty.h5", "w") as file:
        file.create_dataset("image", (2, 64, 64), "f8", chunks=(1, 64, 64))

    words = [one.what for one in scanned(tmp_path).problems]

    assert "blocks grow to 1.0 GiB" in words[0]
    assert "never written" in words[1]
    assert "need 512.0 GiB" in words[2]
