// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AuditJudging} from "./AuditJudging.sol";
import {IAuditBoard} from "./interfaces/IAuditBoard.sol";
import {Rounds} from "./libraries/Rounds.sol";
import {Seats} from "./libraries/Seats.sol";
import {Permit, Phase, Round, Verdict} from "./types/AuditTypes.sol";
import {Kind, MAX_ROSTER, Terms} from "./types/PolicyTypes.sol";
import {Settlement} from "./types/VaultTypes.sol";

/// @title Who is drawn, at first and on appeal, and what an appeal costs whom
/// @notice A part of `AuditBoard`.
abstract contract AuditAppeals is AuditJudging {
    using Rounds for Round;
    using SafeCast for uint256;
    using Seats for uint256;

    /// @inheritdoc IAuditBoard
    function appeal(uint256 auditId, Permit calldata permit) external {
        Record storage a = _audits[auditId];
        (Terms memory t, uint256 added, uint96 deposit) = _appealable(auditId, msg.sender);
        (uint32 commitEnd, uint32 revealEnd) = _deadlines(t);
        a.round = a.round.open(a.roster.count(), commitEnd, revealEnd);
        a.phase = Phase.Open;
        a.added = added;
        (a.appellant, a.deposit) = (msg.sender, deposit);
        emit Appealed(auditId, msg.sender, deposit, added, commitEnd, revealEnd);
        vault.lock(added, t.bond);
        vault.deposit(msg.sender, deposit, permit);
    }

    /// @inheritdoc IAuditBoard
    function quoteAppeal(uint256 auditId, address appellant) external view returns (uint96 deposit, uint256 added) {
        (, added, deposit) = _appealable(auditId, appellant);
    }

    /// Takes the added oracles out of a settlement of all positions, into one that the deposit pays.
    function _settlementOfAdded(uint256 auditId, Record storage a, Settlement memory s)
        internal
        returns (Settlement memory more)
    {
        uint256 earlier = a.round.earlier();
        uint256 first = Seats.full(earlier);
        (more.roster, more.bond, more.reward) = (a.added, s.bond, s.reward);
        (more.paid, more.slashed) = (s.paid >> earlier, s.slashed >> earlier);
        (s.paid, s.slashed, s.struck) = (s.paid & first, s.slashed & first, s.struck & first);
        (more.escrow, more.client) = (a.deposit, a.appellant);
        uint256 spent = more.paid.count() * more.reward;
        uint256 returned = more.escrow - spent;
        if (a.overturned) {
            (s.beneficiary, more.beneficiary) = (more.client, more.client);
            s.bounty = Math.min(spent, s.slashed.count() * s.bond).toUint96();
            more.bounty = Math.min(spent - s.bounty, more.slashed.count() * s.bond).toUint96();
            returned += uint256(s.bounty) + more.bounty;
        } else if (a.outcome != Verdict.None) {
            (more.forfeit, returned) = (returned.toUint96(), 0);
        }
        a.deposit = 0;
        emit AppealSettled(auditId, more.client, a.overturned, returned.toUint96());
    }

    /// The first eligible seats of the snapshot in the seed's order, as far as `those` has them. Who becomes ineligible
    /// between request and draw makes room for the next in that order; the order itself cannot be influenced.
    function _draw(uint256 snapshot, uint256 those, uint256 most, uint96 bond, bytes32 seed)
        internal
        view
        returns (uint256 drawn)
    {
        uint256[] memory order = snapshot.shuffle(seed);
        uint256 room = most;
        for (uint256 i; room != 0 && i < order.length;) {
            uint256 batch;
            for (uint256 end = Math.min(i + room, order.length); i < end; ++i) batch |= order[i];
            drawn |= vault.eligible(batch & those, bond);
            room = most - drawn.count();
        }
    }

    /// The last blocks of the phases that begin now.
    function _deadlines(Terms memory t) internal view returns (uint32 commitEnd, uint32 revealEnd) {
        commitEnd = (block.number + t.commitBlocks).toUint32();
        revealEnd = commitEnd + t.revealBlocks;
    }

    /// What `appeal` would do, or why it cannot.
    function _appealable(uint256 auditId, address appellant)
        private
        view
        returns (Terms memory t, uint256 added, uint96 deposit)
    {
        Record storage a = _in(auditId, Phase.Decided);
        if (a.kind != Kind.Whitebox) revert NotAppealable(a.kind);
        if (a.round.earlier() != 0) revert AlreadyAppealed(auditId);
        if (block.number > a.disputeEnd) revert DisputeWindowOver(a.disputeEnd);
        t = policies.terms(a.round.policyId());
        uint256 those = a.added & vault.activeMask() & ~Seats.only(vault.numberOf(appellant));
        added = _draw(a.roster | a.added, those, MAX_ROSTER - a.roster.count(), t.bond, a.seed);
        if (added == 0) revert NobodyToAdd(auditId);
        deposit = (added.count() * t.feePerOracle).toUint96();
    }
}
