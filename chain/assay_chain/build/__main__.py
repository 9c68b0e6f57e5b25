"""``python -m assay_chain.build`` rewrites the artifacts; with ``--check`` it only compares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from solcx.exceptions import SolcError

from assay_chain import artifacts
from assay_chain.build.compile import compile_contracts

FOLDER = Path(artifacts.__file__).parent


def main(argv: list[str] | None = None) -> int:
    """Exit code 0 when the artifacts are (now) those of the sources, 1 when they differ or nothing compiles."""
    parser = argparse.ArgumentParser(prog="python -m assay_chain.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on any difference")
    check = parser.parse_args(argv).check

    try:
        fresh = {f"{name}.json": artifact.to_json() for name, artifact in compile_contracts().items()}
    except SolcError as error:
        # The exception's own text repeats the whole input and output.
        sys.stderr.write(f"{error.message}\n")
        return 1
    stale = differences(fresh)
    for name in stale:
        sys.stderr.write(f"{'differs' if check else 'rewritten'}: {name}\n")
    if check:
        return 1 if stale else 0
    for name in stale:
        (FOLDER / name).unlink(missing_ok=True)
        if name in fresh:
            (FOLDER / name).write_text(fresh[name], encoding="utf-8")
    return 0


def differences(fresh: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """Names of the files that are missing from the folder, too many in it, or other than the fresh ones."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in {**fresh, **committed} if fresh.get(name) != committed.get(name))


if __name__ == "__main__":
    sys.exit(main())
