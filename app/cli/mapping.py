"""The command that keeps a local map as a file: map."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.measuring import Machine, Reference, Source, _refuse_folder, _stoppable, _usable
from app.cli.printing import follow, print_json, say


def add_to(cli: typer.Typer) -> None:
    """Give the command its name."""
    cli.command("map")(save)


def save(
    source: Source,
    case: Annotated[str, typer.Option("--case", help="Name of the case.")],
    arm: Annotated[str, typer.Option("--arm", help="Name of the arm.")],
    number: Annotated[
        int, typer.Option("--slice", min=1, help="Slice of the reference, as in metrics.csv.")
    ],
    id: Annotated[
        str,
        typer.Option("--map", help="Id of the map: error, ssim, gmsd, niqe, lpips-vgg:1, ..."),
    ],
    output: Annotated[
        Path, typer.Option("-o", help="The .npy file to write; what it is goes into .json beside.")
    ],
    reference: Reference = None,
    space: Annotated[
        str,
        typer.Option(
            help="native, window:CENTER/WIDTH, percentile:LOW/HIGH, minmax, zscore or 8bit."
        ),
    ] = "native",
    data_range: Annotated[
        str, typer.Option(help="auto, a width such as 255, or LOW..HIGH.")
    ] = "auto",
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 means one a processor.")] = 0,
    machine: Machine = False,
) -> int:
    """Keep a local map of one slice as an array, float64 with NaN where it is not defined."""
    from app.metrics.ranges import given_range
    from app.metrics.spaces import parse_space
    from app.workflows.measure import Request
    from app.workflows.pair import pair as find
    from app.workflows.save_map import known_map, save_map

    if output.suffix.lower() != ".npy":
        raise typer.BadParameter(f"name a file that ends in .npy with -o, not {output.name!r}")
    spaces = (_usable(lambda: parse_space(space)),)
    if data_range != "auto":
        _usable(lambda: given_range(data_range, ""))
    wanted = known_map(id.strip().lower())
    _refuse_folder(output)
    with _stoppable():
        found = follow(find(source, reference=reference), "Scanning", machine=machine)
        saved = follow(
            save_map(
                found,
                Request(spaces=spaces, data_range=data_range, jobs=jobs),
                output,
                case=case,
                arm=arm,
                slice_number=number,
                wanted=wanted,
            ),
            "Mapping",
            machine=machine,
        )
    rows, columns = saved.values.shape
    if machine:
        paths = {"array": str(saved.array), "description": str(saved.description)}
        print_json({"result": {**paths, "rows": rows, "columns": columns}})
    else:
        say(f"{wanted.title}, {rows} x {columns}: wrote {saved.array} and {saved.description.name}")
    return 0
