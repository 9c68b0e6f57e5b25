"""What a party must keep while a session runs, and forgets as soon as it can (docs/fairness.md, section 10).

Like the state of a table it is readable by its owner only. A row made again is the same ciphertext, because its
exponent follows from a key kept here; another label or prediction for it is refused.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from .. import state


@dataclass(frozen=True)
class Secret:
    """One party's secrets in one session, bytes as hexadecimal.

    Attributes:
        half: The secret of its half of the joint key, 32 bytes.
        key: The key from which the exponents of its rows follow, 32 bytes; empty once the rows are handed over.
        salt: The owner's secret of the data commitment, 32 bytes.
        choices: Digest of the supplier's predictions, before the first of its rows is made.
        positives: How many of them are 1.
        made: Content of its own file of rows, once that is finished.
        checked: Contents of the other party's files of rows whose every proof held.
    """

    half: str
    key: str
    salt: str = ""
    choices: str = ""
    positives: int = 0
    made: str = ""
    checked: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Secret | None:
        """Read the secrets in a folder; None when there are none.

        Raises:
            MalformedInput: they are not what `save` wrote.
        """
        fields = state.read(folder)
        try:
            return None if fields is None else cls(**{**fields, "checked": tuple(fields["checked"])})
        except (KeyError, TypeError) as error:
            raise state.unreadable(folder) from error

    def save(self, folder: Path) -> None:
        """Write them, durably, in place of earlier ones."""
        state.write(folder, asdict(self))
