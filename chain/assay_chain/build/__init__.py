"""Compiles `contracts/` into the committed artifacts: ``python -m assay_chain.build [--check]``.

Needs a checkout with ``npm ci`` run in `contracts/`, and the ``[dev]`` extra. Users of Assay need neither.
"""
