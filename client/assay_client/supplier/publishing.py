"""Publishing a model: check it as an oracle would, upload its artifacts, register it with its claims."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from assay_chain import addressbook
from assay_chain.errors import AssayError, MalformedInput
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.store import Store, fetch
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.models import Claim, Models, Op
from assay_oracles.audits.claims import Claim as ManifestClaim
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import manifest as manifests
from assay_oracles.audits.whitebox.manifest import Card, Manifest, Served

from assay_client.catalogue import Catalogue
from assay_client.choosing import choose_policy, of_model
from assay_client.specs import malformed

from . import checking, draft

FETCH_BYTES = 1 << 30
FETCH_SECONDS = 600


class ClaimsUnmet(AssayError):
    """The supplier's own computation breaks its own claims."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True)
class Publication:
    """A registered model version.

    Attributes:
        model_id: its number.
        digest: SHA-256 of the manifest, 32 bytes; `uri` is where the manifest is.
        tx: hash of the transaction that registered it.
        new: False when this very manifest was registered before.
    """

    model_id: int
    digest: bytes
    uri: str
    tx: str
    new: bool


def publish(
    session: Session,
    folder: Path,
    *,
    store: str | None = None,
    supersedes: str | None = None,
    compute: bool = True,
    allow_unmet: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Publication:
    """Publish the model in `folder` as the session's account. Nothing is uploaded or sent before every check has
    passed.

    Args:
        session: acts as the supplier.
        folder: holds model.json and the files that it names.
        store: root URI to put artifacts under; by default the address book's.
        supersedes: number or name of the supplier's version that this one replaces.
        compute: also compute the metrics, and judge the claims.
        allow_unmet: publish although the supplier's own computation breaks a claim.
        say: told what happens.

    Raises:
        MalformedInput: an oracle would find the specification invalid, culprit supplier; or there is no model
            `supersedes`.
        ClaimsUnmet: a claim is broken.
        Refused: the account is no supplier, or cannot pay the gas.
        PeerUnreachable: the store or the chain.
    """
    assert session.account is not None, "publishing is signed"
    head = session.head().number
    Membership(session).require(Role.SUPPLIER, session.account.address, head)
    replaced = 0 if supersedes is None else Catalogue(session).find(supersedes, head).model.id
    found = draft.load(folder)
    where = folder / draft.NAME
    manifest = _read(found.seal(_cite_local), where)
    if isinstance(manifest, Manifest):
        _check(session, found, manifest, where, compute=compute, allow_unmet=allow_unmet, say=say)
    elif isinstance(manifest, Served):
        say("The model is closed: nothing of it can be recomputed, only its service and its fairness can be audited")
        checking.check_samples(manifest, _files(found, manifest)["test"], where)
    else:
        say("The model is closed: nothing of it can be recomputed, only its fairness can be proven and audited")
    target = Store(store or session.book.store)

    def upload(path: Path) -> Mapping[str, Any]:
        say(f"Uploading {path.name}")
        artifact = target.put(path)
        return {"digest": f"sha256:{artifact.digest.hex()}", "uri": artifact.uri, "bytes": artifact.size}

    sealed = found.seal(upload)
    return _register(session, target, sealed, _read(sealed, where).claims, replaced)


def local(folder: Path) -> tuple[Manifest, dict[str, Path]]:
    """An open model on the author's disk: its manifest, and every artifact by role.

    Raises:
        MalformedInput: it is none, or closed; culprit supplier.
        PeerUnreachable: an artifact that it cites cannot be fetched.
    """
    found, where = draft.load(folder), folder / draft.NAME
    try:
        manifest = manifests.opened(_read(found.seal(_cite_local), where))
    except SpecError as error:
        raise malformed(error, where) from error
    return manifest, _files(found, manifest)


def _check(
    session: Session,
    found: draft.Draft,
    manifest: Manifest,
    where: Path,
    *,
    compute: bool,
    allow_unmet: bool,
    say: Callable[[str], None],
) -> None:
    """Check an open model as an oracle would; see `publish`."""
    files = _files(found, manifest)
    if compute:
        say("Computing the metrics as an oracle would")
        forecast = checking.compute(manifest, files, where, _tolerances(session, manifest))
        say(", ".join(f"{name} {m.value:.4f}" for name, m in forecast.metrics.items() if m.value is not None))
        for claim in forecast.of_state("undecided"):
            say(f"Too close to call, an audit will not decide it: {claim}")
        broken = forecast.of_state("broken")
        if broken and not allow_unmet:
            raise ClaimsUnmet(
                f"own claims are not met: {'; '.join(broken)}",
                code="claims-unmet",
                culprit="supplier",
                hint="Correct the claims or the model; --allow-unmet-claims publishes all the same.",
            )
    else:
        checking.check(manifest, files, where)


def _register(
    session: Session, store: Store, sealed: bytes, claims: tuple[ManifestClaim, ...], replaced: int
) -> Publication:
    assert session.account is not None, "publishing is signed"
    models, head = Models(session), session.head().number
    artifact = store.put(sealed)
    known = models.id_of(session.account.address, artifact.digest, block=head)
    if known is not None:
        model = models.model(known, block=head)
        return Publication(known, artifact.digest, model.uri, models.registration(model), new=False)
    promises = [
        Claim(claim.metric, Op.AT_LEAST if claim.op == ">=" else Op.AT_MOST, claim.bound_micro, claim.tolerance_micro)
        for claim in claims
    ]
    model_id, receipt = models.register(artifact.digest, artifact.uri, promises, supersedes=replaced)
    return Publication(model_id, artifact.digest, artifact.uri, receipt["transactionHash"].to_0x_hex(), new=True)


def _tolerances(session: Session, manifest: Manifest) -> dict[str, int] | None:
    """Those of the policy that an audit of the model would follow by default; None when there is no such policy yet."""
    try:
        policy = choose_policy(session, of_model(len(manifest.classes)), None, session.head().number)
    except MalformedInput:
        return None
    return {lane.name: lane.tolerance for lane in policy.lanes}


def _read(data: bytes, where: Path) -> Card:
    try:
        return manifests.read(data)
    except SpecError as error:
        raise malformed(error, where) from error


def _cite_local(path: Path) -> Mapping[str, Any]:
    """A citation that only serves to check the manifest before anything is uploaded."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"digest": f"sha256:{digest}", "uri": path.absolute().as_uri(), "bytes": path.stat().st_size}


def _files(found: draft.Draft, manifest: Served) -> dict[str, Path]:
    """Every artifact by role: the local files, and what the draft cites as published already."""
    roles = {("weights",): "weights", ("training_set",): "train", ("recipe", "train"): "train", ("test",): "test"}
    files = {roles[slot]: path for slot, path in found.files.items()}
    for ref in manifest.artifacts():
        if ref.role not in files:
            files[ref.role] = fetch(
                ref.uri,
                ref.digest,
                max_bytes=FETCH_BYTES,
                cache=addressbook.home() / "cache",
                timeout=FETCH_SECONDS,
            )
    return files
