// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PackedLanes} from "./PackedLanes.sol";

/// @title What a vote for `Verdict.Invalid` carries
/// @notice The first fault of a table in one packed word: its kind, the row, the branch (docs/fairness.md, section 6), then
///         five empty lanes.
library Faults {
    using PackedLanes for uint256;

    /// @notice Kind, row and branch.
    uint256 internal constant LANES = 3;

    uint256 private constant KINDS = 8;

    /// @notice Whether a vote's words name a fault: a kind from 1 to 8 and a row from 1.
    function wellFormed(uint256[] calldata words) internal pure returns (bool) {
        if (words.length != 1) return false;
        uint256 fault = words[0];
        uint256 kind = fault.lane(0);
        return kind != 0 && kind <= KINDS && fault.lane(1) != 0 && uint160(fault) == 0;
    }
}
