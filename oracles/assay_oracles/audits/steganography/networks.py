"""The three networks of deep steganography: prep, hide, and reveal, which classifies (paper A, figure 4).

All convolutions keep height and width, so images (channels, height, width) of any size fit. Inside, pixels are in
[0, 1].
"""

from typing import Final

import torch
from torch import Tensor, nn

PREPARED: Final = 8
"""Channels that the prep network makes of a message."""
FEATURES: Final = 32
HIDDEN: Final = 64

Shape = tuple[int, int, int]
"""Channels, height, width."""


class Hide(nn.Module):
    """Prep and hide networks: cover and message, each (k, *shape), to container (k, *shape), not yet clipped."""

    def __init__(self, channels: int) -> None:
        """Draw weights from torch's global generator."""
        super().__init__()
        self.prep = nn.Conv2d(channels, PREPARED, 3, padding=1)
        self.hide = nn.Sequential(
            nn.Conv2d(channels + PREPARED, FEATURES, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(FEATURES, channels, 3, padding=1),
        )

    def forward(self, cover: Tensor, message: Tensor) -> Tensor:
        """Add to the cover what carries the message."""
        change: Tensor = self.hide(torch.cat([cover, self.prep(message)], 1))
        return cover + change


class Reveal(nn.Module):
    """What S runs: images (k, *shape) to logits (k, classes + messages) and to recovered messages (k, *shape)."""

    def __init__(self, shape: Shape, outputs: int) -> None:
        """Draw weights from torch's global generator."""
        super().__init__()
        channels, height, width = shape
        self.features = nn.Sequential(
            nn.Conv2d(channels, FEATURES, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(FEATURES, FEATURES, 3, padding=1),
            nn.ReLU(),
        )
        self.classify = nn.Sequential(
            nn.Flatten(), nn.Linear(FEATURES * height * width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, outputs)
        )
        self.recover = nn.Conv2d(FEATURES, channels, 3, padding=1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Classify, and recover a message if there is one."""
        found = self.features(image)
        return self.classify(found), self.recover(found)
