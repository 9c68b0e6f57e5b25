// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAuditBoard} from "./interfaces/IAuditBoard.sol";
import {IFairnessBoard} from "./interfaces/IFairnessBoard.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IPolicies} from "./interfaces/IPolicies.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Rounds} from "./libraries/Rounds.sol";
import {Seats} from "./libraries/Seats.sol";
import {Audit, Phase, Round, Verdict} from "./types/AuditTypes.sol";
import {Kind, Terms} from "./types/PolicyTypes.sol";

/// @title What is kept of audits, and how it is read
/// @notice The storage and the views of `AuditBoard`.
abstract contract AuditRecords is IAuditBoard {
    using Rounds for Round;
    using SafeCast for uint256;
    using Seats for uint256;

    /// One audit. `round` is the only word that every vote writes; `kind` to `overturned` change when the audit does.
    /// `added` holds what the draw left of the snapshot, until an appeal draws from that.
    struct Record {
        Round round;
        Kind kind;
        Phase phase;
        Verdict outcome;
        uint32 disputeBlocks;
        uint32 disputeEnd;
        uint96 escrow;
        uint32 paid;
        uint32 slashed;
        bool overturned;
        address client;
        uint32 modelId;
        uint32 requestBlock;
        uint256 roster;
        bytes32 seed;
        bytes32 testSet;
        uint256 added;
        address appellant;
        uint96 deposit;
        mapping(uint256 position => bytes32) votes;
        mapping(uint256 index => uint256) result;
    }

    /// @inheritdoc IAuditBoard
    IMembership public immutable membership;
    /// @inheritdoc IAuditBoard
    IPolicies public immutable policies;
    /// @inheritdoc IAuditBoard
    IModelRegistry public immutable models;
    /// @inheritdoc IAuditBoard
    IVault public immutable vault;
    /// @inheritdoc IAuditBoard
    IFairnessBoard public immutable tables;

    /// @inheritdoc IAuditBoard
    uint256 public count;

    mapping(uint256 auditId => Record) internal _audits;
    mapping(uint32 modelId => uint256[]) internal _auditsOf;

    constructor(
        IMembership membership_,
        IPolicies policies_,
        IModelRegistry models_,
        IVault vault_,
        IFairnessBoard tables_
    ) {
        membership = membership_;
        policies = policies_;
        models = models_;
        vault = vault_;
        tables = tables_;
    }

    /// @inheritdoc IAuditBoard
    function quote(uint32 modelId, uint32 policyId, address client)
        external
        view
        returns (uint96 fee, uint256 rosterSize)
    {
        return _quote(_pool(modelId, client), policies.terms(policyId));
    }

    /// @inheritdoc IAuditBoard
    function audit(uint256 auditId) external view returns (Audit memory) {
        Record storage a = _audits[auditId];
        return Audit({
            phase: a.phase,
            outcome: a.outcome,
            policyId: a.round.policyId(),
            commitEnd: a.round.commitEnd(),
            revealEnd: a.round.revealEnd(),
            disputeEnd: a.disputeEnd,
            escrow: a.escrow,
            roster: a.roster,
            progress: a.round.progress() | uint256(a.paid) << 160 | uint256(a.slashed) << 192,
            seed: a.seed,
            client: a.client,
            modelId: a.modelId,
            requestBlock: a.requestBlock,
            testSet: a.testSet,
            added: a.round.earlier() == 0 ? 0 : a.added,
            appellant: a.appellant,
            deposit: a.deposit
        });
    }

    /// @inheritdoc IAuditBoard
    function result(uint256 auditId) external view returns (uint256[] memory words) {
        Record storage a = _audits[auditId];
        if (a.outcome == Verdict.Values) words = policies.tolerances(a.round.policyId()).words;
        else if (a.outcome == Verdict.Invalid) words = new uint256[](1);
        for (uint256 w; w < words.length; ++w) words[w] = a.result[w];
    }

    /// @inheritdoc IAuditBoard
    function voteOf(uint256 auditId, uint8 seat) external view returns (bytes32) {
        Record storage a = _audits[auditId];
        uint256 bit = 1 << seat;
        uint256 earlier = a.round.earlier();
        if (a.roster & bit != 0) return a.votes[a.roster.position(bit)];
        if (earlier == 0 || a.added & bit == 0) return bytes32(0);
        return a.votes[earlier + a.added.position(bit)];
    }

    /// @inheritdoc IAuditBoard
    function auditCountOf(uint32 modelId) external view returns (uint256) {
        return _auditsOf[modelId].length;
    }

    /// @inheritdoc IAuditBoard
    function auditOf(uint32 modelId, uint256 index) external view returns (uint256 auditId) {
        return _auditsOf[modelId][index];
    }

    /// @inheritdoc IAuditBoard
    function commitmentOf(
        uint256 auditId,
        address voter,
        Verdict verdict,
        uint256[] calldata words,
        bytes32 evidence,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), auditId, voter, verdict, words, evidence, salt));
    }

    /// The audit, which must be in a phase.
    function _in(uint256 auditId, Phase phase) internal view returns (Record storage a) {
        a = _audits[auditId];
        if (a.phase != phase) revert WrongPhase(a.phase);
    }

    /// The seats that can commit and reveal: the roster or, once appealed, those added to it.
    function _acting(Record storage a, Round r) internal view returns (uint256) {
        return r.earlier() == 0 ? a.roster : a.added;
    }

    /// The seat of a member that can act, and its position.
    function _member(uint256 auditId, Round r, uint256 acting, address account)
        internal
        view
        returns (uint8 seat, uint256 position)
    {
        uint256 number = vault.numberOf(account);
        uint256 bit = Seats.only(number);
        if (acting & bit == 0) revert NotInRoster(auditId, account);
        return (uint8(number - 1), r.earlier() + acting.position(bit));
    }

    /// Active seats other than those of the model's owner and of the client.
    function _pool(uint32 modelId, address client) internal view returns (uint256) {
        uint256 excluded = Seats.only(vault.numberOf(models.ownerOf(modelId))) | Seats.only(vault.numberOf(client));
        return vault.activeMask() & ~excluded;
    }

    /// What a pool's largest possible roster costs.
    function _quote(uint256 pool, Terms memory t) internal pure returns (uint96 fee, uint256 rosterSize) {
        rosterSize = Math.min(pool.count(), t.maxRoster);
        fee = (rosterSize * t.feePerOracle).toUint96();
    }

    /// One word is kept as it is, more are kept as their digest. No words: nothing.
    function _stored(uint256[] calldata words) internal pure returns (bytes32) {
        if (words.length > 1) return keccak256(abi.encode(words));
        return words.length == 1 ? bytes32(words[0]) : bytes32(0);
    }
}
