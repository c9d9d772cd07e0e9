"""The command line: arguments in, exit code out."""

import sys
from collections.abc import Sequence

import click
import typer

from app import SOFTWARE
from app.cli import measuring, studies
from app.errors import BlindReadError

DONE, FAILED, WRONG_USAGE, PROBLEMS = 0, 1, 2, 3

cli = typer.Typer(
    name="blindread",
    help="Measure generated medical images, have them read blinded, and compare.\n\n"
    "Without arguments the application opens. Exit codes: 0 done, 1 failed with one "
    "sentence, 2 wrong usage, 3 done with problems listed.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
measuring.add_to(cli)
studies.add_to(cli)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(SOFTWARE)
        raise typer.Exit


@cli.callback()
def blindread(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Measure generated medical images, have them read blinded, and compare."""


def run_command(arguments: Sequence[str]) -> int:
    """Run one command; every expected failure is one sentence on standard error."""
    from app.cli.printing import ask_machine_output, tell_failure

    try:
        code = cli(list(arguments), prog_name="blindread", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.Abort:
        typer.echo("Stopped.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return WRONG_USAGE
    except BlindReadError as error:
        tell_failure(error, machine=ask_machine_output(arguments))
        return FAILED
    except KeyboardInterrupt:
        typer.echo("Stopped; finished work is kept where the command can resume.", err=True)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    return code if isinstance(code, int) else DONE
