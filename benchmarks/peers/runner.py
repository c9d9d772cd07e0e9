"""Run other packages' metrics and say how long they took.

    python runner.py FOLDER

FOLDER holds ``reference.npy`` and ``arm1.npy`` to ``arm4.npy`` (slices, rows, columns; integers),
``range.txt``, ``niqe.npz`` and ``lpips.npz``. Each line on standard input names a job, e.g.
``piq ssim``; each answer is one line of JSON with the seconds and the values. Images are in memory
in the form that the package takes before the clock starts. Whether a package is faster with all
pairs in one batch or one pair after the other, on one thread or all, is tried first, and the
fastest way is timed; two words more, e.g. ``one_by_one 1``, choose without a try.
"""

import contextlib
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(sys.argv[1])
LEARNED_SLICES = 2
Values = list[float]
Job = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@cache
def images(name: str) -> torch.Tensor:
    """Return images as the packages take them: 0..1 in float32, (slices, 1, rows, columns)."""
    low, high = (float(number) for number in (FOLDER / "range.txt").read_text().split())
    stored = np.load(FOLDER / f"{name}.npy").astype(np.float64)
    return torch.from_numpy(((stored - low) / (high - low)).clip(0, 1)).float()[:, None]


@cache
def jobs(peer: str) -> dict[str, Job]:
    """Return what a package can be asked to do; the package is imported now."""
    if peer == "piq":
        return piq_jobs()
    if peer == "pytorch-msssim":
        import pytorch_msssim

        return {
            "ssim": lambda x, y: pytorch_msssim.ssim(x, y, data_range=1.0, size_average=False),
            "ms-ssim": lambda x, y: pytorch_msssim.ms_ssim(
                x, y, data_range=1.0, size_average=False
            ),
        }
    if peer == "pyiqa":
        return pyiqa_jobs()
    if peer == "scikit-image":
        return skimage_jobs()
    raise ValueError(peer)


