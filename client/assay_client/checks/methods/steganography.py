"""Messages hidden in inputs, which only the supplier reads (paper A, IV-A.1)."""

from collections.abc import Mapping
from pathlib import Path

from assay_chain.errors import Usage
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import Method, Target
from assay_oracles.audits.steganography import kit
from assay_oracles.audits.steganography.check import Steganography

from assay_client.specs import malformed

from ..endpoints.info import Info
from ..setting import Setting

ABOUT = "does the provider answer with messages that only the supplier reads? (needs a hide kit)"
OPTIONS: Mapping[str, str] = {"kit": "FILE: the hide kit that the supplier gave you"}


def unasked(reference: Target, supplier: Info) -> bool:
    """See `methods.Module`."""
    return False


def build(setting: Setting) -> Method:
    """See `methods.Module`.

    Raises:
        Usage: no kit, none that can be read, or no supplier to calibrate with.
        MalformedInput: the kit is malformed or of another service.
    """
    path = setting.options.get("kit")
    if path is None:
        raise _refused("steganography needs a hide kit", "Name it with --set steganography.kit=FILE.")
    if setting.reference is not Target.SUPPLIER:
        raise _refused("steganography asks the supplier itself", "Give the supplier's URL with --against.")
    try:
        return Steganography(setting.pool.inputs, kit.load(Path(path)), setting.seed, setting.rule)
    except SpecError as error:
        raise malformed(error, path) from error
    except OSError as error:
        raise Usage(
            f"cannot read {path}: {error.strerror}",
            code="unreadable-file",
            culprit="local",
            hint="Name a kit that exists.",
        ) from error


def _refused(message: str, hint: str) -> Usage:
    return Usage(message, code="no-kit", culprit="local", hint=hint)
