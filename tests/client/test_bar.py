"""Progress where no terminal is: silent at first, then a line now and then."""

import time

import pytest
from assay_client.cli.bar import LINE_SECONDS, bar


def test_bar__no_terminal__a_line_now_and_then_once_it_takes_long(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with bar("rows checked") as progress:
        for second in range(int(2.5 * LINE_SECONDS)):
            now = float(second)
            progress(second, 25)
        progress(25, None)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "10 of 25 rows checked\n20 of 25 rows checked\n")
