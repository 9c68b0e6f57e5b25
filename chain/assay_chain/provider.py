"""The wire to a node: plain JSON-RPC over HTTP, whose every transport failure is a `PeerUnreachable`."""

from __future__ import annotations

from typing import Any, Final

import requests
from web3 import HTTPProvider
from web3.providers.rpc.utils import REQUEST_RETRY_ALLOWLIST, ExceptionRetryConfiguration
from web3.types import RPCEndpoint, RPCResponse

from assay_chain.errors import AssayError, PeerUnreachable

ATTEMPTS: Final = 3
BACKOFF_SECONDS: Final = 0.2

# Raw transactions are re-sent by `transactions`, which knows what a second sending may mean.
_RETRIED: Final = [method for method in REQUEST_RETRY_ALLOWLIST if method != "eth_sendRawTransaction"]


class NodeProvider(HTTPProvider):
    """A node's HTTP endpoint. Safe for several threads: each has its own connection."""

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
            raise self._unreachable(f"the node at {self.url} did not answer in time", "node-silent") from error
        except requests.HTTPError as error:
            raise self._http_error(error) from error
        except requests.JSONDecodeError as error:
            raise self._no_rpc() from error
        except requests.RequestException as error:
            raise self._unreachable(f"the node at {self.url} cannot be reached", "node-unreachable") from error
        except (ValueError, RecursionError) as error:
            raise self._no_rpc() from error
        if not isinstance(response, dict) or response.get("jsonrpc") != "2.0":
            raise self._no_rpc()
        return response

    def _http_error(self, error: requests.HTTPError) -> AssayError:
        """What an HTTP status that is no success means."""
        status = "" if error.response is None else f" {error.response.status_code}"
        return self._unreachable(f"the node at {self.url} answered HTTP{status}", "node-http-error")

    def _no_rpc(self) -> PeerUnreachable:
        return self._unreachable(f"what answers at {self.url} is no Ethereum node", "not-a-node")

    @staticmethod
    def _unreachable(message: str, code: str) -> PeerUnreachable:
        hint = (
            "Check that the node runs and that the address book's `rpc` (or the RPC setting) is its JSON-RPC endpoint."
        )
        return PeerUnreachable(message, code=code, culprit="chain", hint=hint)
