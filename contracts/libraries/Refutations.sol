// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bound, Branch, Evidence, Fault, Opening, Point, Row} from "../types/FairnessTypes.sol";
import {FairnessTables} from "./FairnessTables.sol";
import {Faults} from "./Faults.sol";
import {MerklePaths} from "./MerklePaths.sol";
import {Secp256k1} from "./Secp256k1.sol";

/// @title One check of one row, from the row alone
/// @notice Each function is one kind of docs/fairness.md section 6 and says whether that check *fails*. Given what
///         `FairnessBoard.publish` checked, a table whose rows can all be had is false only where one of these fails.
///         Evidence that does not belong to the table reverts: it says nothing about it. A check that needs a point or
///         a scalar fails when that is not canonical, so that no answer depends on what `ecrecover` makes of one. All
///         functions are pure.
library Refutations {
    using MerklePaths for bytes32[];
    using Secp256k1 for Point;

    /// @notice The named part of the evidence does not belong to the table, or is no evidence.
    error BadEvidence(string part);

    /// @notice Whether a check fails that a table has.
    /// @param other What binds the earlier row of a duplicate.
    function fails(Bound memory t, Bound memory other, Fault memory f, Evidence calldata e)
        internal
        pure
        returns (bool)
    {
        Opening[] calldata rows = e.rows;
        bool single = f.kind < Faults.TALLY;
        if (rows.length != (single ? 1 : 2)) revert BadEvidence("rows");
        Opening calldata o = rows[single ? 0 : 1];
        if (o.number != f.row) revert BadEvidence("row");
        if (f.kind == Faults.POINT) return pointFails(t, o, f.branch);
        if (f.kind == Faults.TALLY) return tallyFails(t, rows[0], o);
        if (f.kind == Faults.MASK) return maskFails(t, rows[0], o);
        if (f.kind == Faults.DUPLICATE) {
            if (rows[0].number != f.branch) revert BadEvidence("row");
            return isDuplicate(t, o, other, rows[0]);
        }
        Branch[] calldata branches = e.branches;
        if (f.kind == Faults.CHALLENGE) return challengeFails(t, o, branches);
        if (branches.length != 1) revert BadEvidence("branches");
        if (f.kind == Faults.BRANCH) return branchFails(t, o, e.digests, f.branch, branches[0]);
        if (f.kind == Faults.COMMITMENT_A) return commitmentAFails(t, o, e.digests, f.branch, branches[0]);
        Point[] calldata hints = e.hints;
        if (hints.length != 2) revert BadEvidence("hints");
        return commitmentBFails(t, o, e.digests, f.branch, branches[0], hints[0], hints[1]);
    }

    /// @notice Kind 1: X, Y, C or B (`index` 0 to 3) is not canonical.
    function pointFails(Bound memory t, Opening calldata o, uint256 index) internal pure returns (bool) {
        if (index >= Faults.POINTS) revert BadEvidence("index");
        Row calldata row = _open(t, o);
        if (index < 2) return !(index == 0 ? row.key : row.mask).isCanonical();
        return !(index == 2 ? row.cryptogram : row.sum).isCanonical();
    }

    /// @notice Kind 2: a or b of branch j is not canonical, or its challenge or response outside [1, N - 1].
    /// @param digests The hash of every branch.
    function branchFails(
        Bound memory t,
        Opening calldata o,
        bytes32[] calldata digests,
        uint256 j,
        Branch calldata branch
    ) internal pure returns (bool) {
        _openBranch(t, o, digests, j, branch);
        return !_isCanonical(branch);
    }

    /// @notice Kind 3: the challenges of all branches do not add up to the hash.
    function challengeFails(Bound memory t, Opening calldata o, Branch[] calldata branches)
        internal
        pure
        returns (bool)
    {
        Row calldata row = openWhole(t, o, branches);
        uint256 sum;
        for (uint256 j; j < branches.length; ++j) sum = addmod(sum, branches[j].challenge, Secp256k1.N);
        return sum != FairnessTables.challenge(t.tableId, o.number, row, branches) % Secp256k1.N;
    }

    /// @notice Kind 4: a_j is not r_j G + c_j X.
    /// @param digests The hash of every branch.
    function commitmentAFails(
        Bound memory t,
        Opening calldata o,
        bytes32[] calldata digests,
        uint256 j,
        Branch calldata branch
    ) internal pure returns (bool) {
        Row calldata row = _openBranch(t, o, digests, j, branch);
        if (!_isCanonical(branch) || !row.key.isCanonical()) return true;
        return branch.a.addressOf() != Secp256k1.lin(branch.response, row.key, branch.challenge);
    }

    /// @notice Kind 5: b_j is not r_j Y + c_j (C - p_j G).
    /// @param digests The hash of every branch.
    /// @param scaled The point r_j Y; taken for it when it has its address.
    /// @param rest The point b_j - r_j Y; the address of c_j (C - p_j G) must be its own.
    function commitmentBFails(
        Bound memory t,
        Opening calldata o,
        bytes32[] calldata digests,
        uint256 j,
        Branch calldata branch,
        Point calldata scaled,
        Point calldata rest
    ) internal pure returns (bool) {
        Row calldata row = _openBranch(t, o, digests, j, branch);
        (Point memory mask, Point memory cryptogram) = (row.mask, row.cryptogram);
        if (!_isCanonical(branch) || !mask.isCanonical() || !cryptogram.isCanonical()) return true;
        _requireSplit(mask, branch, scaled, rest);
        uint256 shift = mulmod(branch.challenge, FairnessTables.encoding(t.params, j), Secp256k1.N);
        return rest.addressOf() != Secp256k1.lin(Secp256k1.N - shift, cryptogram, branch.challenge);
    }

    /// @notice Kind 6: B_i is not B_{i-1} + C_i. `publish` checked row 1, which has no row before it.
    function tallyFails(Bound memory t, Opening calldata before, Opening calldata o) internal pure returns (bool) {
        (Row calldata previous, Row calldata row) = _openPair(t, before, o);
        (Point memory sum, Point memory step, Point memory next) = (previous.sum, row.cryptogram, row.sum);
        if (!sum.isCanonical() || !step.isCanonical() || !next.isCanonical()) return true;
        return !sum.areEqualSums(step, next, Secp256k1.infinity());
    }

    /// @notice Kind 7: Y_i is not Y_{i-1} + X_{i-1} + X_i.
    function maskFails(Bound memory t, Opening calldata before, Opening calldata o) internal pure returns (bool) {
        (Row calldata previous, Row calldata row) = _openPair(t, before, o);
        (Point memory mask, Point memory key) = (previous.mask, previous.key);
        (Point memory nextMask, Point memory nextKey) = (row.mask, row.key);
        if (!mask.isCanonical() || !key.isCanonical() || !nextMask.isCanonical() || !nextKey.isCanonical()) return true;
        return !mask.areEqualSums(key, nextMask, nextKey.negate());
    }

    /// @notice Kind 8: two rows of a table, or of two tables of one supplier, have one key, up to its sign.
    /// @dev The caller sees to it that the supplier is the same.
    function isDuplicate(Bound memory t, Opening calldata o, Bound memory other, Opening calldata earlier)
        internal
        pure
        returns (bool)
    {
        if (t.tableId == other.tableId && o.number == earlier.number) revert BadEvidence("row");
        return _open(t, o).key.x == _open(other, earlier).key.x;
    }

    /// @notice A row that is shown with all branches of its proof.
    function openWhole(Bound memory t, Opening calldata o, Branch[] calldata branches)
        internal
        pure
        returns (Row calldata row)
    {
        row = _open(t, o);
        if (branches.length != FairnessTables.branches(t.params) || FairnessTables.proof(branches) != row.proof) {
            revert BadEvidence("branches");
        }
    }

    function _open(Bound memory t, Opening calldata o) private pure returns (Row calldata row) {
        row = o.row;
        if (!o.path.opens(t.root, t.n, o.number, FairnessTables.leaf(row))) revert BadEvidence("path");
    }

    function _openPair(Bound memory t, Opening calldata before, Opening calldata o)
        private
        pure
        returns (Row calldata previous, Row calldata row)
    {
        if (o.number != before.number + 1) revert BadEvidence("row");
        return (_open(t, before), _open(t, o));
    }

    function _openBranch(
        Bound memory t,
        Opening calldata o,
        bytes32[] calldata digests,
        uint256 j,
        Branch calldata branch
    ) private pure returns (Row calldata row) {
        row = _open(t, o);
        if (digests.length != FairnessTables.branches(t.params) || FairnessTables.proof(digests) != row.proof) {
            revert BadEvidence("digests");
        }
        if (j >= digests.length || FairnessTables.digest(branch) != digests[j]) revert BadEvidence("branch");
    }

    /// b = r Y + rest, where r Y is known by its address; `rest` may be infinity.
    function _requireSplit(Point memory mask, Branch calldata b, Point memory scaled, Point memory rest) private pure {
        if (scaled.addressOf() != Secp256k1.lin(0, mask, b.response)) revert BadEvidence("scaled");
        if (!(rest.isInfinity() || rest.isOnCurve()) || !scaled.areEqualSums(rest, b.b, Secp256k1.infinity())) {
            revert BadEvidence("rest");
        }
    }

    function _isCanonical(Branch calldata b) private pure returns (bool) {
        return b.a.isCanonical() && b.b.isCanonical() && Secp256k1.isScalar(b.challenge) && Secp256k1.isScalar(b.response);
    }
}
