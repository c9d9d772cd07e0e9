"""Files are written whole, or not at all, and never over something that is no file."""

import os

import pytest

from app.errors import StoreError
from app.store.files import atomic_write, make_folder


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_special_file_is_refused_and_left_alone(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(StoreError, match="no ordinary file"):
        atomic_write(pipe, "text")
    assert pipe.is_fifo()


def test_a_folder_in_the_place_of_a_file_and_a_file_in_the_place_of_a_folder(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="is a folder"):
        atomic_write(tmp_path, "text")
    with pytest.raises(StoreError, match="cannot be made"):
        make_folder(tmp_path / "file" / "folder")
