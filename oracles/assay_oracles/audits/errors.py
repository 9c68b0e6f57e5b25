"""What is wrong with the bytes that someone published."""


class SpecError(ValueError):
    """A specification that can never be audited, whoever tries: a function of published bytes alone.

    Oracles vote ``INVALID_SPEC`` on it, so it must never be raised for a local failure such as a lack of memory or
    time (those make a vote ``UNAVAILABLE``).

    Attributes:
        code: kebab-case name of the error.
        culprit: ``"supplier"`` (manifest, weights, declared data) or ``"client"`` (its own test set, its policy).
        field: path of the offending part, for example ``architecture[3].kernel`` or ``test.labels``.
        message: what is wrong, for people.
        hint: what to do about it.
    """

    def __init__(self, code: str, field: str, message: str, hint: str, culprit: str = "supplier") -> None:
        """Describes one error; see the class."""
        super().__init__(f"{field}: {message}")
        self.code = code
        self.culprit = culprit
        self.field = field
        self.message = f"{field}: {message}"
        self.hint = hint
