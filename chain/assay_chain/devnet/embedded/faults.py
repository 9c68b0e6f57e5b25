"""JSON-RPC errors, with the codes and words of geth."""

from __future__ import annotations

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from .forms import data

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
LIMIT_EXCEEDED = -32005
SERVER_ERROR = -32000
REVERTED = 3

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")
_PANICS = {
    0x00: "generic panic",
    0x01: "assert(false)",
    0x11: "arithmetic underflow or overflow",
    0x12: "division or modulo by zero",
    0x21: "enum overflow",
    0x22: "invalid encoded storage byte array accessed",
    0x31: "out-of-bounds array access; popping on an empty array",
    0x32: "out-of-bounds access of an array or bytesN",
    0x41: "out of memory",
    0x51: "uninitialized function",
}


class RpcError(Exception):
    """An answer that is an error. `data` is the revert data in hex, where there is any."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        """See the class."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def to_json(self) -> dict[str, object]:
        """The `error` member of a JSON-RPC response."""
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.data is not None:
            body["data"] = self.data
        return body


def reverted(output: bytes) -> RpcError:
    """The error of a call that reverted with `output`: custom errors travel as `data`, reasons in words too."""
    reason = _reason(output)
    return RpcError(REVERTED, f"execution reverted: {reason}" if reason else "execution reverted", data(output))


def _reason(output: bytes) -> str:
    """The reason of `Error(string)` or `Panic(uint256)`, or an empty string."""
    selector, body = output[:4], output[4:]
    try:
        if selector == _ERROR_STRING:
            return str(decode(["string"], body)[0])
        if selector == _PANIC:
            code = int(decode(["uint256"], body)[0])
            return _PANICS.get(code, f"unknown panic code: {code:#x}")
    except (DecodingError, UnicodeDecodeError, OverflowError):
        pass
    return ""
