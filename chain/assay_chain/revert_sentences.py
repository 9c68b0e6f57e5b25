"""A sentence for every custom error of the contracts: what happened, whose fault it is, what to do.

A test walks all ABIs and fails when an error has none here, or one here has no error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from assay_chain.errors import Culprit


@dataclass(frozen=True)
class Sentence:
    """Culprit, message and hint; placeholders are the error's values, formatted by `reverts`."""

    culprit: Culprit
    message: str
    hint: str


_ASK = "Ask the gatekeeper to admit it."
_BUG = "This is a bug of the caller's software or of the contracts; report it."
_WAIT = "Wait until then."

_ROLES: Final = {
    "NotClient": Sentence("client", "{caller} is not admitted as a client", _ASK),
    "NotSupplier": Sentence("supplier", "{caller} is not admitted as a supplier", _ASK),
    "NotOracle": Sentence("oracle", "{account} is not admitted as an oracle", _ASK),
    "NotGatekeeper": Sentence("local", "{caller} is no gatekeeper", "Use a gatekeeper's account, or ask one to do it."),
    "NotTreasury": Sentence("local", "{caller} is not the treasury, which alone creates tokens", "Use its account."),
    "NotBoard": Sentence("local", "only the audit board may do this, not {caller}", "Use the audit board."),
    "AccessControlUnauthorizedAccount": Sentence(
        "local", "{account} lacks the {neededRole:role}", "Use an account that has it, or ask a gatekeeper."
    ),
    "AccessControlBadConfirmation": Sentence(
        "local", "only the holder of a role may renounce it", "Name the account that sends the transaction."
    ),
    "LastGatekeeper": Sentence(
        "gatekeeper", "{gatekeeper} is the last gatekeeper and must stay", "Admit another gatekeeper first."
    ),
    "ZeroAddress": Sentence("gatekeeper", "the zero address cannot hold a role", "Name a real account."),
}

_REQUESTS: Final = {
    "PolicyRetired": Sentence(
        "client", "policy {policyId} is retired and accepts no requests", "Choose another policy."
    ),
    "UnknownPolicy": Sentence("client", "there is no policy {policyId}", "Look up the network's policies."),
    "UnknownModel": Sentence("client", "there is no model {modelId}", "Look up the registered models."),
    "BadRequest": Sentence(
        "client",
        "the request's {field} is out of range",
        "The secret's hash must not be zero; a test set needs its digest and a URI of at most 512 bytes, or neither; "
        "a fairness audit names a table and no URI.",
    ),
    "RosterTooSmall": Sentence(
        "chain",
        "only {active} oracles can be drawn, the policy asks for {minimum}",
        "Wait until more oracles are active, or choose a policy with a smaller roster.",
    ),
    "FeeTooHigh": Sentence(
        "client",
        "the audit costs {fee:tokens}, more than the {maxFee:tokens} allowed",
        "Allow a higher fee, or choose another policy.",
    ),
    "EnforcedPause": Sentence("gatekeeper", "the gatekeeper has paused new requests", "Wait, or ask the gatekeeper."),
    "ExpectedPause": Sentence("gatekeeper", "new requests are not paused", "There is nothing to resume."),
    "WrongSecret": Sentence(
        "client", "this is not the secret of the request", "Open with the 32 bytes whose hash the request carried."
    ),
    "NotOpenable": Sentence(
        "client",
        "the audit can be opened in blocks {fromBlock} to {toBlock} only",
        "Wait for the first of them; once the last has passed, expire the request to be refunded.",
    ),
    "StillOpenable": Sentence("local", "the audit can still be opened until block {toBlock}", _WAIT),
}

