// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FairnessTables} from "libraries/FairnessTables.sol";
import {MerklePaths} from "libraries/MerklePaths.sol";
import {Secp256k1} from "libraries/Secp256k1.sol";
import {Point, Row} from "types/FairnessTypes.sol";

/// @notice The internal functions under the fairness board, callable alone; points as two words, which encodes faster.
contract FairnessProbe {
    function isCanonical(uint256 x, uint256 y) external pure returns (bool) {
        return Secp256k1.isCanonical(Point(x, y));
    }

    function isOnCurve(uint256 x, uint256 y) external pure returns (bool) {
        return Secp256k1.isOnCurve(Point(x, y));
    }

    function isScalar(uint256 s) external pure returns (bool) {
        return Secp256k1.isScalar(s);
    }

    function negate(uint256 x, uint256 y) external pure returns (uint256, uint256) {
        Point memory p = Secp256k1.negate(Point(x, y));
        return (p.x, p.y);
    }

    function areEqualSums(
        uint256 ax,
        uint256 ay,
        uint256 bx,
        uint256 by,
        uint256 cx,
        uint256 cy,
        uint256 dx,
        uint256 dy
    ) external pure returns (bool) {
        return Secp256k1.areEqualSums(Point(ax, ay), Point(bx, by), Point(cx, cy), Point(dx, dy));
    }

    function addressOf(uint256 x, uint256 y) external pure returns (address) {
        return Secp256k1.addressOf(Point(x, y));
    }

    function lin(uint256 g, uint256 x, uint256 y, uint256 s) external pure returns (address) {
        return Secp256k1.lin(g, Point(x, y), s);
    }

    function isKnown(uint32 params) external pure returns (bool) {
        return FairnessTables.isKnown(params);
    }

    function unpack(uint32 params, uint256 tally) external pure returns (uint256[] memory counts, uint256 rows) {
        return FairnessTables.unpack(params, tally);
    }

    function leaf(Row calldata row) external pure returns (bytes32) {
        return FairnessTables.leaf(row);
    }

    function signed(bytes32 table, bytes32 root, uint256[] calldata counts) external pure returns (bytes32) {
        return FairnessTables.signed(table, root, counts);
    }

    function opens(bytes32[] calldata path, bytes32 root, uint256 n, uint256 row, bytes32 leaf)
        external
        pure
        returns (bool)
    {
        return MerklePaths.opens(path, root, n, row, leaf);
    }

    function isLast(bytes32[] calldata path, uint256 row) external pure returns (bool) {
        return MerklePaths.isLast(path, row);
    }
}
