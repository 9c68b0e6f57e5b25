"""Published models: by number or by the name in their manifest."""

from __future__ import annotations

from dataclasses import dataclass

from assay_chain import addressbook, store
from assay_chain.errors import AssayError, MalformedInput
from assay_chain.session import Session
from assay_chain.wrappers.models import Model, Models
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.service.declaration import Service
from assay_oracles.audits.whitebox import manifest as manifests
from assay_oracles.audits.whitebox.manifest import Card, Manifest, Served

from .specs import malformed

MAX_MANIFEST = 1 << 20  # bytes; what oracles accept by default


@dataclass(frozen=True)
class Published:
    """A registered model version with what its manifest says.

    Attributes:
        model: the registry's entry.
        manifest: a `Card` of a closed model, a `Manifest` of an open one; None when it cannot be read.
        problem: why it cannot be read; whoever needs the manifest raises it.
    """

    model: Model
    manifest: Card | None
    problem: AssayError | None

    @property
    def name(self) -> str | None:
        """The name in the manifest, or None when the manifest cannot be read."""
        return self.manifest.name if self.manifest else None

    @property
    def recountable(self) -> bool:
        """Whether oracles can count for themselves how the model treats protected groups: open, with two classes."""
        return isinstance(self.manifest, Manifest) and len(self.manifest.classes) == 2

    def readable(self) -> Card:
        """The manifest.

        Raises:
            AssayError: why it cannot be read.
        """
        if self.manifest is None:
            assert self.problem is not None, "an unread manifest has a reason"
            raise self.problem
        return self.manifest

    def recomputable(self) -> Manifest:
        """The manifest of an open model.

        Raises:
            AssayError: why it cannot be read, or that the model is closed.
        """
        try:
            return manifests.opened(self.readable())
        except SpecError as error:
            raise malformed(error, f"model {self.model.id}") from error

    def sampled(self) -> Served:
        """The manifest of a model that declares what its samples look like: an open one, or one offered as a service.

        Raises:
            AssayError: why it cannot be read, or that it is closed.
        """
        card = self.readable()
        return card if isinstance(card, Served) else self.recomputable()

    def served(self) -> tuple[Served, Service]:
        """The manifest of a model that is offered as a service, and that service.

        Raises:
            AssayError: why it cannot be read, or that it declares none.
        """
        try:
            return manifests.served(self.readable())
        except SpecError as error:
            raise malformed(error, f"model {self.model.id}") from error


class Catalogue:
    """Every published model of a network. Manifests are kept by digest, so each is fetched once."""

    def __init__(self, session: Session) -> None:
        """Read through `session`."""
        self._session = session
        self._models = Models(session)

    def all(self, block: int) -> list[Published]:
        """Every model version at `block`, oldest first."""
        return [self.get(number, block) for number in range(1, self._models.count(block) + 1)]

    def get(self, model_id: int, block: int) -> Published:
        """One model version.

        Raises:
            MalformedInput: no model has this number.
        """
        if not 1 <= model_id <= self._models.count(block):
            raise _unknown(str(model_id))
        model = self._models.model(model_id, block)
        try:
            return Published(model, self._manifest(model), None)
        except AssayError as problem:
            return Published(model, None, problem)

    def find(self, model: str | int, block: int) -> Published:
        """Find a model by number, or the newest version of the name.

        Raises:
            MalformedInput: nothing fits, or models of several suppliers do.
        """
        if isinstance(model, int) or model.isdecimal():
            return self.get(int(model), block)
        found = [published for published in self.all(block) if published.name == model]
        if not found:
            raise _unknown(model)
        owners = {published.model.owner for published in found}
        if len(owners) > 1:
            numbers = ", ".join(str(published.model.id) for published in found)
            raise MalformedInput(
                f"{len(owners)} suppliers have a model named {model!r}",
                code="ambiguous-model",
                culprit="local",
                hint=f"name it by number: {numbers}",
            )
        return found[-1]

    def _manifest(self, model: Model) -> Card:
        path = store.fetch(
            model.uri, model.manifest, max_bytes=MAX_MANIFEST, cache=addressbook.home() / "cache", timeout=30
        )
        try:
            return manifests.read(path.read_bytes())
        except SpecError as error:
            raise malformed(error, f"model {model.id}") from error


def _unknown(model: str) -> MalformedInput:
    return MalformedInput(
        f"there is no model {model!r} on this network",
        code="unknown-model",
        culprit="local",
        hint="`assay supplier models` lists them",
    )
