// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuditRecords} from "./AuditRecords.sol";
import {IPolicies} from "./interfaces/IPolicies.sol";
import {Consensus} from "./libraries/Consensus.sol";
import {Faults} from "./libraries/Faults.sol";
import {PackedLanes} from "./libraries/PackedLanes.sol";
import {Rounds} from "./libraries/Rounds.sol";
import {Seats} from "./libraries/Seats.sol";
import {Round, Verdict} from "./types/AuditTypes.sol";
import {Tolerances} from "./types/PolicyTypes.sol";

/// @title How the votes of an audit are loaded and judged
/// @notice A part of `AuditBoard`. The rules are those of `Consensus`.
abstract contract AuditJudging is AuditRecords {
    using PackedLanes for uint256;
    using Rounds for Round;
    using Seats for uint256;

    /// Judges the revealed values, or the revealed faults: these are one word that has no tolerance.
    function _judge(
        Record storage a,
        Round r,
        Verdict verdict,
        uint256 members,
        uint256[] memory hint,
        uint256[][] calldata votes
    ) internal view returns (Consensus.Agreement memory) {
        Tolerances memory allowed =
            verdict == Verdict.Values ? policies.tolerances(r.policyId()) : Tolerances(new uint256[](1), Faults.LANES);
        uint256 words = allowed.words.length;
        if (hint.length != words) revert IPolicies.WrongLength(hint.length, words);
        uint256 voters = r.mask(verdict);
        uint256[][] memory columns = new uint256[][](words);
        for (uint256 w; w < words; ++w) columns[w] = new uint256[](members);
        if (words == 1) _loadKept(a, voters, columns[0]);
        else _loadResupplied(a, voters, votes, columns);
        return Consensus.judge(columns, voters, hint, allowed);
    }

    /// Whether a decision differs from the one before it by more than honest votes do.
    function _replaces(Record storage a, Round r, Verdict outcome, uint256[] memory result_)
        internal
        view
        returns (bool)
    {
        if (outcome != Verdict.Values || a.outcome != Verdict.Values) return outcome != a.outcome;
        uint256[] memory allowed = policies.tolerances(r.policyId()).words;
        for (uint256 w; w < allowed.length; ++w) {
            if (result_[w].distance(a.result[w]).atMost(allowed[w]) != PackedLanes.ALL) return true;
        }
        return false;
    }

    /// Votes of one word are kept in storage.
    function _loadKept(Record storage a, uint256 voters, uint256[] memory column) private view {
        for (uint256 p; voters != 0; (++p, voters >>= 1)) {
            if (voters & 1 != 0) column[p] = uint256(a.votes[p]);
        }
    }

    /// Wider votes are given again and must match the digests kept.
    function _loadResupplied(
        Record storage a,
        uint256 voters,
        uint256[][] calldata votes,
        uint256[][] memory columns
    ) private view {
        if (votes.length != voters.count()) revert IPolicies.WrongLength(votes.length, voters.count());
        uint256 next;
        for (uint256 p; voters != 0; (++p, voters >>= 1)) {
            if (voters & 1 == 0) continue;
            uint256[] calldata vote = votes[next++];
            if (_stored(vote) != a.votes[p]) revert WrongVote(p);
            for (uint256 w; w < vote.length; ++w) columns[w][p] = vote[w];
        }
    }
}
