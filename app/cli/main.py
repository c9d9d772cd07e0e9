"""The command line: arguments in, exit code out."""

import sys
from collections.abc import Sequence
from typing import cast

import typer

from app import SOFTWARE
from app.cli import fetching, importing, mapping, measuring, studies
from app.cli.windows import Windows
from app.errors import BlindReadError, StoreError

# Typer raises Click's errors, from Click itself or from a copy of its own.
UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])

__all__ = ["Windows", "run_command"]

DONE, FAILED, WRONG_USAGE, PROBLEMS, STOPPED = 0, 1, 2, 3, 130

cli = typer.Typer(
    name="blindread",
    help="Measure generated medical images, have them read blinded, and compare.\n\n"
    "Without arguments the application opens. Exit codes: 0 done, 1 failed with one "
    "sentence, 2 wrong usage, 3 done with problems listed, 130 stopped by Ctrl-C.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
measuring.add_to(cli)
mapping.add_to(cli)
fetching.add_to(cli)
studies.add_to(cli)
importing.add_to(cli)


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


def run_command(arguments: Sequence[str], windows: Windows) -> int:
    """Run one command, or without arguments the application.

    Every expected failure is one sentence on standard error.
    """
    from app.cli.printing import ask_machine_output, tell_failure, tell_stop

    try:
        if not arguments:
            return windows.application(None, None)
        code = cli(list(arguments), prog_name="blindread", standalone_mode=False, obj=windows)
    except typer.Exit as stop:
        if stop.exit_code == STOPPED:  # how Typer tells of Ctrl-C
            tell_stop()
        return stop.exit_code
    except (typer.Abort, KeyboardInterrupt):
        tell_stop()
        return STOPPED
    except UsageError as error:
        error.show()
        return WRONG_USAGE
    except BlindReadError as error:
        tell_failure(error, machine=ask_machine_output(arguments))
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except OSError as error:  # the disk or the network, where no floor had a sentence for it
        tell_failure(
            StoreError(
                f"{error.filename or 'The system'}: {error.strerror or error}.",
                remedy="Check that the place exists, is yours to write and has free space.",
            ),
            machine=ask_machine_output(arguments),
        )
        return FAILED
    return code if isinstance(code, int) else DONE