_ROUNDS: Final = {
    "WrongPhase": Sentence(
        "local", "the audit is in phase {phase:phase}, where this cannot be done", "Look at the audit's status."
    ),
    "NotInRoster": Sentence(
        "oracle", "{account} is not in the roster of audit {auditId}", "Only drawn oracles vote; wait to be drawn."
    ),
    "CommitPhaseOver": Sentence(
        "oracle", "the commit phase ended with block {commitEnd}", "Commit earlier; this vote is lost."
    ),
    "CommitPhaseNotOver": Sentence(
        "oracle",
        "the commit phase lasts until block {commitEnd}, or until the whole roster has committed",
        "Reveal after it.",
    ),
    "RevealPhaseOver": Sentence(
        "oracle", "the reveal phase ended with block {revealEnd}", "Reveal earlier; this vote is lost."
    ),
    "RevealPhaseNotOver": Sentence(
        "local",
        "the reveal phase lasts until block {revealEnd}, or until every commitment is opened",
        "Close the audit after it.",
    ),
    "DisputeWindowOpen": Sentence("local", "the dispute window lasts until block {disputeEnd}", _WAIT),
    "DisputeWindowOver": Sentence(
        "local", "the dispute window ended with block {disputeEnd}", "The decision stands; appeal earlier next time."
    ),
    "NotAppealable": Sentence(
        "local",
        "a decision on this kind of subject cannot be appealed",
        "Only whitebox audits can: a service answers differently tomorrow, and a false fairness table is refuted.",
    ),
    "AlreadyAppealed": Sentence(
        "local", "audit {auditId} was appealed before", "There is one appeal; its decision stands."
    ),
    "NobodyToAdd": Sentence(
        "local",
        "there is no oracle that an appeal could add to audit {auditId}",
        "Every active oracle that the request could draw from is in the roster, or is the appellant's own.",
    ),
    "AlreadyCommitted": Sentence(
        "oracle",
        "{account} has committed to a vote in audit {auditId} before",
        "Reveal that one; it cannot be changed.",
    ),
    "EmptyCommitment": Sentence("oracle", "a commitment of zeros commits to nothing", _BUG),
    "NothingToReveal": Sentence(
        "oracle",
        "{account} has nothing (more) to reveal in audit {auditId}",
        "It did not commit, or its vote is open already.",
    ),
    "WrongOpening": Sentence(
        "oracle",
        "the opening hashes to {got}, the commitment is {committed}",
        "Reveal exactly the vote and salt that were committed.",
    ),
    "BadVerdict": Sentence(
        "oracle",
        "the verdict {verdict:verdict} does not exist for this kind of audit, or must carry other lanes",
        _BUG,
    ),
    "WrongLength": Sentence(
        "oracle",
        "the vote has {got} words, the policy's lanes fill {wanted}",
        "Vote in the lanes of the audit's policy.",
    ),
    "LaneOutOfRange": Sentence(
        "oracle", "lane {lane} is {got}, the policy allows at most {max}", "Check the computation behind the lane."
    ),
    "LaneOrderBroken": Sentence(
        "oracle", "lane {lesser} must not exceed lane {greater}", "Check the computation behind the two lanes."
    ),
    "WrongMedian": Sentence(
        "local",
        "the hint is not the lower median of lane {lane}: {below} votes below it, {notAbove} not above it",
        "Take the lower median of the revealed votes, lane by lane.",
    ),
    "WrongVote": Sentence(
        "local",
        "the words resupplied for roster position {position} are not its vote",
        "Take them from the reveals, in roster order.",
    ),
}

_REGISTRY: Final = {
    "AlreadyRegistered": Sentence(
        "supplier", "the same manifest is registered as model {modelId}", "Use that model, or publish another manifest."
    ),
    "NotOwner": Sentence(
        "supplier", "model {modelId} does not exist or is not {caller}'s", "Name one of your own models."
    ),
    "BadModel": Sentence(
        "supplier",
        "the model's {field} is out of range",
        "A model has a manifest digest, a URI of 1 to 512 bytes and at most 16 claims with named metrics.",
    ),
    "NameTaken": Sentence(
        "gatekeeper", "policy {policyId} has the name {name:text} already", "A changed policy needs a new name."
    ),
    "BadPolicy": Sentence(
        "gatekeeper",
        "the policy's {field} is out of range",
        "The notes on terms and lanes in contracts/types/PolicyTypes.sol give the bounds; bonds and phase lengths are "
        "also bounded by the vault's minimum stake and unbonding period.",
    ),
}

