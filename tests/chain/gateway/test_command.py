"""`assay gateway` as a process: it says where it is, other commands pass it, and it stops in order."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from assay_chain import addressbook
from assay_chain.addressbook import AddressBook
from assay_chain.gateway import auditlog
from assay_chain.sockets import listen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.chain.gateway.conftest import on_one_engine
from tests.e2e.harness import good, here

pytestmark = pytest.mark.xdist_group("gateway")


@on_one_engine
def test_command__over_tls__lets_commands_in_but_no_second_gateway_and_stops_in_order(
    network: AddressBook, tmp_path: Path
) -> None:
    certificate, key = self_signed(tmp_path)
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    options = ["--network", str(network.path), "--dir", str(tmp_path / "door"), "--port", str(port), "--json"]
    command = [sys.executable, "-m", "assay_client.cli", "gateway", *options, "--tls", str(certificate), str(key)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert (told["schema"], told["url"]) == ("assay/gateway/1", f"https://127.0.0.1:{port}")
        book = addressbook.load(Path(told["addressbook"]))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
            assert requests.get(f"{told['url']}/healthz", timeout=30).json()["status"] == "ok"
            members = good(book, "gatekeeper", "members", "--as", "gatekeeper")["members"]
            assert {"client", "gatekeeper"} <= {member["name"] for member in members}
            good(book, "gatekeeper", "mint", "client", "1")
            stranger = here(book, "gatekeeper", "mint", "client", "1", "--as", "client")
            assert stranger.code == 5
            _refused_beside(process.pid, network, tmp_path / "door")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
    acts = [entry["act"] for entry in auditlog.read(tmp_path / "door")]
    assert acts.count("transaction") == 1
    assert acts.count("login") == 3


@on_one_engine
def test_command__port_taken_or_the_nodes_own_folder__is_refused(network: AddressBook, tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        done = here(network, "gateway", "--dir", str(tmp_path), "--port", port)
    assert (done.code, done.error["code"]) == (64, "port-taken")
    assert here(network, "gateway", "--dir", str(tmp_path), "--url", "assay.example/path").code == 64
    assert here(network, "gateway", "--dir", str(network.path.parent)).code == 64
    assert not addressbook.load(network.path).gateway


def _refused_beside(running: int, network: AddressBook, directory: Path) -> None:
    """A second gateway in the directory of a running one, at another port, changes nothing there."""
    before = _contents(directory)
    with listen("127.0.0.1", 0) as taken:  # lest it serves for ever where it is not refused
        second = here(network, "gateway", "--dir", str(directory), "--port", str(taken.getsockname()[1]))
    assert (second.code, second.error["code"], second.error["culprit"]) == (5, "gateway-running", "local")
    assert f"{directory} (process {running})" in second.error["message"]
    assert _contents(directory) == before


def _contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(built.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private
