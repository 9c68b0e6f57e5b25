// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consensus} from "libraries/Consensus.sol";
import {PackedLanes} from "libraries/PackedLanes.sol";
import {Seats} from "libraries/Seats.sol";
import {Tolerances} from "types/PolicyTypes.sol";

/// @notice The internal functions of the libraries, callable alone.
contract LibraryProbe {
    function lane(uint256 word, uint256 index) external pure returns (uint256) {
        return PackedLanes.lane(word, index);
    }

    function wordsFor(uint256 count_) external pure returns (uint256) {
        return PackedLanes.wordsFor(count_);
    }

    function atMost(uint256 a, uint256 b) external pure returns (uint256) {
        return PackedLanes.atMost(a, b);
    }

    function max(uint256 a, uint256 b) external pure returns (uint256) {
        return PackedLanes.max(a, b);
    }

    function min(uint256 a, uint256 b) external pure returns (uint256) {
        return PackedLanes.min(a, b);
    }

    function distance(uint256 a, uint256 b) external pure returns (uint256) {
        return PackedLanes.distance(a, b);
    }

    function count(uint256 mask) external pure returns (uint256) {
        return Seats.count(mask);
    }

    function only(uint256 number) external pure returns (uint256) {
        return Seats.only(number);
    }

    function position(uint256 mask, uint256 bit) external pure returns (uint256) {
        return Seats.position(mask, bit);
    }

    function full(uint256 n) external pure returns (uint256) {
        return Seats.full(n);
    }

    function shuffle(uint256 mask, bytes32 seed) external pure returns (uint256[] memory) {
        return Seats.shuffle(mask, seed);
    }

    function leading(uint256 count_) external pure returns (uint256) {
        return PackedLanes.leading(count_);
    }

    function judge(uint256[][] memory columns, uint256 voters, uint256[] memory hint, Tolerances memory allowed)
        external
        pure
        returns (Consensus.Agreement memory)
    {
        return Consensus.judge(columns, voters, hint, allowed);
    }
}
