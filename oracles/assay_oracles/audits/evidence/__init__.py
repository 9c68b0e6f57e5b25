"""What the black-box methods share: how they ask, what they are told, and how their evidence is joined."""
