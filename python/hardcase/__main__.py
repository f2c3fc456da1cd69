"""The command line: `python -m hardcase`, and the console script `hardcase`."""

import signal
import sys


def main() -> None:
    """Run the command line of `sys.argv` and end with its exit code."""
    # Python's own handler would only note Ctrl+C until the program is done.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from . import _hardcase

    sys.exit(_hardcase.main(["hardcase", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
