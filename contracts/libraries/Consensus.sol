// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAuditBoard} from "../interfaces/IAuditBoard.sol";
import {Round, Verdict} from "../types/AuditTypes.sol";
import {Tolerances} from "../types/PolicyTypes.sol";
import {PackedLanes} from "./PackedLanes.sol";
import {Rounds} from "./Rounds.sol";
import {Seats} from "./Seats.sol";

/// @title Agreement between votes
/// @notice Votes come as columns: `columns[w][p]` is word w of the vote at roster position p, and `voters` masks the positions
///         that voted. All functions are pure.
library Consensus {
    using PackedLanes for uint256;
    using Rounds for Round;
    using Seats for uint256;

    /// @notice How votes lie around a result. Masks are over roster positions.
    /// @param within At most the tolerance from the result in every lane.
    /// @param beyond More than twice the tolerance from the result in some binding lane.
    /// @param lowest Least value of each lane among the votes in `within`.
    /// @param highest Greatest value of each lane among the votes in `within`.
    struct Agreement {
        uint256 within;
        uint256 beyond;
        uint256[] lowest;
        uint256[] highest;
    }

    /// @notice Whether more than half of the counted members are in a mask.
    function majority(uint256 mask, uint256 counted_) internal pure returns (bool) {
        return 2 * mask.count() > counted_;
    }

    /// @notice The members of whom a majority decides. Those that an appeal added do not count when they could not have the
    ///         artifacts: else whoever serves these could undo a decision by withholding them and appealing.
    function counted(Round r, uint256 members) internal pure returns (uint256) {
        return members - r.abstained().count();
    }

    /// @notice The verdict whose votes `judge` must compare, because a majority revealed it: values or faults.
    function judged(Round r, uint256 members) internal pure returns (Verdict verdict) {
        uint256 n = counted(r, members);
        if (majority(r.mask(Verdict.Values), n)) return Verdict.Values;
        if (majority(r.mask(Verdict.Invalid), n)) return Verdict.Invalid;
    }

    /// @notice What a finished round says, who earns its reward and who loses the bond: absentees and whoever contradicts
    ///         the outcome. Nobody is slashed for not having had the artifacts.
    /// @param judged_ See `judged`.
    /// @param within See `Agreement`; zero unless a majority revealed `judged_`.
    /// @param beyond See `Agreement`.
    /// @return outcome `Verdict.None` when no majority agrees.
    function decide(Round r, uint256 members, Verdict judged_, uint256 within, uint256 beyond)
        internal
        pure
        returns (Verdict outcome, uint256 paid, uint256 slashed)
    {
        uint256 invalidSpec = r.mask(Verdict.InvalidSpec);
        uint256 revealed = r.revealed();
        uint256 unavailable = r.mask(Verdict.Unavailable);
        uint256 decisive = revealed & ~unavailable;
        slashed = Seats.full(members) & ~revealed;
        uint256 n = counted(r, members);
        if (majority(within, n)) return (judged_, within, slashed | beyond | decisive & ~r.mask(judged_));
        if (majority(invalidSpec, n)) {
            return (Verdict.InvalidSpec, invalidSpec, slashed | decisive & ~invalidSpec);
        }
        if (majority(unavailable & ~r.abstained(), n)) return (Verdict.Unavailable, revealed, slashed);
    }

    /// @notice Judges every vote against the lower median, after checking that `hint` is it.
    function judge(uint256[][] memory columns, uint256 voters, uint256[] memory hint, Tolerances memory allowed)
        internal
        pure
        returns (Agreement memory a)
    {
        uint256 words = columns.length;
        a.within = voters;
        for (uint256 w; w < words; ++w) {
            requireLowerMedian(columns[w], voters, hint[w], w);
            uint256 bound = PackedLanes.leading(Math.saturatingSub(allowed.binding, 8 * w));
            (uint256 within, uint256 beyond) = classify(columns[w], voters, hint[w], allowed.words[w], bound);
            a.within &= within;
            a.beyond |= beyond;
        }
        a.lowest = new uint256[](words);
        a.highest = new uint256[](words);
        for (uint256 w; w < words; ++w) {
            (a.lowest[w], a.highest[w]) = spread(columns[w], a.within);
        }
    }

    /// @notice Reverts unless every lane of `hint` is the lower median: with k votes, at most (k - 1) / 2 are below it and
    ///         more than (k - 1) / 2 are not above it. Counting both shows that it is itself a vote's value.
    function requireLowerMedian(uint256[] memory column, uint256 voters, uint256 hint, uint256 word) internal pure {
        uint256 below;
        uint256 notAbove;
        unchecked {
            uint256 left = voters;
            for (uint256 p; left != 0; (++p, left >>= 1)) {
                if (left & 1 == 0) continue;
                uint256 vote = column[p];
                below += ~hint.atMost(vote) & PackedLanes.ONES;
                notAbove += vote.atMost(hint) & PackedLanes.ONES;
            }
        }
        uint256 rank = ((voters.count() - 1) / 2) * PackedLanes.ONES;
        uint256 right = below.atMost(rank) & ~notAbove.atMost(rank);
        if (right == PackedLanes.ALL) return;
        uint256 i;
        while (right.lane(i) != 0) ++i;
        revert IAuditBoard.WrongMedian(8 * word + i, below.lane(i), notAbove.lane(i));
    }

    /// @notice Which votes keep the tolerance in all lanes of this word, and which miss twice the tolerance in a binding one.
    /// @param bound Binding lanes all ones, the others zero.
    function classify(
        uint256[] memory column,
        uint256 voters,
        uint256 median,
        uint256 tolerance,
        uint256 bound
    ) internal pure returns (uint256 within, uint256 beyond) {
        unchecked {
            for (uint256 p; voters != 0; (++p, voters >>= 1)) {
                if (voters & 1 == 0) continue;
                uint256 distance = column[p].distance(median);
                if (distance.atMost(tolerance) == PackedLanes.ALL) {
                    within |= 1 << p;
                } else {
                    // Twice the tolerance may not fit a lane: compare what is left after subtracting it once.
                    uint256 excess = (distance.max(tolerance) - tolerance) & bound;
                    if (excess.atMost(tolerance) != PackedLanes.ALL) beyond |= 1 << p;
                }
            }
        }
    }

    /// @notice Least and greatest value of each lane among some votes; zero without votes.
    function spread(uint256[] memory column, uint256 voters) internal pure returns (uint256 lowest, uint256 highest) {
        if (voters == 0) return (0, 0);
        lowest = PackedLanes.ALL;
        for (uint256 p; voters != 0; (++p, voters >>= 1)) {
            if (voters & 1 == 0) continue;
            uint256 vote = column[p];
            lowest = lowest.min(vote);
            highest = highest.max(vote);
        }
    }
}
