// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Refutations} from "libraries/Refutations.sol";
import {Bound, Branch, Opening, Point, Table, TableState} from "types/FairnessTypes.sol";

/// @notice The refutations against tables that it keeps as the board does, so that gas is what it will be: every call loads
///         the table, and marks it when the check fails.
contract RefutationProbe {
    mapping(bytes32 tableId => Table) public tables;

    function put(bytes32 tableId, Table calldata t) external {
        tables[tableId] = t;
    }

    function point(bytes32 id, Opening calldata o, uint256 index) external returns (bool) {
        return _mark(id, Refutations.pointFails(_bound(id), o, index));
    }

    function branch(bytes32 id, Opening calldata o, bytes32[] calldata digests, uint256 j, Branch calldata b)
        external
        returns (bool)
    {
        return _mark(id, Refutations.branchFails(_bound(id), o, digests, j, b));
    }

    function challenge(bytes32 id, Opening calldata o, Branch[] calldata branches) external returns (bool) {
        return _mark(id, Refutations.challengeFails(_bound(id), o, branches));
    }

    function commitmentA(bytes32 id, Opening calldata o, bytes32[] calldata digests, uint256 j, Branch calldata b)
        external
        returns (bool)
    {
        return _mark(id, Refutations.commitmentAFails(_bound(id), o, digests, j, b));
    }

    function commitmentB(
        bytes32 id,
        Opening calldata o,
        bytes32[] calldata digests,
        uint256 j,
        Branch calldata b,
        Point calldata scaled,
        Point calldata rest
    ) external returns (bool) {
        return _mark(id, Refutations.commitmentBFails(_bound(id), o, digests, j, b, scaled, rest));
    }

    function tally(bytes32 id, Opening calldata before, Opening calldata o) external returns (bool) {
        return _mark(id, Refutations.tallyFails(_bound(id), before, o));
    }

    function mask(bytes32 id, Opening calldata before, Opening calldata o) external returns (bool) {
        return _mark(id, Refutations.maskFails(_bound(id), before, o));
    }

    function duplicate(bytes32 id, Opening calldata o, bytes32 other, Opening calldata earlier)
        external
        returns (bool)
    {
        return _mark(id, Refutations.isDuplicate(_bound(id), o, _bound(other), earlier));
    }

    /// The first fault of row 2 or a later one, in the order of section 6; kind 0 when every check holds.
    function first(
        Bound calldata t,
        Opening calldata before,
        Opening calldata o,
        Branch[] calldata branches,
        bytes32[] calldata digests,
        Point[] calldata scaled,
        Point[] calldata rest
    ) external pure returns (uint256 kind, uint256 index) {
        for (uint256 i; i < 4; ++i) {
            if (Refutations.pointFails(t, o, i)) return (1, i);
        }
        for (uint256 j; j < digests.length; ++j) {
            if (Refutations.branchFails(t, o, digests, j, branches[j])) return (2, j);
        }
        if (Refutations.challengeFails(t, o, branches)) return (3, 0);
        for (uint256 j; j < digests.length; ++j) {
            if (Refutations.commitmentAFails(t, o, digests, j, branches[j])) return (4, j);
        }
        for (uint256 j; j < digests.length; ++j) {
            if (Refutations.commitmentBFails(t, o, digests, j, branches[j], scaled[j], rest[j])) return (5, j);
        }
        if (Refutations.tallyFails(t, before, o)) return (6, 0);
        if (Refutations.maskFails(t, before, o)) return (7, 0);
    }

    function _mark(bytes32 id, bool fails) private returns (bool) {
        if (fails) tables[id].state = TableState.Rejected;
        return fails;
    }

    function _bound(bytes32 id) private view returns (Bound memory) {
        Table storage t = tables[id];
        return Bound(id, t.root, t.params, t.n);
    }
}
