"""One small tree of errors: what happened, whose fault it is, what to do."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

Culprit: TypeAlias = Literal["supplier", "owner", "provider", "oracle", "client", "gatekeeper", "chain", "local"]


class AssayError(Exception):
    """Whatever can go wrong through no bug of ours. Only its subclasses are raised.

    Attributes:
        code: kebab-case name for programs.
        culprit: whose fault it is; ``owner`` is the owner of labels, ``local`` this machine or the person at it.
        message: what happened, one sentence for people.
        hint: what to do about it; may be empty.
        exit_code: of a command that ends with this error (design, section 8).
    """

    exit_code: ClassVar[int]

    def __init__(self, message: str, *, code: str, culprit: Culprit, hint: str = "") -> None:
        """Keep the four fields; `str()` is the message alone."""
        super().__init__(message)
        self.code = code
        self.culprit = culprit
        self.message = message
        self.hint = hint

    def to_json(self) -> dict[str, dict[str, str]]:
        """The object that every command prints for an error under ``--json``."""
        fields = {"code": self.code, "culprit": self.culprit, "message": self.message, "hint": self.hint}
        return {"error": fields}


class Inconclusive(AssayError):
    """Nothing went wrong, yet there is no answer (for example: not within the time given)."""

    exit_code = 2


class MalformedInput(AssayError):
    """A file, a number or an answer that does not have the form it must have."""

    exit_code = 3


class PeerUnreachable(AssayError):
    """A node, a store or another peer could not be had."""

    exit_code = 4


class Refused(AssayError):
    """Rights, funds or the rules of a contract do not allow it."""

    exit_code = 5


class Usage(AssayError):
    """The caller asked for something that makes no sense."""

    exit_code = 64


class Reverted(Refused):
    """A contract refused a transaction or a call.

    Attributes:
        name: of the contract's custom error, or ``Error``, ``Panic`` or an empty string for unnamed refusals.
        args_: the error's values by parameter name.
    """

    def __init__(
        self, message: str, *, code: str, culprit: Culprit, hint: str = "", name: str = "", args_: dict[str, Any]
    ) -> None:
        """Keep the decoded error beside the four fields."""
        super().__init__(message, code=code, culprit=culprit, hint=hint)
        self.name = name
        self.args_ = args_


class Unconfirmed(Inconclusive):
    """A transaction was sent (or may have been) and its receipt did not come in time. It can still be included.

    Attributes:
        tx_hash: 32 bytes; `Session.wait` takes it up again.
    """

    def __init__(self, message: str, *, code: str, culprit: Culprit, hint: str = "", tx_hash: bytes) -> None:
        """Keep the transaction's hash beside the four fields."""
        super().__init__(message, code=code, culprit=culprit, hint=hint)
        self.tx_hash = tx_hash
