// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Round, Verdict} from "../types/AuditTypes.sol";
import {Seats} from "./Seats.sol";

/// @title Who has acted in a round of votes
/// @notice `progress` holds one 32-bit mask over roster positions for each verdict, in the order of the enum; the mask of
///         `Verdict.None` is that of commitments.
library Rounds {
    /// @notice Bit of one position in the mask of a verdict.
    function bit(Verdict verdict, uint256 position) internal pure returns (uint160) {
        return uint160(1 << (32 * uint256(verdict) + position));
    }

    /// @notice Positions that revealed a verdict; those that committed for `Verdict.None`.
    function mask(Round memory r, Verdict verdict) internal pure returns (uint256) {
        return uint32(r.progress >> (32 * uint256(verdict)));
    }

    /// @notice Positions that revealed anything.
    function revealed(Round memory r) internal pure returns (uint256) {
        uint256 reveals = r.progress >> 32;
        return uint32(reveals | reveals >> 32 | reveals >> 64 | reveals >> 96);
    }

    /// @notice Whether the commit phase of a round with this many members is over.
    function commitOver(Round memory r, uint256 members) internal view returns (bool) {
        return block.number > r.commitEnd || mask(r, Verdict.None) == Seats.full(members);
    }

    /// @notice Whether the reveal phase of a round with this many members is over.
    function revealOver(Round memory r, uint256 members) internal view returns (bool) {
        return block.number > r.revealEnd || revealed(r) == Seats.full(members);
    }
}