_TABLES: Final = {
    "NotAuditBoard": Sentence("local", "only the audit board may do this, not {caller}", "Use the audit board."),
    "UnknownTable": Sentence("client", "there is no table {tableId}", "Look up the tables of the model."),
    "AlreadyPublished": Sentence(
        "supplier", "the table {tableId} was published before", "It stands; a new table needs a new nonce."
    ),
    "NonceUsed": Sentence(
        "supplier",
        "the nonce {nonce} was used for another table of this supplier",
        "Prove the table again with a nonce of its own.",
    ),
    "BadTable": Sentence(
        "supplier",
        "the table's {field} is malformed or false",
        "Check the table with `assay fairness verify`; prove it for this chain, board and account.",
    ),
    "WrongModel": Sentence(
        "client", "the table {tableId} belongs to model {modelId}", "Request its audit for that model."
    ),
    "TableRejected": Sentence(
        "supplier", "oracles found the table {tableId} false", "It stays rejected; publish and name a true one."
    ),
    "TableRefuted": Sentence(
        "supplier", "the table {tableId} was refuted", "It stays refuted; publish and name a true one."
    ),
    "TableRetired": Sentence(
        "supplier", "its supplier retired the table {tableId}", "It cannot be audited any more; name another."
    ),
    "AlreadyRetired": Sentence("local", "the table was retired before", "Settle its bond after block {releaseBlock}."),
    "BondNotDue": Sentence(
        "local",
        "the table's bond is due after block {releaseBlock} (0: the table was not retired)",
        "Retire the table, and wait for that block.",
    ),
    "NotBonded": Sentence("local", "the bond of table {tableId} has left the vault", "There is nothing to settle."),
    "DemandsOpen": Sentence(
        "local",
        "{demands} rows of the table are awaited",
        "Answer these demands, or let whoever asked expire them; then settle the bond.",
    ),
    "TooFewRows": Sentence(
        "client",
        "the table has {rows} rows, the policy asks for {minimum}",
        "Choose another policy, or a larger table.",
    ),
    "CellTooSmall": Sentence(
        "client",
        "permutation {permutation} has {rows} rows in the table, the policy asks for {minimum}",
        "Choose another policy, or a larger table.",
    ),
}

_DISPUTES: Final = {
    "NotAnnounced": Sentence(
        "local",
        "this account announced no such refutation in an earlier block (commitment {commitment})",
        "Announce it, wait for the next block, and refute with the same fault and salt.",
    ),
    "BadEvidence": Sentence(
        "local", "the evidence does not belong to the table: {part}", "Collect it again from the published file."
    ),
    "NoSuchCheck": Sentence(
        "local",
        "the table has no check of kind {kind} in row {row}, branch {branch}",
        "Name one of docs/fairness.md, section 6.",
    ),
    "CheckHolds": Sentence(
        "local",
        "the check of kind {kind} in row {row}, branch {branch}, holds",
        "Nothing is refuted; check the table again.",
    ),
    "CheckFails": Sentence(
        "local",
        "the check of kind {kind} in row {row}, branch {branch}, fails",
        "Nothing is rebutted: what the audit found is true.",
    ),
    "NotEarlier": Sentence(
        "local",
        "{other} is no table that the supplier of {tableId} published before it",
        "Keys are compared with earlier tables of one supplier: refute the later one.",
    ),
    "NotRebuttable": Sentence(
        "local",
        "audit {auditId} is not decided to a fault, is settled, or was rebutted",
        "Only a decided fault can be rebutted, once, until the audit is finalized.",
    ),
    "NoSuchRow": Sentence("local", "the table has {n} rows and no row {row}", "Name one of its rows, from 1."),
    "NotDemandable": Sentence(
        "local",
        "rows of table {tableId} cannot be asked for",
        "That takes a pending or verified table whose bond is in the vault.",
    ),
    "AlreadyDemanded": Sentence(
        "local", "row {row} of table {tableId} was asked for before", "Read the answer, or wait for it."
    ),
    "NoDemand": Sentence("local", "nobody waits for row {row} of table {tableId}", "It was answered, or never asked."),
    "AnswerTooLate": Sentence(
        "supplier", "the row had to be shown by block {deadline}", "Answer demands in time; the table is lost."
    ),
    "StillAnswerable": Sentence("local", "the row can be shown until block {deadline}", "Wait for the block after it."),
    "RowsAwaited": Sentence(
        "chain",
        "rows of the table are awaited",
        "Finalize when they were shown, or after block {until}.",
    ),
}

