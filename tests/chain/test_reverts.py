"""Every refusal of a contract reads as a sentence."""

from string import Formatter

import pytest
from assay_chain import artifacts, reverts
from assay_chain.amounts import UNIT
from assay_chain.revert_sentences import SENTENCES
from assay_chain.roles import Role
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector
from hypothesis import given
from hypothesis import strategies as st
from web3.exceptions import ContractCustomError, ContractLogicError, ContractPanicError

ALICE = "0x" + "Aa" * 20
ERRORS = [(name, entry) for name in artifacts.names() for entry in artifacts.load(name).abi if entry["type"] == "error"]


def custom(signature: str, *values: object) -> ContractCustomError:
    types = signature[signature.index("(") + 1 : -1].split(",")
    data = function_signature_to_4byte_selector(signature) + encode([kind for kind in types if kind], values)
    return ContractCustomError("0x" + data.hex(), data="0x" + data.hex())


@pytest.mark.parametrize(
    ("contract", "entry"), ERRORS, ids=lambda value: value if isinstance(value, str) else value["name"]
)
def test_sentence__of_every_custom_error__exists_and_uses_its_values(contract: str, entry: dict) -> None:  # type: ignore[type-arg]
    sentence = SENTENCES[entry["name"]]
    given_values = {value["name"] for value in entry["inputs"]}
    named = {field for text in (sentence.message, sentence.hint) for _, field, _, _ in Formatter().parse(text) if field}
    assert named <= given_values
    examples = {"a": ALICE, "u": 1, "b": b"\x01" * 32, "s": "text"}
    values = {value["name"]: examples[value["type"][0]] for value in entry["inputs"]}
    error = reverts.explain(entry["name"], values)
    assert error.message
    assert error.hint
    assert "{" not in error.message + error.hint
    assert error.name == entry["name"]
    assert error.args_ == values


def test_sentences__all__belong_to_an_error() -> None:
    assert set(SENTENCES) == {entry["name"] for _, entry in ERRORS}


def test_decode__custom_error__names_values_as_people_read_them() -> None:
    fee = reverts.decode(custom("FeeTooHigh(uint96,uint96)", 50 * UNIT, 12 * UNIT + UNIT // 2))
    assert fee.message == "the audit costs 50 tokens, more than the 12.5 tokens allowed"
    assert (fee.code, fee.culprit, fee.exit_code) == ("fee-too-high", "client", 5)
    assert fee.args_ == {"fee": 50 * UNIT, "maxFee": 12 * UNIT + UNIT // 2}

    role = reverts.decode(custom("AccessControlUnauthorizedAccount(address,bytes32)", ALICE, Role.GATEKEEPER.id))
    assert "lacks the gatekeeper role" in role.message
    assert "0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa" in role.message
    assert "decided" in reverts.decode(custom("WrongPhase(uint8)", 3)).message
    assert "invalid spec" in reverts.decode(custom("BadVerdict(uint8)", 3)).message
    assert (
        "whitebox-2" in reverts.decode(custom("NameTaken(bytes32,uint32)", b"whitebox-2".ljust(32, b"\0"), 1)).message
    )


@given(st.binary(max_size=100))
def test_decode__any_data__is_a_refusal_and_never_a_crash(data: bytes) -> None:
    selectors = [b"", *reverts.custom_errors()]
    for selector in selectors[:: max(1, len(selectors) // 6)]:
        text = "0x" + (selector + data).hex()
        error = reverts.decode(ContractCustomError(text, data=text))
        assert error.exit_code == 5
        assert error.message


@pytest.mark.parametrize(
    "error",
    [
        ContractLogicError("execution reverted: whatever", data="0x08c379a0"),
        ContractLogicError("execution reverted", data=None),
        ContractLogicError("execution reverted", data="no data"),
        ContractLogicError("execution reverted", data={"0xabc": "stack"}),
        ContractLogicError(None, data="Reverted 0xzz"),
        ContractPanicError("Panic error 0x11", data="0x4e487b71"),
    ],
)
def test_decode__no_custom_error__is_still_a_clear_refusal(error: ContractLogicError) -> None:
    reverted = reverts.decode(error)
    assert reverted.code in ("reverted", "panic")
    assert reverted.hint
