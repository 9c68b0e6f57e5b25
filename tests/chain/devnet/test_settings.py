"""What a devnet is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from assay_chain.devnet.settings import Settings
from assay_chain.errors import Usage

COMMITTED = Path(__file__).parents[3] / "hardhat-free-devnet" / "devnet.json"


def test_settings__committed_file__is_the_defaults(tmp_path):
    assert Settings.load(COMMITTED, directory=tmp_path) == Settings(directory=tmp_path)
    assert set(json.loads(COMMITTED.read_text())) == set(Settings.__dataclass_fields__) - {"directory"}


def test_settings__override__comes_first_and_none_does_not(tmp_path):
    settings = Settings.load(COMMITTED, directory=tmp_path, port=0, block_time=None)
    assert (settings.port, settings.block_time) == (0, 1.0)


@pytest.mark.parametrize(
    "bad",
    [
        {"engine": "geth"},
        {"port": -1},
        {"port": 65536},
        {"port": "8545"},
        {"block_time": 0},
        {"block_time": 0.01},
        {"block_time": float("nan")},
        {"block_time": True},
        {"oracles": 0},
        {"oracles": 257},
        {"oracles": 2.0},
        {"minimum_stake": -1},
        {"unbonding_blocks": 0},
    ],
)
def test_settings__out_of_range__names_the_setting(tmp_path, bad):
    with pytest.raises(Usage) as caught:
        Settings(directory=tmp_path, **bad)
    assert next(iter(bad)) in caught.value.message


@pytest.mark.parametrize("text", ["", "[]", "{", '{"directory": "x", "colour": 1}', '{"port": []}'])
def test_settings__file_malformed__is_a_usage_error(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(Usage):
        Settings.load(path, directory=tmp_path)
