// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Round, Verdict} from "../types/AuditTypes.sol";
import {Seats} from "./Seats.sol";

/// @title The word that every vote reads and writes
/// @notice From the least significant bit: one 32-bit mask over roster positions for each verdict, in the order of the enum,
///         where the mask of `Verdict.None` is that of commitments; then the policy (24 bits), the number of positions that
///         voted before an appeal (8 bits), the last block of the commit phase (zero until the audit is open) and the last
///         block of the reveal phase, 32 bits each.
library Rounds {
    using SafeCast for uint256;
    using Seats for uint256;

    /// @notice A round whose phases have not begun.
    function create(uint32 policy) internal pure returns (Round) {
        return Round.wrap(uint256(uint256(policy).toUint24()) << 160);
    }

    /// @notice The round with its deadlines set.
    /// @param earlier_ Positions that cannot act any more.
    function open(Round r, uint256 earlier_, uint32 commitEnd_, uint32 revealEnd_) internal pure returns (Round) {
        uint256 kept = uint184(Round.unwrap(r));
        return Round.wrap(kept | earlier_ << 184 | uint256(commitEnd_) << 192 | uint256(revealEnd_) << 224);
    }

    /// @notice The round after a position committed (`Verdict.None`) or revealed a verdict.
    function with(Round r, Verdict verdict, uint256 position) internal pure returns (Round) {
        return Round.wrap(Round.unwrap(r) | 1 << (32 * uint256(verdict) + position));
    }

    /// @notice The policy cited.
    function policyId(Round r) internal pure returns (uint32) {
        return uint24(Round.unwrap(r) >> 160);
    }

    /// @notice How many positions, the first ones, voted before an appeal; zero without one.
    function earlier(Round r) internal pure returns (uint256) {
        return uint8(Round.unwrap(r) >> 184);
    }

    /// @notice Last block of the commit phase; zero until the audit is open.
    function commitEnd(Round r) internal pure returns (uint32) {
        return uint32(Round.unwrap(r) >> 192);
    }

    /// @notice Last block of the reveal phase.
    function revealEnd(Round r) internal pure returns (uint32) {
        return uint32(Round.unwrap(r) >> 224);
    }

    /// @notice The five masks.
    function progress(Round r) internal pure returns (uint256) {
        return uint160(Round.unwrap(r));
    }

    /// @notice Positions that revealed a verdict; those that committed for `Verdict.None`.
    function mask(Round r, Verdict verdict) internal pure returns (uint256) {
        return uint32(Round.unwrap(r) >> (32 * uint256(verdict)));
    }

    /// @notice Positions that revealed anything.
    function revealed(Round r) internal pure returns (uint256) {
        uint256 reveals = Round.unwrap(r) >> 32;
        return uint32(reveals | reveals >> 32 | reveals >> 64 | reveals >> 96);
    }

    /// @notice Positions added by an appeal that revealed `Verdict.Unavailable`.
    function abstained(Round r) internal pure returns (uint256) {
        uint256 first = earlier(r);
        return first == 0 ? 0 : mask(r, Verdict.Unavailable) >> first << first;
    }

    /// @notice Whether the commit phase is over.
    /// @param acting The seats that can act in it.
    function commitOver(Round r, uint256 acting) internal view returns (bool) {
        return block.number > commitEnd(r) || mask(r, Verdict.None) >> earlier(r) == Seats.full(acting.count());
    }

    /// @notice Whether the reveal phase is over.
    /// @param acting The seats that can act in it.
    function revealOver(Round r, uint256 acting) internal view returns (bool) {
        return block.number > revealEnd(r) || revealed(r) >> earlier(r) == Seats.full(acting.count());
    }
}
