"""``python -m assay_chain.build`` rewrites the artifacts; with ``--check`` it only compares."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assay_chain import artifacts
from assay_chain.build.compile import compile_contracts


def main(argv: list[str] | None = None) -> int:
    """Exit code 0 when the artifacts are (now) those of the sources, 1 when `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m assay_chain.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on any difference")
    check = parser.parse_args(argv).check

    folder = Path(artifacts.__file__).parent
    fresh = {f"{name}.json": artifact.to_json() for name, artifact in compile_contracts().items()}
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    stale = sorted(name for name in fresh | committed if fresh.get(name) != committed.get(name))
    for name in stale:
        sys.stderr.write(f"{'differs' if check else 'rewritten'}: {name}\n")
    if check:
        return 1 if stale else 0
    for name in stale:
        (folder / name).unlink(missing_ok=True)
        if name in fresh:
            (folder / name).write_text(fresh[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
