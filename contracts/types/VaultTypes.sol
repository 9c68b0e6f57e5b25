// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Who refutes a table is owed this part (one tenth) of what is slashed for it; with more, refuting oneself would be cheap.
uint96 constant REFUTERS_SHARE = 10;

/// @notice One oracle's stake; see `PackedSeats` for how it is stored.
/// @param free Stake that can be locked or unbonded.
/// @param locked Stake bonded to open audits.
/// @param strikes Consecutive audits missed as unavailable. A paid vote clears them.
/// @param jailedUntil The seat cannot be activated before this block.
struct Seat {
    uint96 free;
    uint96 locked;
    uint8 strikes;
    uint32 jailedUntil;
}

/// @notice A `Seat` in one word; see `PackedSeats`.
type PackedSeat is uint256;

/// @notice Stake that its operator wants back.
/// @param amount Announced and not yet released.
/// @param releaseBlock The block after which it can be released.
struct Leaving {
    uint96 amount;
    uint32 releaseBlock;
}

/// @notice What the vault holds besides stakes, one word.
/// @param escrowed Sum of all clients' payments not yet settled.
/// @param owed Sum of what all accounts can withdraw.
struct Totals {
    uint128 escrowed;
    uint128 owed;
}

/// @notice How an audit ends, in masks over positions in its roster (bit 0 is the lowest seat).
/// @param roster Bitmap of seats whose bond is unlocked.
/// @param paid Positions that receive `reward`.
/// @param slashed Positions that lose their bond.
/// @param struck Positions that receive a strike.
/// @param bond What `lock` locked for each seat.
/// @param reward What each paid position receives.
/// @param escrow What leaves escrow. Must equal the rewards, the forfeit and the refund together.
/// @param forfeit What the treasury keeps of the escrow.
/// @param client Who is owed the rest of the escrow.
/// @param bounty How much of the slashed bonds the beneficiary is owed instead of the treasury.
/// @param beneficiary Who showed that they had to be slashed, or nobody.
struct Settlement {
    uint256 roster;
    uint256 paid;
    uint256 slashed;
    uint256 struck;
    uint96 bond;
    uint96 reward;
    uint96 escrow;
    uint96 forfeit;
    address client;
    uint96 bounty;
    address beneficiary;
}
