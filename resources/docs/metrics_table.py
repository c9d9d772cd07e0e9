"""Write metrics.md: what each metric is, and how far it is from other packages' values.

    python resources/docs/metrics_table.py [VALUES]

VALUES is a folder of published values of other packages: ``cases.csv`` and ``expected.csv``, and
the images of each case. The page metrics.md, beside this script, is written anew; without VALUES
only its list of metrics.
"""

import argparse
import csv
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.domain.metric import IntensityRange, Space
from app.metrics.catalog import ENTRIES
from app.metrics.evaluate import SliceInputs, evaluate_slice, prepare
from app.metrics.inputs import Kept, Plane
from app.metrics.registry import local_map

PAGE = Path(__file__).with_name("metrics.md")
MARK = "<!-- What follows is written by metrics_table.py. -->"
AGREEMENT = "## Ours against each other package"
UNIT = IntensityRange(0.0, 1.0, "given")
FLOOR = 1e-10
"""Differences below it are the order of sums, which no two programs share."""

OURS = {
    ("mse", "range1"): "mse",
    ("mae", "range1"): "mae",
    ("nrmse", "euclidean"): "nrmse",
    ("nrmse", "min-max"): "nrmse@minmax",
    ("psnr", "range1"): "psnr",
    ("psnr", "range1+1e-8"): "psnr@piq",
    ("psnr", "gt_minmax"): "psnr@gt-minmax",
    ("ssim", "gauss11_valid"): "ssim",
    ("ssim", "box7_samplecov"): "ssim@box7",
    ("ssim", "box11_valid"): "ssim@box11",
    ("ssim", "gauss11_valid_avgpool256"): "ssim@avgpool256",
    ("ssim", "gauss11_reflectpad_full"): "ssim@reflect",
    ("ssim", "gauss11_valid_uint8round_relu"): "ssim@uint8",
    ("ssim_map", "gauss11_valid"): "ssim",
    ("ssim_map_min", "gauss11_valid"): "ssim",
    ("ms_ssim", "gauss11_valid"): "ms-ssim",
    ("iw_ssim", "piq"): "iw-ssim",
    ("vif_p", "scale255_sn2"): "vif-p",
    ("fsim", "avgpool256"): "fsim",
    ("fsim_gray3", "avgpool256"): "fsim",
    ("gmsd", "piq"): "gmsd",
    ("haarpsi", "piq"): "haarpsi",
    ("srsim", "piq"): "sr-sim",
    ("dss", "piq"): "dss",
    ("mdsi", "gray3"): "mdsi",
    ("vsi", "gray3"): "vsi",
    ("lpips_alex", "v0.1"): "lpips-alex",
    ("lpips_vgg", "v0.1"): "lpips-vgg",
    ("dists", "fullres"): "dists",
    ("dists", "bilinear256"): "dists@256",
    ("niqe", "gray_uint8_official_model_exact_zero(1e-9)"): "niqe",
    ("niqe", "gray_uint8_official_model"): "niqe",
    ("niqe", "gray_uint8_official_model_naive"): "niqe",
}
"""Our id of a quantity and its definition; what is not here is not offered."""

ABSENT = {
    ("vif_p", "scale1_sn2 (wrong: unscaled)"): "its constant supposes 0..255; it is given 0..1",
    ("vif", "wavelet_uint8round"): "another metric: in wavelets, of images rounded to 8 bits",
    ("gmsd", "uint8round"): "images rounded to 8 bits first",
    ("lpips_alex_spatial_mean", "v0.1"): "each layer enlarged to the image, then averaged",
    ("ms_ssim", "gauss11_valid_oddpad_zero"): "odd sizes padded with zeros at each halving",
    ("ms_ssim", "reflectpad_last"): "borders reflected; the border counts",
    ("ms_ssim", "uint8round"): "images rounded to 8 bits first",
    ("ms_ssim", "uniform2_stride2"): "other halving; scales of small images left out unsaid",
    ("fsimc", "avgpool256"): "of colour images",
    ("mdsi", "rgb"): "of colour images",
    ("vsi", "rgb"): "of colour images",
}
"""Definitions of others that are not offered, and what sets them apart."""