def piq_jobs() -> dict[str, Job]:
    """Return piq's metrics, by the definition that BlindRead has too."""
    import piq
    from torch.nn.functional import l1_loss, mse_loss

    def ssim(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return piq.ssim(x, y, downsample=False, reduction="none")

    def each(values: torch.Tensor) -> torch.Tensor:
        return values.mean(dim=(1, 2, 3))

    def together(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        found = (
            each(mse_loss(x, y, reduction="none")),
            each(l1_loss(x, y, reduction="none")),
            ssim(x, y),
            piq.multi_scale_ssim(x, y, reduction="none"),
            piq.gmsd(x, y, reduction="none"),
        )
        return torch.stack(found, dim=1).flatten()

    return {
        "ssim": ssim,
        "ms-ssim": lambda x, y: piq.multi_scale_ssim(x, y, reduction="none"),
        "vif-p": lambda x, y: piq.vif_p(x, y, reduction="none"),
        "fsim": lambda x, y: piq.fsim(x, y, chromatic=False, reduction="none"),
        "gmsd": lambda x, y: piq.gmsd(x, y, reduction="none"),
        "haarpsi": lambda x, y: piq.haarpsi(x, y, reduction="none"),
        "one-pass": together,
        "lpips-vgg": lambda x, y: piq_lpips()(x, y),
    }


@cache
def piq_lpips() -> torch.nn.Module:
    """Return piq's LPIPS with the weights of a file, which it would fetch itself."""
    import torchvision
    from piq.perceptual import VGG16_LAYERS, ContentLoss

    stored = np.load(FOLDER / "lpips.npz")
    trunk = torchvision.models.vgg16(weights=None).features
    convolutions = [layer for layer in trunk if isinstance(layer, torch.nn.Conv2d)]
    for number, layer in enumerate(convolutions):
        layer.weight.data = torch.from_numpy(stored[f"features.{number}.weight"])
        layer.bias.data = torch.from_numpy(stored[f"features.{number}.bias"])
    names = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
    heads = [torch.from_numpy(stored[f"heads.{n}"]).view(1, -1, 1, 1) for n in range(5)]
    return ContentLoss(
        trunk.eval(),
        layers=[VGG16_LAYERS[name] for name in names],
        weights=heads,
        reduction="none",
        normalize_features=True,
    )


def pyiqa_jobs() -> dict[str, Job]:
    """Return pyiqa's NIQE with the published model, which it would fetch itself."""
    from pyiqa.archs.niqe_arch import calculate_niqe

    stored = np.load(FOLDER / "niqe.npz")
    mean = torch.from_numpy(stored["mean"].reshape(1, -1))
    covariance = torch.from_numpy(stored["covariance"])[None]
    return {
        "niqe": lambda x, _: calculate_niqe(x, mu_pris_param=mean, cov_pris_param=covariance),
    }


def skimage_jobs() -> dict[str, Job]:
    """Return scikit-image's SSIM with its whole map."""
    from skimage.metrics import structural_similarity

    def ssim(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        found = [
            structural_similarity(
                two[0], one[0], data_range=1.0, full=True,
                gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
            )[0]
            for one, two in zip(x.numpy(), y.numpy(), strict=True)
        ]  # fmt: skip
        return torch.tensor(found)

    return {"ssim": ssim}


@cache
def inputs(work: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return reconstructions and references of one job, pair by pair; made once."""
    if work != "lpips-vgg":
        return images("arm1"), images("reference")
    truth = images("reference")[:LEARNED_SLICES]
    arms = [images(f"arm{n}")[:LEARNED_SLICES] for n in range(1, 5)]
    return three(torch.cat(arms)), three(torch.cat([truth] * 4))


def three(plane: torch.Tensor) -> torch.Tensor:
    """Return one channel as three."""
    return plane.repeat(1, 3, 1, 1)


def batch(job: Job, work: str) -> tuple[float, Values]:
    """Time a job on all pairs at once."""
    x, y = inputs(work)
    begun = time.perf_counter()
    found = job(x, y)
    return time.perf_counter() - begun, found.flatten().tolist()


def one_by_one(job: Job, work: str) -> tuple[float, Values]:
    """Time a job on one pair after the other."""
    x, y = inputs(work)
    begun = time.perf_counter()
    found = [job(x[i : i + 1], y[i : i + 1]).flatten() for i in range(len(x))]
    return time.perf_counter() - begun, torch.cat(found).tolist()


ORDERS = {"batch": batch, "one_by_one": one_by_one}
THREADS = torch.get_num_threads()
Way = tuple[str, int]


def timed(peer: str, work: str, way: Way) -> tuple[float, Values]:
    """Time a job in one order on a number of threads."""
    order, threads = way
    torch.set_num_threads(threads)
    return ORDERS[order](jobs(peer)[work], work)


@cache
def faster(peer: str, work: str) -> Way:
    """Return the fastest way; quick jobs are tried twice, the first time to warm up."""
    tries, threads = (1, {THREADS}) if work == "lpips-vgg" else (2, {1, THREADS})
    ways = [(order, number) for number in sorted(threads) for order in ORDERS]
    taken = {way: [timed(peer, work, way)[0] for _ in range(tries)][-1] for way in ways}
    return min(ways, key=lambda way: taken[way])


def peak_memory() -> int:
    """Return the most memory that this process held, in kilobytes; not what its parent held."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])
    except (OSError, IndexError):  # not on macOS and Windows
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Answer one line of JSON to each job."""
    answers = sys.stdout
    for line in sys.stdin:
        peer, work, *chosen = line.split()
        with contextlib.redirect_stdout(sys.stderr), torch.inference_mode():
            way = (chosen[0], int(chosen[1])) if chosen else faster(peer, work)
            before = time.process_time()
            seconds, values = timed(peer, work, way)
            processor = time.process_time() - before
        told = {
            "seconds": seconds,
            "processor": processor,
            "possible": THREADS,
            "values": values,
            "way": f"{way[0]} {way[1]}",
            "kilobytes": peak_memory(),
        }
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
