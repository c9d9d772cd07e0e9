"""No arguments: the application; otherwise the command line."""

import sys


def main() -> int:
    """Run BlindRead and return its exit code."""
    if len(sys.argv) == 1:
        from app.ui.main import run

        return run(sys.argv)
    from app.cli.main import run_command

    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