OVER_CHANNELS = ("mse", "mae", "ssim", "ssim@box7", "ssim@box11", "ssim@reflect")
"""Where the value of a colour image is the mean of its channels' values."""

TOLERANCES = {
    ("psnr", "torchmetrics"): 2.2e-6,
    ("ssim", "pytorch_msssim"): 1e-5,
    ("ssim", "piq float32"): 3.61e-5,
    ("ssim", "pyiqa"): 1e-6,
    ("ms_ssim", "pytorch_msssim"): 1.05e-6,
    ("vif_p", "piq"): 5e-9,
    ("fsim", "piq"): 1e-7,
    ("fsim_gray3", "pyiqa"): 5e-6,
    **{
        (metric, peer): 1e-7
        for metric in ("lpips_alex", "lpips_vgg")
        for peer in ("lpips", "piq float32", "torchmetrics float32", "pyiqa float32")
    },
    ("dists", "DISTS_pytorch float32"): 1e-6,
    ("dists", "pyiqa float32"): 1e-6,
    ("dists", "piq float32"): 1e-6,
}
"""How far a package is from others of the same definition; 1e-9 where it is not here.

Of FSIM in piq, how far our responses in float32 may move a value."""


@dataclass(frozen=True, slots=True)
class Key:
    """One quantity of one peer."""

    metric: str
    definition: str
    peer: str
    precision: str


@dataclass(slots=True)
class Agreement:
    """How far we are from the values of one peer."""

    key: Key
    ours: str
    differences: list[float] = field(default_factory=list)

    @property
    def largest(self) -> float:
        """The largest difference; of NIQE relative to the peer's value."""
        return max(self.differences)

    @property
    def tolerance(self) -> float:
        """How far independent packages are from each other."""
        key = self.key
        if key.metric == "niqe":
            return 1e-9 if "exact_zero" in key.definition else 0.02
        single = " float32" if key.precision == "float32" else ""
        return TOLERANCES.get((key.metric, key.peer.split()[0] + single), 1e-9)

    @property
    def bound(self) -> str:
        """What all differences are below."""
        return bound(self.largest)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("values", type=Path, nargs="?")
    values = parser.parse_args().values
    former = PAGE.read_text("utf-8")
    if values is None:
        agreement = AGREEMENT + former.split(AGREEMENT)[1].rstrip("\n")
    else:
        agreement = agreement_part(values, agreements(values, read(values / "expected.csv")))
    PAGE.write_text(page(former, agreement), "utf-8")


def page(former: str, agreement: str) -> str:
    """Return the page: its head as it was, and the tables made anew."""
    head = former.split(MARK)[0]
    return f"{head}{MARK}\n\n{catalogue()}\n\n{agreement}\n"


def catalogue() -> str:
    """Return the table of all our metrics."""
    lines = [
        "## What each metric is\n",
        "| id | what it says | definition | better | source |",
        "| --- | --- | --- | --- | --- |",
    ]
    for entry in ENTRIES:
        one = entry.definition
        definition = str(one.parameters.get("definition", ""))
        lines.append(row((f"`{one.id}`", one.summary, definition, one.better, one.source)))
    return "\n".join(lines)


def agreement_part(values: Path, found: Sequence[Agreement]) -> str:
    """Return the table of differences, and what is not offered."""
    lines = [
        f"{AGREEMENT}\n",
        "| ours | quantity, definition | package | it computed in | values | difference |",
        "| --- | --- | --- | --- | ---: | ---: |",
    ]
    for one in found:
        quantity = f"{one.key.metric}, {one.key.definition}"
        relative = " of the value" if one.key.metric == "niqe" else ""
        cells = (f"`{one.ours}`", quantity, one.key.peer, one.key.precision)
        lines.append(row((*cells, len(one.differences), f"{one.bound}{relative}")))
    lines += [
        "",
        "## Definitions that are not offered\n",
        "| quantity, definition | package | what sets it apart |",
        "| --- | --- | --- |",
    ]
    expected = read(values / "expected.csv")
    for (metric, definition), words in ABSENT.items():
        peers = dict.fromkeys(
            version(line)
            for line in expected
            if (line["metric"], line["definition"]) == (metric, definition)
        )
        lines.append(row((f"{metric}, {definition}", ", ".join(peers), words)))
    return "\n".join(lines)


