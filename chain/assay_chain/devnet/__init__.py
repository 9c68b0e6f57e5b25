"""A development chain on this machine: two engines, development accounts, and `up` (design, section 6).

`settings.Settings` says how, `up.up` does it. Nothing is imported here, so that the engine's process stays small.
"""
