"""`python -m tests.backtest FILE...`: predicts the latest wave in the files from the earlier ones, and prints how good that was.

Exit code 1 where the estimator loses more than it may, 2 for files that cannot be used.
"""

import argparse
import sys
from pathlib import Path

import msgspec

from tests.backtest.report import figures, lines, results
from tests.backtest.waves import BadFile, read


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.backtest", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="waves of public figures, as CSV; any number of files")
    parser.add_argument("--test", metavar="WAVE", help="the wave to predict, such as 2022-11; the latest unless told")
    parser.add_argument("--train", metavar="WAVE", nargs="+", default=(), help="the waves that may be used; all earlier ones unless told")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes the same figures there")
    asked = parser.parse_args()
    try:
        platforms = read(asked.files, test=asked.test, train=asked.train)
    except (BadFile, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found = results(platforms)
    sys.stdout.writelines(f"{line}\n" for line in lines(platforms, found))
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode([figures(result) for result in found])))
    return 0 if all(result.holds for result in found) else 1


if __name__ == "__main__":
    sys.exit(main())