def agreements(values: Path, expected: Sequence[dict[str, str]]) -> list[Agreement]:
    """Compare every published value of a definition that is ours too."""
    cases = {line["case"]: line for line in read(values / "cases.csv")}
    measured: dict[str, list[Measured]] = {}
    shared: dict[str, list[Kept]] = {}
    found: dict[Key, Agreement] = {}
    for line in expected:
        quantity = line["metric"].split("[")[0]
        ours = OURS.get((quantity, line["definition"]))
        if ours is None:
            continue
        key = Key(quantity, line["definition"], version(line), precision(line))
        one = found.setdefault(key, Agreement(key, ours))
        case, name = line["case"], line["pred"]
        if case not in shared:  # one case after the other: what it shares is large
            shared, measured = {case: [Kept() for _ in range(3)]}, {}
        if name not in measured:
            pairs = planes(values, cases[case], name)
            measured[name] = [Measured(*pair, shared[case][n]) for n, pair in enumerate(pairs)]
        channels = measured[name]
        if len(channels) > 1 and ours not in OVER_CHANNELS:
            continue
        known = [channel.value(line["metric"], ours) for channel in channels]
        given = [value for value in known if value is not None]
        if len(given) < len(known):
            continue
        theirs = float(line["value"])
        apart = abs(float(np.mean(given)) - theirs)
        one.differences.append(apart / theirs if key.metric == "niqe" else apart)
    return [one for one in found.values() if one.differences]


class Measured:
    """One plane against its reference, measured as far as it is asked for."""

    def __init__(self, reference: Plane, reconstruction: Plane, shared: Kept) -> None:
        self._planes = reference, reconstruction
        self._shared = shared
        self._values: dict[str, float | None] = {}
        self._map: Plane | None = None

    def value(self, quantity: str, ours: str) -> float | None:
        """Return our value; None where we refuse the slice."""
        if quantity.startswith("ssim_map"):
            return self._of_map(quantity)
        if ours not in self._values:
            (result,) = evaluate_slice(self._inputs(ours))
            self._values[ours] = result.value
        return self._values[ours]

    def _of_map(self, quantity: str) -> float:
        if self._map is None:
            self._map = local_map("ssim", prepare(self._inputs("ssim")))[5:-5, 5:-5]
        if quantity == "ssim_map_min":
            return float(self._map.min())
        at, column = (int(number) for number in quantity[9:-1].split(","))
        return float(self._map[at, column])

    def _inputs(self, metric: str) -> SliceInputs:
        return SliceInputs(*self._planes, None, None, UNIT, Space(), (metric,), shared=self._shared)


def planes(values: Path, case: dict[str, str], name: str) -> list[tuple[Plane, Plane]]:
    """Return reference and reconstruction in 0..1, one pair for each channel."""
    low, high = float(case["lo"]), float(case["hi"])
    with np.load(values / case["file"]) as stored:
        pair = [(stored[key].astype(np.float64) - low) / (high - low) for key in ("gt", name)]
    if pair[0].ndim == 2:
        return [(pair[0], pair[1])]
    return [
        (np.ascontiguousarray(pair[0][..., n]), np.ascontiguousarray(pair[1][..., n]))
        for n in range(pair[0].shape[-1])
    ]


def precision(line: dict[str, str]) -> str:
    """Return what a peer computed in."""
    return line["dtype"] if line["peer"] != "prototype" else "float64"


def version(line: dict[str, str]) -> str:
    """Return a peer and its version."""
    return line["peer"] if line["peer_version"] == "-" else f"{line['peer']} {line['peer_version']}"


def bound(largest: float) -> str:
    """Return what a difference is below: 1, 2 or 5 times a power of ten."""
    if largest < FLOOR:
        return f"< {FLOOR:.0e}"
    power = 10.0 ** math.floor(math.log10(largest))
    return f"< {next(step for step in (2, 5, 10) if largest < step * power) * power:.0e}"


def row(cells: Iterable[object]) -> str:
    """Return a line of a table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def read(path: Path) -> list[dict[str, str]]:
    """Return the lines of a table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


if __name__ == "__main__":
    sys.exit(main())
