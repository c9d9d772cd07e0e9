"""A decoder that crashes or hangs ends a helper, never the program."""

import os
import sys
import threading

import numpy as np
import pytest
from pydicom.uid import RLELossless

from app.errors import NotAnImage, WorkerDied
from app.images.worker import DecoderDied, DecodingWorker, decode
from tests.images.dicom_files import phantom, write_ct

LIMIT = 2**20


@pytest.fixture
def compressed(tmp_path):
    (path,) = write_ct(tmp_path, slices=1, names=["packed.dcm"], syntax=RLELossless)
    return path


@pytest.fixture
def start():
    workers = []

    def make(*arguments, **named):
        workers.append(DecodingWorker(*arguments, **named))
        return workers[-1]

    yield make
    for worker in workers:
        worker.close()


def test_one_helper_serves_many_threads(start, compressed):
    worker, results = start(), []
    threads = [
        threading.Thread(target=lambda: results.append(worker.decode(compressed, 0, LIMIT)[0]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 4
    for pixels in results:
        np.testing.assert_array_equal(pixels, phantom(1)[0])


def test_a_crash_names_the_file_and_the_next_frame_gets_a_new_helper(start, compressed):
    marker = compressed.with_suffix(".crashed")
    crash_once = (
        "import os, sys, pathlib, runpy\n"
        "marker = pathlib.Path(sys.argv[1])\n"
        "if not marker.exists():\n"
        "    marker.touch(); sys.stdin.buffer.read(4); os.abort()\n"
        "runpy.run_module('app.images.worker', run_name='__main__')\n"
    )
    worker = start([sys.executable, "-c", crash_once, str(marker)])

    with pytest.raises(WorkerDied, match=r"packed\.dcm: the decoder crashed"):
        worker.decode(compressed, 0, LIMIT)

    np.testing.assert_array_equal(worker.decode(compressed, 0, LIMIT)[0], phantom(1)[0])


def test_a_decoder_that_hangs_is_ended(start, compressed):
    hang = "import sys; sys.stdin.buffer.read()"
    worker = start([sys.executable, "-c", hang], timeout=0.2, startup=0.0)

    with pytest.raises(WorkerDied, match="took longer"):
        worker.decode(compressed, 0, LIMIT)


def test_more_pixels_than_the_header_declares_are_not_taken(start, compressed):
    with pytest.raises(DecoderDied):
        start().decode(compressed, 0, 100)


def test_the_death_of_a_decoder_is_a_refusal_of_that_file():
    """So whoever goes on after a damaged file goes on after this one."""
    assert issubclass(DecoderDied, NotAnImage)
    assert issubclass(DecoderDied, WorkerDied)


def test_damaged_pixels_are_refused_and_the_helper_lives_on(start, compressed):
    worker = start()
    damaged = compressed.with_name("damaged.dcm")
    data = bytearray(compressed.read_bytes())
    at = data.rindex(b"\xfe\xff\x00\xe0") + 8
    data[at : at + 4] = b"\xff\xff\xff\xff"
    damaged.write_bytes(data)

    with pytest.raises(NotAnImage, match=r"damaged\.dcm: frame 1 cannot be decoded as RLE"):
        worker.decode(damaged, 0, LIMIT)

    np.testing.assert_array_equal(worker.decode(compressed, 0, LIMIT)[0], phantom(1)[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_a_helper_of_its_own(compressed):
    """A copy of the parent's pipe would mix up the frames of both."""
    import multiprocessing

    decode(compressed, 0, LIMIT)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pixels, _ = pool.apply(decode, (compressed, 0, LIMIT))

    np.testing.assert_array_equal(pixels, decode(compressed, 0, LIMIT)[0])
