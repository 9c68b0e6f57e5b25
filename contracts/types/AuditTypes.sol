// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Blocks after a request within which it can be opened. `open` needs the hash of the request's block, which the chain
// remembers for 256 blocks.
uint256 constant OPEN_WINDOW = 200;

/// @notice Stored phases. Committing and revealing are derived from `Open`, the deadlines and the votes. `Overturned` ends an
///         audit whose first decision was replaced on appeal or, when there is no outcome, shown to be wrong.
enum Phase {
    None,
    Requested,
    Open,
    Decided,
    Final,
    Expired,
    Overturned
}

/// @notice What a vote says: lanes of the policy; the first fault of a false table (fairness audits only, see `Faults`); a
///         specification that is not what was declared; artifacts that could not be had.
enum Verdict {
    None,
    Values,
    Invalid,
    InvalidSpec,
    Unavailable
}

/// @notice What a client asks for.
/// @param modelId The registered model version.
/// @param policyId The policy that sets lanes, phases and fees.
/// @param testSet SHA-256 of the client's own test set, or zero for the one that the manifest declares; for a fairness audit
///        the id of the table that is examined.
/// @param testSetUri Where the client's test set is found; empty when `testSet` is zero and for a fairness audit. At most
///        512 bytes.
/// @param secretHash keccak256 of the 32-byte secret that `open` will disclose. Draw a fresh secret for every request: with a
///        disclosed one the seed is known as soon as the request is included.
/// @param maxFee The request reverts when it would cost more.
struct Request {
    uint32 modelId;
    uint32 policyId;
    bytes32 testSet;
    string testSetUri;
    bytes32 secretHash;
    uint96 maxFee;
}

/// @notice An EIP-2612 permit for the vault.
struct Permit {
    uint256 value;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @notice The state of one audit.
/// @param phase Stored phase.
/// @param outcome The majority's verdict once decided; none again when it was shown to be wrong.
/// @param policyId The policy cited.
/// @param commitEnd Last block of the commit phase.
/// @param revealEnd Last block of the reveal phase.
/// @param disputeEnd Last block of the dispute window.
/// @param escrow What the client paid and has not been settled.
/// @param roster Bitmap of seats: the active ones at request, the drawn ones from `open` on; zero when nobody was drawn.
/// @param progress Bit masks over positions, 32 bits each from the least significant: committed, revealed values, revealed
///        invalid, revealed invalid spec, revealed unavailable, paid, slashed. The roster has the first positions in the
///        order of its seats, those that an appeal added have the next in the order of theirs.
/// @param seed keccak256 of the client's secret until `open`, the audit's seed from then on.
/// @param client Who requested and paid.
/// @param modelId The audited model version.
/// @param requestBlock The block of the request.
/// @param testSet SHA-256 of the client's own test set, or zero; for a fairness audit the table's id.
/// @param added Bitmap of the seats that an appeal added; zero without one.
/// @param appellant Who appealed, or nobody.
/// @param deposit What the appellant paid and has not been settled.
struct Audit {
    Phase phase;
    Verdict outcome;
    uint32 policyId;
    uint32 commitEnd;
    uint32 revealEnd;
    uint32 disputeEnd;
    uint96 escrow;
    uint256 roster;
    uint256 progress;
    bytes32 seed;
    address client;
    uint32 modelId;
    uint32 requestBlock;
    bytes32 testSet;
    uint256 added;
    address appellant;
    uint96 deposit;
}

/// @notice The part of an audit's state that every vote reads and writes, packed into one word; see `Rounds`.
type Round is uint256;
