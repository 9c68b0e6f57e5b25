// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Arithmetic on eight 32-bit lanes in one word
/// @notice Lane 0 is the most significant. All eight lanes are compared at once: a word is split into its odd and its
///         even lanes, so that every lane has 32 empty bits above it; a guard bit set there survives a subtraction
///         exactly when the lane did not borrow.
library PackedLanes {
    /// @notice Every lane true.
    uint256 internal constant ALL = type(uint256).max;
    /// @notice Every lane 1; times k, every lane k.
    uint256 internal constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;

    uint256 private constant ODD = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    uint256 private constant GUARD = 0x0000000100000000000000010000000000000001000000000000000100000000;

    /// @notice Number of words that hold `count` lanes.
    function wordsFor(uint256 count) internal pure returns (uint256) {
        return (count + 7) / 8;
    }

    /// @notice One lane of a word.
    /// @param index 0 to 7.
    function lane(uint256 word, uint256 index) internal pure returns (uint256) {
        unchecked {
            return uint32(word >> (224 - 32 * index));
        }
    }

    /// @notice The first `count` lanes all ones, the others zero; all ones from eight on.
    function leading(uint256 count) internal pure returns (uint256) {
        return ~(ALL >> 32 * count);
    }

    /// @notice Lanes where a <= b are all ones, the others zero.
    function atMost(uint256 a, uint256 b) internal pure returns (uint256) {
        unchecked {
            uint256 odd = (((b & ODD) | GUARD) - (a & ODD)) & GUARD;
            uint256 even = ((((b >> 32) & ODD) | GUARD) - ((a >> 32) & ODD)) & GUARD;
            // A guard bit less itself moved down a lane is a lane of ones.
            return (odd - (odd >> 32)) | ((even - (even >> 32)) << 32);
        }
    }

    /// @notice The larger of two words in each lane.
    function max(uint256 a, uint256 b) internal pure returns (uint256) {
        uint256 mask = atMost(a, b);
        return (b & mask) | (a & ~mask);
    }

    /// @notice The smaller of two words in each lane.
    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        uint256 mask = atMost(a, b);
        return (a & mask) | (b & ~mask);
    }

    /// @notice |a - b| in each lane.
    function distance(uint256 a, uint256 b) internal pure returns (uint256) {
        uint256 mask = atMost(a, b);
        // The larger less the smaller: no lane borrows.
        unchecked {
            return ((b & mask) | (a & ~mask)) - ((a & mask) | (b & ~mask));
        }
    }
}
