// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Branch, Row} from "../types/FairnessTypes.sol";

/// @title The transcript of fairness tables
/// @notice Parameters, packed counts and every hash, to the byte as docs/fairness.md sections 2 and 4 have them. Words are 32
///         bytes, so `abi.encode` of values and of static structs joins them as they are.
library FairnessTables {
    bytes32 private constant TABLE = keccak256("assay/faas/v1/table");
    bytes32 private constant CHALLENGE = keccak256("assay/faas/v1/challenge");
    bytes32 private constant BRANCH = keccak256("assay/faas/v1/branch");
    bytes32 private constant PROOF = keccak256("assay/faas/v1/proof");
    bytes32 private constant LEAF = keccak256("assay/faas/v1/leaf");
    bytes32 private constant NODE = keccak256("assay/faas/v1/node");
    bytes32 private constant SIGN = keccak256("assay/faas/v1/sign");

    uint256 private constant SECP256K1 = 1;
    uint256 private constant MAX_GROUPS = 8;

    /// @notice Whether parameters are of a table on secp256k1: 2 to 8 protected groups, pads or none, the one fitting width.
    function isKnown(uint32 params) internal pure returns (bool) {
        uint256 groups = uint8(params >> 16);
        if (groups < 2 || groups > MAX_GROUPS || uint8(params >> 8) > 1) return false;
        uint256 fitting = 255 / (4 * groups);
        return params >> 24 == SECP256K1 && width(params) == (fitting < 31 ? fitting : 31);
    }

    /// @notice Number of permutations, 4 for each protected group.
    function permutations(uint32 params) internal pure returns (uint256) {
        return 4 * uint256(uint8(params >> 16));
    }

    /// @notice Number of branches of a row's proof: the permutations, and one for pads.
    function branches(uint32 params) internal pure returns (uint256) {
        return permutations(params) + (hasPads(params) ? 1 : 0);
    }

    /// @notice The number p_j that stands for a permutation; zero for pads.
    function encoding(uint32 params, uint256 j) internal pure returns (uint256) {
        return j < permutations(params) ? 1 << (width(params) * j) : 0;
    }

    /// @notice Whether rows may be pads, which count for nothing.
    function hasPads(uint32 params) internal pure returns (bool) {
        return uint8(params >> 8) != 0;
    }

    /// @notice Bits of one count in a tally. A table has fewer than 2^width rows.
    function width(uint32 params) internal pure returns (uint256) {
        return uint8(params);
    }

    /// @notice The counts that a tally packs, lowest first, and their sum.
    function unpack(uint32 params, uint256 tally) internal pure returns (uint256[] memory counts, uint256 rows) {
        uint256 bits = width(params);
        counts = new uint256[](permutations(params));
        for (uint256 k; k < counts.length; ++k) {
            counts[k] = (tally >> (bits * k)) & ((1 << bits) - 1);
            rows += counts[k];
        }
    }

    /// @notice The identity that every challenge of a table is bound to.
    function tableId(address supplier, uint32 params, uint32 n, bytes32 nonce, bytes32 dataCommit)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(TABLE, block.chainid, address(this), supplier, params, n, nonce, dataCommit));
    }

    /// @notice What the challenges of a row's branches add up to modulo the group's order.
    function challenge(bytes32 table, uint256 number, Row calldata row, Branch[] calldata branches_)
        internal
        pure
        returns (uint256)
    {
        bytes memory start = abi.encode(CHALLENGE, table, number, row.key, row.mask, row.cryptogram);
        uint256[] memory commitments = new uint256[](4 * branches_.length);
        uint256 filled;
        for (uint256 j; j < branches_.length; ++j) {
            Branch calldata branch = branches_[j];
            (commitments[filled++], commitments[filled++]) = (branch.a.x, branch.a.y);
            (commitments[filled++], commitments[filled++]) = (branch.b.x, branch.b.y);
        }
        return uint256(keccak256(abi.encodePacked(start, commitments)));
    }

    /// @notice The hash of one branch.
    function digest(Branch calldata branch) internal pure returns (bytes32) {
        return keccak256(abi.encode(BRANCH, branch));
    }

    /// @notice The hash of a proof, from the hashes of its branches.
    function proof(bytes32[] calldata digests) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(PROOF, digests));
    }

    /// @notice The hash of a proof that is shown whole.
    function proof(Branch[] calldata branches_) internal pure returns (bytes32) {
        bytes32[] memory digests = new bytes32[](branches_.length);
        for (uint256 j; j < branches_.length; ++j) digests[j] = digest(branches_[j]);
        return keccak256(abi.encodePacked(PROOF, digests));
    }

    /// @notice The hash of a row.
    function leaf(Row calldata row) internal pure returns (bytes32) {
        return keccak256(abi.encode(LEAF, row));
    }

    /// @notice The hash of two subtrees.
    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encode(NODE, left, right));
    }

    /// @notice What the supplier signs.
    function signed(bytes32 table, bytes32 root, uint256[] memory counts) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(SIGN, table, root, counts));
    }
}
