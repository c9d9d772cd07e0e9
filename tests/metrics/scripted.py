"""Small TorchScript modules in the place of Ma's model."""

import warnings

import torch


class Bright(torch.nn.Module):
    """Judges by brightness: 0 is black, 10 is white."""

    def forward(self, grey: torch.Tensor):
        return grey.mean() / 25.5


class Dark(torch.nn.Module):
    def forward(self, grey: torch.Tensor):
        return 10 - grey.mean() / 25.5


class Number(torch.nn.Module):
    """Returns a number and not a tensor."""

    def forward(self, grey: torch.Tensor) -> float:
        return grey.mean().item() / 25.5


class Nothing(torch.nn.Module):
    def forward(self, grey: torch.Tensor):
        return grey.mean() * float("nan")


class Raises(torch.nn.Module):
    def forward(self, grey: torch.Tensor):
        if grey.size(0) == 1:
            raise ValueError("I want three channels")
        return grey.mean()


class Refuses(torch.nn.Module):
    """Judges any picture but a dark one."""

    def forward(self, grey: torch.Tensor):
        if bool(grey.mean() < 20):
            return grey.mean() / 0.0 * 0.0
        return grey.mean() / 25.5


class Many(torch.nn.Module):
    def forward(self, grey: torch.Tensor):
        return grey / 25.5


class Two(torch.nn.Module):
    def forward(self, grey: torch.Tensor, other: torch.Tensor):
        return grey.mean() + other.mean()


class Random(torch.nn.Module):
    def forward(self, grey: torch.Tensor):
        return grey.mean() / 25.5 + torch.rand(1)


class Constant(torch.nn.Module):
    def forward(self, grey: torch.Tensor):
        return torch.zeros_like(grey).mean() + 5.0


class Percent(torch.nn.Module):
    def forward(self, grey: torch.Tensor):
        return grey.mean() / 2.55


def write(module, path, *, traced=False):
    """Write a module as a person would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch would rather have another format
        made = (
            torch.jit.trace(module.eval(), torch.rand(1, 1, 64, 64) * 255)
            if traced
            else torch.jit.script(module.eval())
        )
        made.save(str(path))
    return path