_VAULT: Final = {
    "NoSeat": Sentence("oracle", "{account} has no seat", "Stake first: that takes a seat."),
    "Full": Sentence("chain", "all 256 seats are taken", "No further oracle can join this network."),
    "CannotActivate": Sentence(
        "oracle",
        "the seat cannot be active: {staying:tokens} stay staked of at least {minimum:tokens}, and it is jailed until "
        "block {jailedUntil} (0: not jailed)",
        "Add stake or cancel unbonding, and wait for the end of the jail.",
    ),
    "StillOracle": Sentence(
        "local", "{operator} is still admitted as an oracle", "Only seats of revoked oracles can be deactivated."
    ),
    "InsufficientStake": Sentence(
        "oracle", "the seat has {available:tokens}, not {wanted:tokens}", "Name a smaller amount, or add stake."
    ),
    "InsufficientAllowance": Sentence(
        "local",
        "the vault may take {allowance:tokens}, but {wanted:tokens} are due",
        "Sign a permit or approve the vault for the full amount; a permit is used up or expired if one was given.",
    ),
    "NothingDue": Sentence(
        "local",
        "no stake can be taken yet: what was announced can be, after block {releaseBlock} (0: nothing was)",
        "Announce with unbond, and wait.",
    ),
    "UnbondingTooLong": Sentence(
        "local", "an unbonding period of {blocks} blocks is too long", "Choose at most {longest} blocks."
    ),
    "Unbalanced": Sentence("chain", "a settlement pays {paid:tokens} out of {available:tokens}", _BUG),
    "SafeERC20FailedOperation": Sentence("chain", "the token {token} refused a transfer", _BUG),
    "SafeCastOverflowedUintDowncast": Sentence("chain", "{value} does not fit {bits} bits", _BUG),
}

_TOKEN: Final = {
    "ERC20InsufficientBalance": Sentence(
        "local", "{sender} has {balance:tokens} and needs {needed:tokens}", "Get tokens from the treasury first."
    ),
    "ERC20InsufficientAllowance": Sentence(
        "local",
        "{spender} may take {allowance:tokens} and needs {needed:tokens}",
        "Approve it for the full amount, or sign a permit.",
    ),
    "ERC20ExceededCap": Sentence(
        "local", "there would be {increasedSupply:tokens}, the cap is {cap:tokens}", "Mint less."
    ),
    "ERC20InvalidCap": Sentence("local", "a token cannot have a cap of {cap}", _BUG),
    "ERC20InvalidApprover": Sentence("local", "{approver} cannot approve", "Name a real account."),
    "ERC20InvalidReceiver": Sentence("local", "{receiver} cannot receive tokens", "Name a real account."),
    "ERC20InvalidSender": Sentence("local", "{sender} cannot send tokens", "Name a real account."),
    "ERC20InvalidSpender": Sentence("local", "{spender} cannot be approved", "Name a real account."),
    "ERC2612ExpiredSignature": Sentence("local", "the permit expired at {deadline}", "Sign a new one."),
    "ERC2612InvalidSigner": Sentence(
        "local",
        "the permit was signed by {signer}, not by {owner}",
        "Sign with the owner's key, for this chain, amount and nonce; a permit is valid once.",
    ),
    "InvalidAccountNonce": Sentence(
        "local", "the signature's nonce is not {account}'s next one, {currentNonce}", "Sign a new one."
    ),
    "ECDSAInvalidSignature": Sentence("local", "the signature is malformed", "Sign again."),
    "ECDSAInvalidSignatureLength": Sentence("local", "a signature cannot have {length} bytes", "Sign again."),
    "ECDSAInvalidSignatureS": Sentence("local", "the signature is not canonical", "Sign again with low s."),
    "InvalidShortString": Sentence("chain", "a short string is malformed", _BUG),
    "StringTooLong": Sentence("local", "{str} is too long", _BUG),
}

SENTENCES: Final = {**_ROLES, **_REQUESTS, **_ROUNDS, **_REGISTRY, **_TABLES, **_DISPUTES, **_VAULT, **_TOKEN}
"""Sentences by the errors' names."""
