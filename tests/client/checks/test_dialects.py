"""Servers of other shapes, answered by the same model: each is told by its URL and checked like any other."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assay_client.checks.endpoints.base import Party
from assay_client.checks.endpoints.http import HttpEndpoint, Manners
from assay_client.checks.endpoints.info import Info
from assay_client.checks.endpoints.local import LocalEndpoint
from assay_client.zoo import models
from assay_client.zoo.supplier import SEED_CONFIG, Instance

from tests.client.checks.conftest import Check

INFO = {"input_shape": [1, 8, 8], "classes": 10, "decimals": 6, "batch": 64}
METADATA = {
    "name": "digits",
    "inputs": [{"name": "image", "datatype": "FP64", "shape": [-1, 1, 8, 8]}],
    "outputs": [{"name": "probabilities", "datatype": "FP64", "shape": [-1, 10]}],
}


@pytest.fixture(scope="module")
def servers(zoo: str) -> Iterator[str]:
    """TensorFlow Serving, MLflow, Open Inference and a plain one, all with the zoo's supplier behind them."""
    instance = Instance(models.load(), SEED_CONFIG)

    def probs(inputs: Any) -> list[list[float]]:
        return instance.answer(np.asarray(inputs, dtype=np.float64)).probs.tolist()

    def answer(path: str, body: Any) -> Any:
        if path == "/v1/models/digits:predict":
            return {"predictions": probs(body["instances"])}
        if path in ("/invocations", "/any/predictions"):
            return {"predictions": probs(body["inputs"])}
        (tensor,) = body["inputs"]
        assert path == "/v2/models/digits/infer"
        assert (tensor["name"], tensor["datatype"]) == ("image", "FP64")
        found = probs(np.reshape(tensor["data"], tensor["shape"]))
        data = [value for row in found for value in row]
        output = {"name": "probabilities", "datatype": "FP64", "shape": [len(found), 10], "data": data}
        return {"model_name": "digits", "id": body.get("id"), "outputs": [output]}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(METADATA if self.path == "/v2/models/digits" else None)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(answer(self.path, body))

        def _send(self, document: Any) -> None:
            content = json.dumps(document).encode()
            self.send_response(200 if document else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "path",
    ["/v1/models/digits:predict", "/invocations", "/any/predictions", "/v2/models/digits", "/v2/models/digits/infer"],
)
def test_dialect__told_by_its_url__replays_against_the_supplier(check: Check, servers: str, path: str) -> None:
    code, report = check(servers + path, "--methods", "replay")
    assert code == 0, report


def test_dialect__on_both_sides_without_description__usage_unless_told(
    check: Check, servers: str, tmp_path: Path
) -> None:
    line = (f"{servers}/invocations", "--against", f"{servers}/any/predictions", "--methods", "benchmark")
    code, error = check(*line, against=None)
    assert (code, error["error"]["code"]) == (64, "no-info")
    (tmp_path / "info.json").write_text(json.dumps(INFO))
    assert check(*line, "--info", str(tmp_path / "info.json"), against=None)[0] == 0


def test_nonce__over_the_classification_api__arrives_as_hexadecimal(zoo: str) -> None:
    endpoint = HttpEndpoint(Party("supplier", f"{zoo}/supplier"), Manners())
    answer = endpoint.classify(np.zeros((1, 1, 8, 8)), b"\x01\xff", lambda why: True)
    endpoint.close()
    assert answer.probs.sum() == pytest.approx(1)


def test_instances__of_equal_configuration__answer_alike_and_of_another_differ(zoo: str) -> None:
    supplier = HttpEndpoint(Party("supplier", f"{zoo}/supplier"), Manners())
    inputs = np.random.default_rng(0).random((4, 1, 8, 8))
    answers = []
    for seed in (1, 1, 2):
        instance = supplier.start({"seed": seed, "noise": 0.2})
        answers.append(instance.classify(inputs, None, lambda why: True).probs)
        instance.close()
    supplier.close()
    assert (answers[0] == answers[1]).all()
    assert (answers[0] != answers[2]).any()


def test_local__python_function__is_asked_and_checked_like_a_service() -> None:
    info = Info((2,), 3)
    party = Party("local", "mine")
    good = LocalEndpoint(lambda inputs: np.full((len(inputs), 3), 1 / 3), info, party)
    assert good.classify(np.zeros((5, 2)), None, lambda why: True).probs.shape == (5, 3)
    bad = LocalEndpoint(lambda inputs: np.full((len(inputs), 3), np.nan), info, party)
    with pytest.raises(Exception, match="NaN") as caught:
        bad.classify(np.zeros((5, 2)), None, lambda why: True)
    assert caught.value.culprit == "local"  # type: ignore[attr-defined]
