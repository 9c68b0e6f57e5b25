// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Bitmaps of seats
/// @notice A seat is a bit of a 256-bit mask. A seat's *position* in a mask is the number of seats below it.
library Seats {
    uint256 private constant M1 = 0x5555555555555555555555555555555555555555555555555555555555555555;
    uint256 private constant M2 = 0x3333333333333333333333333333333333333333333333333333333333333333;
    uint256 private constant M4 = 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
    uint256 private constant M8 = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant H16 = 0x0001000100010001000100010001000100010001000100010001000100010001;

    /// @notice Number of seats in a mask: the bits are added up in pairs, then nibbles, bytes and 16-bit sums.
    function count(uint256 mask) internal pure returns (uint256) {
        unchecked {
            mask -= (mask >> 1) & M1;
            mask = (mask & M2) + ((mask >> 2) & M2);
            mask = (mask + (mask >> 4)) & M4;
            mask = (mask & M8) + ((mask >> 8) & M8);
            return (mask * H16) >> 240;
        }
    }

    /// @notice The seat of a number (one more than its index) as a mask; empty for number zero, which is no seat's.
    function only(uint256 number) internal pure returns (uint256 bit) {
        unchecked {
            if (number != 0) bit = 1 << (number - 1);
        }
    }

    /// @notice Position of the only seat in `bit` among the seats of `mask`.
    function position(uint256 mask, uint256 bit) internal pure returns (uint256) {
        return count(mask & (bit - 1));
    }

    /// @notice The first `n` positions, all set.
    function full(uint256 n) internal pure returns (uint256) {
        return (1 << n) - 1;
    }

    /// @notice The seats of a mask in an order that only `seed` decides (Fisher and Yates).
    /// @return order Bits, not indices.
    function shuffle(uint256 mask, bytes32 seed) internal pure returns (uint256[] memory order) {
        order = new uint256[](count(mask));
        uint256 n;
        for (uint256 bit = 1; n < order.length; bit <<= 1) {
            if (mask & bit != 0) order[n++] = bit;
        }
        for (; n > 1; --n) {
            uint256 pick = uint256(keccak256(abi.encode(seed, n))) % n;
            (order[n - 1], order[pick]) = (order[pick], order[n - 1]);
        }
    }
}
