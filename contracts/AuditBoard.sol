// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AuditAppeals} from "./AuditAppeals.sol";
import {AuditRecords} from "./AuditRecords.sol";
import {IAuditBoard} from "./interfaces/IAuditBoard.sol";
import {IFairnessBoard} from "./interfaces/IFairnessBoard.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IPolicies} from "./interfaces/IPolicies.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Consensus} from "./libraries/Consensus.sol";
import {Faults} from "./libraries/Faults.sol";
import {Rounds} from "./libraries/Rounds.sol";
import {Seats} from "./libraries/Seats.sol";
import {OPEN_WINDOW, Permit, Phase, Request, Round, Verdict} from "./types/AuditTypes.sol";
import {Kind, Terms} from "./types/PolicyTypes.sol";
import {CLIENT_ROLE, GATEKEEPER_ROLE} from "./types/Roles.sol";
import {REFUTERS_SHARE, Settlement} from "./types/VaultTypes.sol";

/// @title Audits from request to verified metric
/// @notice See `IAuditBoard`.
contract AuditBoard is AuditAppeals, Pausable {
    using Rounds for Round;
    using SafeCast for uint256;
    using Seats for uint256;

    uint256 private constant MAX_URI = 512;

    modifier onlyGatekeeper() {
        if (!membership.hasRole(GATEKEEPER_ROLE, msg.sender)) revert NotGatekeeper(msg.sender);
        _;
    }

    constructor(
        IMembership membership_,
        IPolicies policies_,
        IModelRegistry models_,
        IVault vault_,
        IFairnessBoard tables_
    ) AuditRecords(membership_, policies_, models_, vault_, tables_) {}

    /// @inheritdoc IAuditBoard
    function request(Request calldata r, Permit calldata permit) external whenNotPaused returns (uint256 auditId) {
        if (!membership.hasRole(CLIENT_ROLE, msg.sender)) revert NotClient(msg.sender);
        if (r.secretHash == 0) revert BadRequest("secretHash");
        (, bool retired) = policies.head(r.policyId);
        if (retired) revert PolicyRetired(r.policyId);
        Terms memory t = policies.terms(r.policyId);
        _requireSubject(r, t);
        uint256 pool = _pool(r.modelId, msg.sender);
        if (pool.count() < t.minRoster) revert RosterTooSmall(pool.count(), t.minRoster);
        (uint96 fee,) = _quote(pool, t);
        if (fee > r.maxFee) revert FeeTooHigh(fee, r.maxFee);

        auditId = ++count;
        Record storage a = _audits[auditId];
        a.round = Rounds.create(r.policyId);
        (a.kind, a.phase) = (t.kind, Phase.Requested);
        a.escrow = fee;
        a.client = msg.sender;
        a.modelId = r.modelId;
        a.requestBlock = block.number.toUint32();
        a.roster = pool;
        a.seed = r.secretHash;
        if (r.testSet != 0) a.testSet = r.testSet;
        _auditsOf[r.modelId].push(auditId);
        emit Requested(auditId, r.modelId, msg.sender, r.policyId, fee, pool, r.testSet, r.testSetUri);
        vault.deposit(msg.sender, fee, permit);
    }

    /// @inheritdoc IAuditBoard
    function open(uint256 auditId, bytes32 secret) external {
        Record storage a = _in(auditId, Phase.Requested);
        uint256 requestBlock = a.requestBlock;
        if (block.number <= requestBlock || block.number > requestBlock + OPEN_WINDOW) {
            revert NotOpenable(requestBlock + 1, requestBlock + OPEN_WINDOW);
        }
        if (keccak256(abi.encode(secret)) != a.seed) revert WrongSecret();
        Terms memory t = policies.terms(a.round.policyId());
        bytes32 seed = keccak256(abi.encode(blockhash(requestBlock), secret, auditId));
        uint256 pool = a.roster;
        uint256 roster = _draw(pool, pool, t.maxRoster, t.bond, seed);
        if (roster.count() < t.minRoster) return _refund(auditId, a, 0);

        (uint32 commitEnd, uint32 revealEnd) = _deadlines(t);
        a.round = a.round.open(0, commitEnd, revealEnd);
        a.phase = Phase.Open;
        a.disputeBlocks = t.disputeBlocks;
        (a.roster, a.added) = (roster, pool & ~roster);
        a.seed = seed;
        emit Opened(auditId, seed, roster, commitEnd, revealEnd);
        vault.lock(roster, t.bond);
    }

    /// @inheritdoc IAuditBoard
    function commit(uint256 auditId, bytes32 commitment) external {
        Record storage a = _audits[auditId];
        Round r = a.round;
        if (r.commitEnd() == 0) revert WrongPhase(a.phase);
        if (block.number > r.commitEnd()) revert CommitPhaseOver(r.commitEnd());
        if (commitment == 0) revert EmptyCommitment();
        (uint8 seat, uint256 position) = _member(auditId, r, _acting(a, r), msg.sender);
        if (r.mask(Verdict.None) >> position & 1 != 0) revert AlreadyCommitted(auditId, msg.sender);
        a.round = r.with(Verdict.None, position);
        a.votes[position] = commitment;
        emit Committed(auditId, seat, commitment);
    }

    /// @inheritdoc IAuditBoard
    function reveal(
        uint256 auditId,
        address voter,
        Verdict verdict,
        uint256[] calldata words,
        bytes32 evidence,
        bytes32 salt
    ) external {
        Record storage a = _audits[auditId];
        Round r = a.round;
        uint256 acting = _acting(a, r);
        if (r.commitEnd() == 0) revert WrongPhase(a.phase);
        if (!r.commitOver(acting)) revert CommitPhaseNotOver(r.commitEnd());
        if (block.number > r.revealEnd()) revert RevealPhaseOver(r.revealEnd());
        (uint8 seat, uint256 position) = _member(auditId, r, acting, voter);
        if ((r.mask(Verdict.None) & ~r.revealed()) >> position & 1 == 0) {
            revert NothingToReveal(auditId, voter);
        }
        bytes32 got = commitmentOf(auditId, voter, verdict, words, evidence, salt);
        if (got != a.votes[position]) revert WrongOpening(got, a.votes[position]);
        if (verdict == Verdict.Values) {
            policies.check(r.policyId(), words);
        } else if (verdict == Verdict.Invalid) {
            if (a.kind != Kind.Fairness || !Faults.wellFormed(words)) revert BadVerdict(verdict);
        } else if ((verdict != Verdict.InvalidSpec && verdict != Verdict.Unavailable) || words.length != 0) {
            revert BadVerdict(verdict);
        }
        a.round = r.with(verdict, position);
        a.votes[position] = _stored(words);
        emit Revealed(auditId, seat, verdict, words, evidence);
    }

    /// @inheritdoc IAuditBoard
    function close(uint256 auditId, uint256[] calldata medianHint, uint256[][] calldata votes) external {
        Record storage a = _in(auditId, Phase.Open);
        Round r = a.round;
        uint256 acting = _acting(a, r);
        if (!r.revealOver(acting)) revert RevealPhaseNotOver(r.revealEnd());
        uint256 members = r.earlier() + acting.count();
        uint256[] memory result_;
        Consensus.Agreement memory agreed;
        Verdict judged = Consensus.judged(r, members);
        if (judged != Verdict.None) {
            result_ = medianHint;
            agreed = _judge(a, r, judged, members, result_, votes);
        }
        (Verdict outcome, uint256 paid, uint256 slashed) =
            Consensus.decide(r, members, judged, agreed.within, agreed.beyond);
        if (r.earlier() != 0) a.overturned = outcome != Verdict.None && _replaces(a, r, outcome, result_);
        (a.outcome, a.paid, a.slashed) = (outcome, uint32(paid), uint32(slashed));
        if (outcome == Verdict.None) {
            _settle(auditId, a, Phase.Expired);
        } else {
            uint32 disputeEnd = (block.number + a.disputeBlocks).toUint32();
            (a.phase, a.disputeEnd) = (Phase.Decided, disputeEnd);
            for (uint256 w; w < result_.length; ++w) a.result[w] = result_[w];
            emit Decided(
                auditId, outcome, result_, agreed.lowest, agreed.highest, uint32(paid), uint32(slashed), disputeEnd
            );
        }
    }

    /// @inheritdoc IAuditBoard
    function finalize(uint256 auditId) external {
        Record storage a = _in(auditId, Phase.Decided);
        if (block.number <= a.disputeEnd) revert DisputeWindowOpen(a.disputeEnd);
        if (a.kind == Kind.Fairness) _settleOnTable(auditId, a);
        else _settle(auditId, a, a.overturned ? Phase.Overturned : Phase.Final);
    }

    /// @inheritdoc IAuditBoard
    function expire(uint256 auditId) external {
        Record storage a = _in(auditId, Phase.Requested);
        uint256 lastBlock = a.requestBlock + OPEN_WINDOW;
        if (block.number <= lastBlock) revert StillOpenable(lastBlock);
        _refund(auditId, a, policies.terms(a.round.policyId()).forfeit);
    }

    /// @inheritdoc IAuditBoard
    function pause() external onlyGatekeeper {
        _pause();
    }

    /// @inheritdoc IAuditBoard
    function unpause() external onlyGatekeeper {
        _unpause();
    }

    /// Ends an audit that had a roster.
    function _settle(uint256 auditId, Record storage a, Phase phase) private {
        Round r = a.round;
        Verdict outcome = a.outcome;
        Settlement memory s;
        (s.bond, s.reward) = policies.stakes(r.policyId(), outcome);
        (s.roster, s.paid, s.slashed) = (a.roster, a.paid, a.slashed);
        // Where most found the artifacts unavailable, they were.
        if (outcome != Verdict.Unavailable) s.struck = r.mask(Verdict.Unavailable);
        (s.escrow, s.client) = (a.escrow, a.client);
        Settlement memory added;
        if (r.earlier() != 0) added = _settlementOfAdded(auditId, a, s);
        uint96 refund = (s.escrow - s.paid.count() * s.reward).toUint96();
        (a.phase, a.escrow) = (phase, 0);
        if (phase == Phase.Expired) emit Expired(auditId, a.slashed, refund, 0);
        else emit Finalized(auditId, a.paid, a.slashed, refund);
        vault.settle(s);
        if (r.earlier() != 0) vault.settle(added);
    }

    /// Ends a decided fairness audit: its table may have been refuted in the meantime, or its finding rebutted. Rows that are
    /// awaited could show that a table is not what it was found to be.
    function _settleOnTable(uint256 auditId, Record storage a) private {
        (bytes32 table, Verdict outcome) = (a.testSet, a.outcome);
        uint256 until = outcome == Verdict.Values ? tables.awaitedUntil(table, a.disputeEnd) : 0;
        if (block.number <= until) revert RowsAwaited(until);
        (bool overturned, bool guilty, address refuter) = tables.ruling(table, auditId, outcome);
        if (overturned) return _overrule(auditId, a, guilty, refuter);
        _settle(auditId, a, Phase.Final);
        if (outcome != Verdict.Unavailable) tables.conclude(table, auditId, outcome);
    }

    /// Ends an audit whose decision is wrong. Who voted for something else may have been right, and keeps its bond.
    function _overrule(uint256 auditId, Record storage a, bool guilty, address refuter) private {
        Round r = a.round;
        Verdict outcome = a.outcome;
        Settlement memory s;
        (s.bond,) = policies.stakes(r.policyId(), outcome);
        (s.roster, s.escrow, s.client) = (a.roster, a.escrow, a.client);
        s.slashed = Seats.full(s.roster.count()) & ~r.revealed();
        // Of the faults that were named only the decided one is known not to be there.
        if (guilty) s.slashed |= outcome == Verdict.Invalid ? a.paid : r.mask(outcome);
        if (refuter != address(0)) {
            (s.beneficiary, s.bounty) = (refuter, (s.slashed.count() * s.bond / REFUTERS_SHARE).toUint96());
        }
        (a.phase, a.outcome, a.escrow) = (Phase.Overturned, Verdict.None, 0);
        (a.paid, a.slashed) = (0, uint32(s.slashed));
        emit Overruled(auditId, refuter, uint32(s.slashed), s.escrow, s.bounty);
        vault.settle(s);
    }

    /// Ends an audit that never had a roster.
    function _refund(uint256 auditId, Record storage a, uint96 forfeit) private {
        Settlement memory s;
        (s.escrow, s.client, s.forfeit) = (a.escrow, a.client, forfeit);
        (a.phase, a.escrow, a.roster) = (Phase.Expired, 0, 0);
        emit Expired(auditId, 0, s.escrow - forfeit, forfeit);
        vault.settle(s);
    }

    /// What is audited: a table on the fairness board, or the declared or the client's own test set.
    function _requireSubject(Request calldata r, Terms memory t) private view {
        uint256 uriLength = bytes(r.testSetUri).length;
        if (t.kind == Kind.Fairness) {
            if (uriLength != 0) revert BadRequest("testSetUri");
            tables.requireAuditable(r.testSet, r.modelId, t.minRows, t.minCell);
        } else if (uriLength > MAX_URI || (uriLength == 0) != (r.testSet == 0)) {
            revert BadRequest("testSetUri");
        }
    }
}
