// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PackedSeat, Seat} from "../types/VaultTypes.sol";

/// @title A seat in one word
/// @notice Settling loads and stores every seat of a roster once. The compiler would store each field of a struct apart.
library PackedSeats {
    /// @notice From the least significant bit: free, locked, strikes, jailed until.
    function pack(Seat memory s) internal pure returns (PackedSeat) {
        return PackedSeat.wrap(
            uint256(s.free) | uint256(s.locked) << 96 | uint256(s.strikes) << 192 | uint256(s.jailedUntil) << 200
        );
    }

    /// @notice Undoes `pack`.
    function unpack(PackedSeat packed) internal pure returns (Seat memory s) {
        uint256 word = PackedSeat.unwrap(packed);
        s.free = uint96(word);
        s.locked = uint96(word >> 96);
        s.strikes = uint8(word >> 192);
        s.jailedUntil = uint32(word >> 200);
    }
}
