"""What all answers have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Amount = Annotated[str, Field(pattern=r"^\d+(\.\d+)?$", examples=["12.5"])]
"""Tokens as a decimal string."""
Address = Annotated[str, Field(pattern="^0x[0-9a-fA-F]{40}$")]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
"""32 bytes in hexadecimal, without 0x."""
TxHash = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]


class Document(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(use_attribute_docstrings=True, json_schema_serialization_defaults_required=True)


class Block(Document):
    """The block whose state an answer shows."""

    number: int
    """Its number."""
    hash: TxHash
    """Its hash."""
    time: int
    """Its time, seconds since 1970."""


class Answer(Document):
    """Every answer names the block that it is as of."""

    as_of: Block
    """The block whose state this shows; all of it is of this block."""
