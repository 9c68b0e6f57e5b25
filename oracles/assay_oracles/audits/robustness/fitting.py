"""Fitting the generator against a model that does not respond (paper A, section IV-C).

With the discriminator D frozen, the paper's objective E_data[1 - D(x)] + E_G[D(x)], its expected absolute error, is
greatest where the second term is. D(x) is the probability of the wanted class, so Adam ascends E[p_i(G(x, i, z))] over
uniform inputs x, classes i and noise z.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor
from torch.nn import functional

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.robustness.generator import LAYERS, Generator
from assay_oracles.audits.whitebox.layers import one_thread

Model = Callable[[Tensor], Tensor]
"""Probabilities (k, n), differentiable, of inputs (k, *shape) scaled to [0, 1]; float64."""
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Recipe:
    """How a generator is fitted.

    Attributes:
        reach: greatest change of a value, share of the range.
        hidden: width H of its hidden layer.
        latent: numbers of noise Z.
        steps: of the optimiser (Adam).
        batch: inputs a step.
        learning_rate: of the optimiser.
        seed: of everything random, 64 bits.
    """

    reach: float = 0.5
    hidden: int = 64
    latent: int = 8
    steps: int = 400
    batch: int = 64
    learning_rate: float = 3e-3
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be fitted.

        Raises:
            SpecError: the supplier's fault.
        """
        for name, fine, wanted in (
            ("reach", 0 < self.reach <= 1, "in (0, 1]"),
            ("hidden", self.hidden > 0, "positive"),
            ("latent", self.latent > 0, "positive"),
            ("steps", self.steps > 0, "positive"),
            ("batch", self.batch > 0, "positive"),
            ("learning_rate", self.learning_rate > 0, "positive"),
            ("seed", 0 <= self.seed < 1 << 63, "of 63 bits"),
        ):
            if not fine:
                found = getattr(self, name)
                raise SpecError("bad-recipe", f"recipe.{name}", f"{found} is not {wanted}", f"choose one {wanted}")


@one_thread()
def fit(model: Model, shape: tuple[int, ...], classes: int, recipe: Recipe, progress: Progress) -> Generator:
    """A generator for inputs (*shape); the model's own parameters stay as they are."""
    values = prod(shape)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        hidden = torch.nn.Linear(values + recipe.latent + classes, recipe.hidden, dtype=torch.float64)
        output = torch.nn.Linear(recipe.hidden, values, dtype=torch.float64)
        learned = [*hidden.parameters(), *output.parameters()]
        optimiser = torch.optim.Adam(learned, lr=recipe.learning_rate)
        for step in range(recipe.steps):
            start = torch.rand(recipe.batch, values, dtype=torch.float64)
            noise = torch.randn(recipe.batch, recipe.latent, dtype=torch.float64)
            wanted = torch.randint(0, classes, (recipe.batch,))
            told = torch.cat([start, noise, functional.one_hot(wanted, classes).double()], 1)
            changed = (start + recipe.reach * torch.tanh(output(torch.relu(hidden(told))))).clamp(0, 1)
            error = model(changed.reshape(-1, *shape)).gather(1, wanted[:, None]).mean()
            optimiser.zero_grad()
            (-error).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            progress(step + 1, recipe.steps)
    tensors = [tensor.detach().numpy() for tensor in learned]
    return Generator(dict(zip(LAYERS, tensors, strict=True)), shape, classes, recipe.latent, recipe.reach)
