"""Small images, pairs and workflows for the tests of the screen; no files, no metrics."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.domain.image import Grid, Image, Window
from app.domain.metric import IntensityRange, MapDefinition, MetricValue
from app.domain.pair import Pair, Pairing, Problem, Series, SliceFile
from app.domain.progress import Progress
from app.errors import NotAnImage
from app.ui.inspect_work import InspectWork

CASES = ("case-1", "case-2")


def image(
    slices=5, rows=64, columns=48, *, spacing=(1.0, 1.0), noise=0.0, modality="CT", **more
) -> Image:
    """Build an ellipse with a few inserts in HU; ``noise`` is its deviation."""
    down, across = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    planes = []
    generator = np.random.default_rng(rows + int(10 * noise))
    for index in range(slices):
        plane = np.full((rows, columns), -1000.0)
        plane[(across / 0.85) ** 2 + (down / 0.65) ** 2 < 1] = 40
        plane[((across + 0.35) / 0.22) ** 2 + (down / 0.3) ** 2 < 1] = -800
        plane[((across - 0.35) / 0.22) ** 2 + (down / 0.3) ** 2 < 1] = -780
        plane[across**2 + (down - 0.4) ** 2 < 0.01 + 0.002 * index] = 700
        if noise:
            plane = plane + generator.normal(0, noise * (1 + index / slices), plane.shape)
        planes.append(np.rint(plane + 1024))
    grid = Grid(rows=rows, columns=columns, slices=slices, spacing=spacing)
    settings = {
        "slopes": (1.0,) * slices,
        "intercepts": (-1024.0,) * slices,
        "unit": "HU",
        "windows": (Window(40.0, 400.0, explanation="ABDOMEN"),),
        **more,
    }
    return Image(pixels=np.stack(planes).astype(np.int16), grid=grid, modality=modality, **settings)


def series(name: str, slices=5) -> Series:
    return Series(
        uid=f"1.2.{name}",
        folder=Path(name),
        modality="CT",
        grid=Grid(rows=64, columns=48, slices=slices),
        slices=tuple(SliceFile(Path(f"{name}/{i}.dcm")) for i in range(slices)),
    )


def pair(case: str, arm: str, slices=5, **more) -> Pair:
    return Pair(
        case=case,
        arm=arm,
        reference=series("reference", slices),
        reconstruction=series(arm, slices),
        slices=tuple((i, i) for i in range(slices)),
        matched_by="folder",
        **more,
    )


def pairing(source: Path, cases=CASES, arms=("mild", "strong"), slices=5) -> Pairing:
    return Pairing(
        source=source,
        reference_name="reference",
        pairs=tuple(pair(case, arm, slices) for case in cases for arm in arms),
        problems=(
            Problem(
                "case-3/strong/007.dcm",
                "The file case-3/strong/007.dcm ends in the middle of its pixels.",
                "Copy it again from where it came.",
            ),
        ),
    )


def value(case="c", arm="a", slice_number=1, metric="ssim", number=0.9, **more) -> MetricValue:
    usual = {
        "region": "whole",
        "unit": "dB" if metric == "psnr" else "",
        "better": "higher" if metric in ("ssim", "psnr") else "lower",
        "space": "native",
        "data_range": 4096.0,
        "parameters": json.dumps({"sigma": 1.5}),
        "reference_uid": "1.2.reference",
        "reconstruction_uid": f"1.2.{arm}",
        "flags": (),
        "software": "blindread test",
    }
    return MetricValue(
        case=case, arm=arm, slice=slice_number, metric=metric, value=number, **{**usual, **more}
    )


def values_of(found: Pairing) -> tuple[MetricValue, ...]:
    generator = np.random.default_rng(1)
    metrics = (("mse", 900), ("psnr", 38), ("ssim", 0.95), ("niqe", 4.2), ("lpips-vgg", 0.12))
    made = []
    for one in found.pairs:
        for region in ("whole", "body"):
            for number in (None, *range(1, len(one.slices) + 1)):
                for metric, middle in metrics:
                    measured = float(middle * generator.uniform(0.9, 1.05))
                    flags = ("background-dominated",) if number == 3 and metric == "ssim" else ()
                    made.append(
                        value(
                            one.case, one.arm, number, metric, measured, region=region, flags=flags
                        )
                    )
    return tuple(made)


MAPS = (
    (MapDefinition("error", "Absolute error", "The difference.", "lower", 0.0), ""),
    (MapDefinition("absent", "Absent", "Needs more.", "lower", 0.0), "its weights are missing"),
    (MapDefinition("ssim", "SSIM", "Agreement.", "higher", 1.0, 0.0, 1.0), ""),
)
FULL = IntensityRange(-1024.0, 3071.0, "CT 12-bit")


@dataclass(frozen=True, eq=False)
class FakeView:
    pair: Pair
    reference: Image
    reconstruction: Image
    range: IntensityRange | None = FULL
    full: IntensityRange = FULL

    @property
    def slices(self) -> int:
        return self.reference.grid.slices

    @property
    def window(self) -> Window:
        return self.reference.windows[0]


class FakeWork:
    """Workflows that need no file; counts what it was asked."""

    def __init__(self, folder: Path, *, slices=5, rows=64, columns=48, command=None, values=None):
        self.folder, self.slices, self.rows, self.columns = folder, slices, rows, columns
        self.command = command or ["true"]
        self.values = values
        self.paired: list[str | None] = []
        self.asked: list[tuple[str, int]] = []
        self.maps_ended = False

    def pair(self, source, reference):
        self.paired.append(reference)
        yield Progress(0, 1, "reading headers")
        if source.name == "broken":
            raise NotAnImage("The file x.dcm holds no image.", remedy="Remove it.")
        if source.name == "empty":
            return Pairing(source, "", (), ())
        return pairing(source, cases=() if source.name == "unnamed" else CASES, slices=self.slices)

    def load(self, wanted, _looking_at):
        yield Progress(0, 1, "reading")
        noise = 60.0 if wanted.arm == "strong" else 25.0
        size = {"slices": self.slices, "rows": self.rows, "columns": self.columns}
        return FakeView(wanted, image(**size), image(noise=noise, **size))

    def read_ahead(self, _pair):
        yield Progress(0, 1, "")

    def difference(self, view, index):
        return view.reconstruction.values(index) - view.reference.values(index)

    def list_maps(self):
        return MAPS

    def metric_map(self, view, index, wanted):
        self.asked.append((wanted.id, index))
        yield Progress(0, 1, wanted.title)
        error = np.abs(self.difference(view, index))
        if wanted.id == "error":
            return error
        made = 1 / (1 + error / 100)
        made[:5], made[-5:], made[:, :5], made[:, -5:] = (np.nan,) * 4
        return made

    def end_maps(self):
        self.maps_ended = True

    def read_values(self, csv):
        return self.values or values_of(pairing(csv.parent, slices=self.slices))

    def default_output(self, _source):
        return self.folder / "metrics.csv"

    def measure_command(self, *_):
        return list(self.command)

    def work(self) -> InspectWork:
        return InspectWork(
            pair=self.pair,
            load=self.load,
            read_ahead=self.read_ahead,
            difference=self.difference,
            list_maps=self.list_maps,
            metric_map=self.metric_map,
            end_maps=self.end_maps,
            body_folder=lambda _: self.folder / "body-masks",
            read_values=self.read_values,
            default_output=self.default_output,
            measure_command=self.measure_command,
        )
