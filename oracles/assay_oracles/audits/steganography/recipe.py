"""How a service that reads hidden messages is trained."""

from dataclasses import dataclass
from typing import Final, Literal

from assay_oracles.audits.errors import SpecError

MIN_MESSAGES: Final = 16
"""With fewer, a provider that guesses would be right too often."""


@dataclass(frozen=True)
class Recipe:
    """Settings of the one model that prep, hide and reveal networks are trained as (paper A, section IV-A.1).

    Attributes:
        messages: number M of message classes, at least 16; a service with n classes answers n + M probabilities.
        norm: p of the distances in the loss, 1 or 2.
        beta: weight of the error of the recovered message.
        gamma: weight of the classification error.
        noise: standard deviation of the noise added to what S reads, as a share of the input range; it keeps messages
            readable after rounding and recompression.
        steps: of the optimiser (Adam).
        batch: covers a step.
        learning_rate: of the optimiser.
        seed: of initial weights, messages, batches and noise.
    """

    messages: int = MIN_MESSAGES
    norm: Literal[1, 2] = 2
    beta: float = 0.1
    gamma: float = 1.0
    noise: float = 0.02
    steps: int = 800
    batch: int = 64
    learning_rate: float = 2e-3
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            SpecError: the supplier's fault.
        """
        for name, fine, wanted in (
            ("messages", self.messages >= MIN_MESSAGES, f"at least {MIN_MESSAGES}"),
            ("norm", self.norm in (1, 2), "1 or 2"),
            ("beta", self.beta >= 0, "not negative"),
            ("gamma", self.gamma > 0, "positive"),
            ("noise", 0 <= self.noise < 1, "in [0, 1)"),
            ("steps", self.steps > 0, "positive"),
            ("batch", self.batch > 0, "positive"),
            ("learning_rate", self.learning_rate > 0, "positive"),
        ):
            if not fine:
                found = getattr(self, name)
                raise SpecError("bad-recipe", f"recipe.{name}", f"{found} is not {wanted}", f"choose one {wanted}")
