// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FairnessRecords} from "./FairnessRecords.sol";
import {IFairnessBoard} from "./interfaces/IFairnessBoard.sol";
import {Faults} from "./libraries/Faults.sol";
import {Refutations} from "./libraries/Refutations.sol";
import {Audit, Permit, Phase, Verdict} from "./types/AuditTypes.sol";
import {Branch, Bound, Demand, Evidence, Fault, Opening, TableState} from "./types/FairnessTypes.sol";

/// @title What anyone can say against a table, and for it
/// @notice A part of `FairnessBoard`. What fails is decided by `Refutations`.
abstract contract FairnessDisputes is FairnessRecords {
    using SafeCast for uint256;

    /// @inheritdoc IFairnessBoard
    function announce(bytes32 commitment) external {
        announcedAt[msg.sender][commitment] = block.number;
        emit Announced(msg.sender, commitment);
    }

    /// @inheritdoc IFairnessBoard
    function refute(bytes32 tableId, Fault memory fault, bytes32 salt, Evidence calldata evidence) external {
        Record storage t = _known(tableId);
        if (t.state == TableState.Refuted) revert TableRefuted(tableId);
        _useAnnouncement(commitmentOf(msg.sender, tableId, fault, salt));
        Bound memory bound = _bound(tableId, t);
        bool foreign = fault.kind == Faults.DUPLICATE && evidence.other != tableId;
        if (!foreign && !Faults.exists(fault, bound.params, bound.n)) revert NoSuchCheck(fault.kind, fault.row, fault.branch);
        Bound memory other = foreign ? _earlier(tableId, t, evidence.other) : bound;
        if (!Refutations.fails(bound, other, fault, evidence)) revert CheckHolds(fault.kind, fault.row, fault.branch);
        _mark(tableId, t, msg.sender, fault, foreign ? evidence.other : bytes32(0), !foreign);
    }

    /// @inheritdoc IFairnessBoard
    function demand(bytes32 tableId, uint32 row, Permit calldata permit) external {
        Record storage t = _known(tableId);
        if (!t.bonded || (t.state != TableState.Pending && t.state != TableState.Verified)) revert NotDemandable(tableId);
        if (row == 0 || row > t.n) revert NoSuchRow(row, t.n);
        Demand storage d = _demands[tableId][row];
        if (d.deadline != 0) revert AlreadyDemanded(tableId, row);
        uint32 deadline = (block.number + answerBlocks).toUint32();
        (d.demander, d.deadline) = (msg.sender, deadline);
        (t.demands, t.lastDeadline) = (t.demands + 1, deadline);
        emit Demanded(tableId, row, msg.sender, deadline);
        vault.deposit(msg.sender, demandBond, permit);
    }

    /// @inheritdoc IFairnessBoard
    function answer(bytes32 tableId, Opening calldata opening, Branch[] calldata branches) external {
        Record storage t = _known(tableId);
        uint32 row = opening.number.toUint32();
        Demand storage d = _awaited(tableId, row);
        if (block.number > d.deadline) revert AnswerTooLate(d.deadline);
        Refutations.openWhole(_bound(tableId, t), opening, branches);
        (d.demander, d.answered) = (address(0), true);
        --t.demands;
        emit Answered(tableId, row, msg.sender, opening.row, branches);
        vault.disburse(demandBond, msg.sender, demandBond);
    }

    /// @inheritdoc IFairnessBoard
    function expireDemand(bytes32 tableId, uint32 row) external {
        Record storage t = _known(tableId);
        Demand storage d = _awaited(tableId, row);
        bool refuted = t.state == TableState.Refuted;
        if (!refuted && block.number <= d.deadline) revert StillAnswerable(d.deadline);
        address demander = d.demander;
        d.demander = address(0);
        --t.demands;
        emit DemandExpired(tableId, row, demander);
        if (!refuted) _mark(tableId, t, demander, Fault(Faults.WITHHELD, row, 0), 0, false);
        vault.disburse(demandBond, demander, demandBond);
    }

    /// @inheritdoc IFairnessBoard
    function rebut(uint256 auditId, Evidence calldata evidence) external {
        Audit memory a = auditBoard.audit(auditId);
        if (a.phase != Phase.Decided || a.outcome != Verdict.Invalid || rebutted[auditId]) {
            revert NotRebuttable(auditId);
        }
        Fault memory fault = Faults.unpack(auditBoard.result(auditId)[0]);
        Bound memory bound = _bound(a.testSet, _known(a.testSet));
        if (Faults.exists(fault, bound.params, bound.n) && Refutations.fails(bound, bound, fault, evidence)) {
            revert CheckFails(fault.kind, fault.row, fault.branch);
        }
        rebutted[auditId] = true;
        emit Rebutted(auditId, a.testSet, msg.sender);
    }

    /// @inheritdoc IFairnessBoard
    function ruling(bytes32 tableId, uint256 auditId, Verdict outcome)
        external
        view
        returns (bool overturned, bool guilty, address refuter)
    {
        Record storage t = _known(tableId);
        if (outcome == Verdict.Values && t.state == TableState.Refuted) return (true, t.visible, t.refuter);
        if (outcome == Verdict.Invalid && rebutted[auditId]) return (true, true, address(0));
    }

    /// @inheritdoc IFairnessBoard
    function awaitedUntil(bytes32 tableId, uint256 disputeEnd) external view returns (uint256) {
        Record storage t = _known(tableId);
        if (t.demands == 0 || t.state == TableState.Refuted) return 0;
        return Math.min(uint256(t.lastDeadline), disputeEnd + answerBlocks) + answerBlocks;
    }

    /// Who announced in this block may have seen the evidence in it.
    function _useAnnouncement(bytes32 commitment) private {
        uint256 since = announcedAt[msg.sender][commitment];
        if (since == 0 || since == block.number) revert NotAnnounced(commitment);
        delete announcedAt[msg.sender][commitment];
    }

    /// What binds an earlier table of the same supplier. Tables of one block have no order.
    function _earlier(bytes32 tableId, Record storage t, bytes32 other) private view returns (Bound memory) {
        Record storage o = _known(other);
        (uint32 model, uint32 otherModel) = (t.modelId, o.modelId);
        bool ours = model == otherModel || models.ownerOf(model) == models.ownerOf(otherModel);
        if (!ours || o.publishedAt > t.publishedAt) revert NotEarlier(tableId, other);
        return _bound(other, o);
    }

    function _awaited(bytes32 tableId, uint32 row) private view returns (Demand storage d) {
        d = _demands[tableId][row];
        if (d.demander == address(0)) revert NoDemand(tableId, row);
    }

    function _mark(
        bytes32 tableId,
        Record storage t,
        address refuter,
        Fault memory fault,
        bytes32 other,
        bool visible
    ) private {
        (t.state, t.refuter, t.visible) = (TableState.Refuted, refuter, visible);
        emit Refuted(tableId, refuter, fault, other);
    }
}
