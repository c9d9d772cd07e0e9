import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.metrics.winograd import Winograd


def layer(rng, channels, shape, *, positive=True):
    plane = rng.normal(size=(1, channels, *shape)).astype(np.float32)
    plane = np.maximum(plane, 0) if positive else plane
    return torch.from_numpy(plane).contiguous(memory_format=torch.channels_last)


def weights(rng, channels, out):
    kernel = rng.normal(size=(out, channels, 3, 3)) / np.sqrt(9 * channels)
    return kernel.astype(np.float32), rng.normal(0, 0.1, out).astype(np.float32)


def plain(x, kernel, bias):
    made = torch.conv2d(
        x.double(), torch.from_numpy(kernel).double(), torch.from_numpy(bias).double(), padding=1
    )
    return made.relu_()


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 30), st.sampled_from([32, 48]))
@settings(max_examples=30, deadline=None)
def test_agrees_with_the_plain_sums_for_any_size(seed, rows, columns, out):
    rng = np.random.default_rng(seed)
    x, (kernel, bias) = layer(rng, 32, (rows, columns)), weights(rng, 32, out)

    made = Winograd(kernel, bias)(x)

    exact = plain(x, kernel, bias)
    assert made.shape == exact.shape
    assert (made - exact).abs().max() < 1e-5 * max(1.0, float(exact.max()))


def test_more_tiles_than_are_worked_on_at_once():
    rng = np.random.default_rng(3)
    x, (kernel, bias) = layer(rng, 64, (61, 83)), weights(rng, 64, 128)

    made = Winograd(kernel, bias)(x)

    exact = plain(x, kernel, bias)
    assert (made - exact).abs().max() < 1e-5 * float(exact.max())


def test_a_layer_of_one_bright_pixel_is_the_taps_turned_round():
    kernel = np.zeros((32, 32, 3, 3), dtype=np.float32)
    kernel[5, 7] = np.arange(1, 10).reshape(3, 3)
    x = torch.zeros((1, 32, 9, 10))
    x[0, 7, 4, 6] = 1

    made = Winograd(kernel, np.zeros(32, dtype=np.float32))(x)

    assert made[0, 5, 3:6, 5:8].numpy() == pytest.approx(kernel[5, 7, ::-1, ::-1], abs=1e-5)
    assert float(made[0, 6].abs().max()) == 0
    assert float(made[0, 5, :, :4].abs().max()) < 1e-5


def test_what_is_below_zero_becomes_zero_after_the_bias():
    rng = np.random.default_rng(4)
    kernel, bias = weights(rng, 32, 32)
    bias -= 100

    made = Winograd(kernel, bias)(layer(rng, 32, (8, 8)))

    assert float(made.max()) == 0


def test_the_same_bytes_wherever_the_memory_comes_from():
    rng = np.random.default_rng(5)
    x, (kernel, bias) = layer(rng, 32, (30, 22)), weights(rng, 32, 32)

    first = Winograd(kernel, bias)(x)
    second = Winograd(kernel, bias)(x.contiguous(memory_format=torch.contiguous_format))

    assert torch.equal(first, second)
