"""The wire to a node: plain JSON-RPC over HTTP, whose every transport failure is a `PeerUnreachable`."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import requests
from web3 import HTTPProvider
from web3.providers.rpc.utils import REQUEST_RETRY_ALLOWLIST, ExceptionRetryConfiguration
from web3.types import RPCEndpoint, RPCResponse

from assay_chain.errors import AssayError, Culprit, PeerUnreachable

ATTEMPTS: Final = 3
BACKOFF_SECONDS: Final = 0.2

# Raw transactions are re-sent by `transactions`, which knows what a second sending may mean.
_RETRIED: Final = [method for method in REQUEST_RETRY_ALLOWLIST if method != "eth_sendRawTransaction"]


class NodeProvider(HTTPProvider):
    """A node's HTTP endpoint. Safe for several threads: each has its own connection."""

    peer: ClassVar[str] = "node"
    """What is asked, in the messages and codes of errors."""
    culprit: ClassVar[Culprit] = "chain"
    """Whose fault it is when that does not answer."""

    def __init__(self, url: str, timeout: float) -> None:
        """Prepare requests to `url` that wait at most `timeout` seconds for an answer; nothing is sent yet.

        Broken connections are tried again a little; a node that stays silent until the time-out is not.
        """
        super().__init__(
            url,
            request_kwargs={"timeout": timeout},
            exception_retry_configuration=ExceptionRetryConfiguration(
                errors=(requests.ConnectionError,),
                retries=ATTEMPTS,
                backoff_factor=BACKOFF_SECONDS,
                method_allowlist=_RETRIED,
            ),
        )
        self.url = url

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Send one request.

        Raises:
            PeerUnreachable: no answer, or one that is no JSON-RPC; culprit chain.
        """
        try:
            response = super().make_request(method, params)
        except requests.Timeout as error:
            raise self._unreachable("did not answer in time", "silent") from error
        except requests.HTTPError as error:
            raise self._http_error(error) from error
        except requests.JSONDecodeError as error:
            raise self._no_rpc() from error
        except requests.RequestException as error:
            raise self._unreachable("cannot be reached", "unreachable") from error
        except (ValueError, RecursionError) as error:
            raise self._no_rpc() from error
        if not isinstance(response, dict) or response.get("jsonrpc") != "2.0":
            raise self._no_rpc()
        return response

    def _http_error(self, error: requests.HTTPError) -> AssayError:
        """What an HTTP status that is no success means."""
        status = "" if error.response is None else f" {error.response.status_code}"
        return self._unreachable(f"answered HTTP{status}", "http-error")

    def _no_rpc(self) -> PeerUnreachable:
        message = f"what answers at {self.url} is no {self.peer} that speaks JSON-RPC"
        return PeerUnreachable(message, code=f"not-a-{self.peer}", culprit=self.culprit, hint=self._hint)

    def _unreachable(self, what: str, code: str) -> PeerUnreachable:
        message = f"the {self.peer} at {self.url} {what}"
        return PeerUnreachable(message, code=f"{self.peer}-{code}", culprit=self.culprit, hint=self._hint)

    @property
    def _hint(self) -> str:
        return (
            "Check that the node runs and that the address book's `rpc` (or the RPC setting) is its JSON-RPC endpoint."
        )
