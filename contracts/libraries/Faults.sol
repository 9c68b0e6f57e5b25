// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fault} from "../types/FairnessTypes.sol";
import {FairnessTables} from "./FairnessTables.sol";
import {PackedLanes} from "./PackedLanes.sol";

/// @title The checks of a table's rows, by name
/// @notice A vote for `Verdict.Invalid` carries the first that fails in one packed word: its kind, the row, the branch
///         (docs/fairness.md, section 6), then five empty lanes.
library Faults {
    using PackedLanes for uint256;

    /// @notice Kind, row and branch.
    uint256 internal constant LANES = 3;

    uint8 internal constant WITHHELD = 0;
    uint8 internal constant POINT = 1;
    uint8 internal constant BRANCH = 2;
    uint8 internal constant CHALLENGE = 3;
    uint8 internal constant COMMITMENT_A = 4;
    uint8 internal constant COMMITMENT_B = 5;
    uint8 internal constant TALLY = 6;
    uint8 internal constant MASK = 7;
    uint8 internal constant DUPLICATE = 8;

    /// @notice X, Y, C and B.
    uint256 internal constant POINTS = 4;

    /// @notice Whether a vote's words name a fault: a kind from 1 to 8 and a row from 1.
    function wellFormed(uint256[] calldata words) internal pure returns (bool) {
        if (words.length != 1) return false;
        uint256 fault = words[0];
        uint256 kind = fault.lane(0);
        return kind != 0 && kind <= DUPLICATE && fault.lane(1) != 0 && uint160(fault) == 0;
    }

    /// @notice The fault that such a word names.
    function unpack(uint256 word) internal pure returns (Fault memory) {
        return Fault(uint8(word.lane(0)), uint32(word.lane(1)), uint32(word.lane(2)));
    }

    /// @notice Whether a table has a check within it. Those of row 1 that look at a row before it are not among them.
    function exists(Fault memory f, uint32 params, uint32 n) internal pure returns (bool) {
        if (f.row == 0 || f.row > n) return false;
        if (f.kind == POINT) return f.branch < POINTS;
        if (f.kind == CHALLENGE) return f.branch == 0;
        if (f.kind == TALLY || f.kind == MASK) return f.branch == 0 && f.row > 1;
        if (f.kind == DUPLICATE) return f.branch != 0 && f.branch < f.row;
        return (f.kind == BRANCH || f.kind == COMMITMENT_A || f.kind == COMMITMENT_B)
            && f.branch < FairnessTables.branches(params);
    }
}
