// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Positions of a roster fit a 32-bit mask.
uint256 constant MAX_ROSTER = 31;

/// @notice What an audit asks of its oracles.
enum Kind {
    Whitebox,
    Service,
    Both,
    Fairness
}

/// @notice The economic and timing terms of a policy. Amounts are in the token's smallest unit, phases in blocks.
/// @param kind What is audited.
/// @param development True lifts the 120-second minimum of a phase. Never use such a policy with real stakes.
/// @param minRoster Fewer eligible oracles than this cancel the audit with a full refund.
/// @param maxRoster More eligible oracles than this are drawn with the seed. At most 31.
/// @param commitBlocks Length of the commit phase.
/// @param revealBlocks Length of the reveal phase.
/// @param disputeBlocks How long a decided audit stays provisional.
/// @param bond Stake that every member of the roster has locked for the audit.
/// @param feePerOracle Paid to every vote within tolerance of the result, and to every vote that names the decided fault.
/// @param inspectionFee Paid to every vote of a majority that found the specification invalid.
/// @param stipend Paid to every revealed vote when a majority found the artifacts unavailable.
/// @param forfeit Kept from the refund of a request that its client never opened.
/// @param minRows Fewest real rows of a table that a fairness audit examines, at least 2; zero for the other kinds.
/// @param minCell Fewest rows of every permutation of such a table; zero for the other kinds.
struct Terms {
    Kind kind;
    bool development;
    uint8 minRoster;
    uint8 maxRoster;
    uint32 commitBlocks;
    uint32 revealBlocks;
    uint32 disputeBlocks;
    uint96 bond;
    uint96 feePerOracle;
    uint96 inspectionFee;
    uint96 stipend;
    uint96 forfeit;
    uint32 minRows;
    uint32 minCell;
}

/// @notice What a lane's number means: value = (raw - offset) / 10^decimals, in `unit`.
/// @param name ASCII, zero-padded, unique within a policy.
/// @param unit ASCII, zero-padded.
/// @param decimals Fixed-point digits.
/// @param offset Subtracted from the raw number, so that signed quantities fit.
struct Label {
    bytes32 name;
    bytes24 unit;
    uint8 decimals;
    uint32 offset;
}

/// @notice The lanes of a policy: unsigned 32-bit numbers, eight to a word, lane 0 in the most significant four bytes.
/// @param count Number of lanes, 1 to 96.
/// @param binding How many of them, from the first, every honest vote fills from the same bytes: missing the result there by
///        more than twice the tolerance is slashed. The rest are counts of an oracle's own queries to a service, whose inputs
///        and network are not those of the others: a vote outside the tolerance is unpaid, never slashed. All lanes for
///        whitebox and fairness audits, none for service audits, some for audits of both.
/// @param maxima Largest admissible number of each lane, packed like a vote.
/// @param tolerances Largest difference between two honest votes in each lane, packed like a vote.
/// @param orders Pairs (i, j), one byte each, sixteen to a word from the most significant: lane i never exceeds lane j.
///        A pair of two equal bytes is padding.
struct Lanes {
    uint8 count;
    uint8 binding;
    uint256[] maxima;
    uint256[] tolerances;
    uint256[] orders;
}

/// @notice How far two honest votes may differ; see `Lanes`.
/// @param words The tolerances of the lanes, packed like a vote.
/// @param binding How many lanes are binding.
struct Tolerances {
    uint256[] words;
    uint256 binding;
}
