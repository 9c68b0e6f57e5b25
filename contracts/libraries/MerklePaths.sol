// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FairnessTables} from "./FairnessTables.sol";

/// @title Paths in the tree over a table's rows
/// @notice The tree over n >= 2 leaves has depth ceil(log2 n); an absent leaf is zero, and empty subtrees are hashed up. A path
///         holds the siblings from the leaf up. Which side a sibling is on follows from the row, so a path shows the position.
library MerklePaths {
    /// @notice Whether a leaf is that of a row.
    /// @param row From 1 to n.
    function opens(bytes32[] calldata path, bytes32 root, uint256 n, uint256 row, bytes32 leaf)
        internal
        pure
        returns (bool)
    {
        if (row == 0 || row > n || path.length == 0 || (n - 1) >> (path.length - 1) != 1) return false;
        uint256 index = row - 1;
        for (uint256 height; height < path.length; ++height) {
            bytes32 sibling = path[height];
            leaf = index >> height & 1 == 0 ? FairnessTables.node(leaf, sibling) : FairnessTables.node(sibling, leaf);
        }
        return leaf == root;
    }

    /// @notice Whether nothing is right of a row: every sibling on that side is an empty subtree.
    /// @param row From 1.
    function isLast(bytes32[] calldata path, uint256 row) internal pure returns (bool) {
        bytes32 empty;
        for (uint256 height; height < path.length; ++height) {
            if ((row - 1) >> height & 1 == 0 && path[height] != empty) return false;
            empty = FairnessTables.node(empty, empty);
        }
        return true;
    }
}
