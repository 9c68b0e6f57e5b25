// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FairnessDisputes} from "./FairnessDisputes.sol";
import {FairnessRecords} from "./FairnessRecords.sol";
import {IAuditBoard} from "./interfaces/IAuditBoard.sol";
import {IFairnessBoard} from "./interfaces/IFairnessBoard.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IVault} from "./interfaces/IVault.sol";
import {FairnessTables} from "./libraries/FairnessTables.sol";
import {MerklePaths} from "./libraries/MerklePaths.sol";
import {Secp256k1} from "./libraries/Secp256k1.sol";
import {Permit, Verdict} from "./types/AuditTypes.sol";
import {Point, Row, Submission, TableState} from "./types/FairnessTypes.sol";
import {SUPPLIER_ROLE} from "./types/Roles.sol";
import {REFUTERS_SHARE} from "./types/VaultTypes.sol";

/// @title Append-only fairness tables
/// @notice See `IFairnessBoard`.
contract FairnessBoard is FairnessDisputes {
    using MerklePaths for bytes32[];
    using SafeCast for uint256;
    using Secp256k1 for Point;

    uint256 private constant MAX_URI = 512;

    /// @dev Warning: `auditBoard_` alone decides which tables are verified or rejected, for ever.
    constructor(
        IMembership membership_,
        IModelRegistry models_,
        IAuditBoard auditBoard_,
        IVault vault_,
        uint96 tableBond_,
        uint96 demandBond_,
        uint32 answerBlocks_
    ) FairnessRecords(membership_, models_, auditBoard_, vault_, tableBond_, demandBond_, answerBlocks_) {}

    /// @inheritdoc IFairnessBoard
    function publish(Submission calldata s, Permit calldata permit) external returns (bytes32 tableId) {
        if (!membership.hasRole(SUPPLIER_ROLE, msg.sender)) revert NotSupplier(msg.sender);
        if (models.ownerOf(s.modelId) != msg.sender) revert NotOwner(s.modelId, msg.sender);
        tableId = tableIdOf(msg.sender, s.params, s.n, s.nonce, s.dataCommit);
        if (_tables[tableId].state != TableState.None) revert AlreadyPublished(tableId);
        if (_nonceUsed[msg.sender][s.nonce]) revert NonceUsed(s.nonce);
        _requireWellFormed(s);
        _requireEnds(s);
        _requireSigned(s, tableId);

        _nonceUsed[msg.sender][s.nonce] = true;
        Record storage t = _tables[tableId];
        (t.state, t.params, t.n, t.bonded) = (TableState.Pending, s.params, s.n, true);
        (t.modelId, t.publishedAt) = (s.modelId, block.number.toUint32());
        (t.root, t.tally) = (s.root, s.tally);
        emit Published(
            tableId,
            s.modelId,
            msg.sender,
            s.params,
            s.n,
            s.nonce,
            s.dataCommit,
            s.root,
            s.tally,
            s.signature,
            s.file,
            s.uri
        );
        vault.deposit(msg.sender, tableBond, permit);
    }

    /// @inheritdoc IFairnessBoard
    function retire(bytes32 tableId) external {
        Record storage t = _known(tableId);
        if (models.ownerOf(t.modelId) != msg.sender) revert NotOwner(t.modelId, msg.sender);
        if (t.releaseBlock != 0) revert AlreadyRetired(t.releaseBlock);
        t.releaseBlock = (block.number + vault.unbondingBlocks()).toUint32();
        emit Retired(tableId, t.modelId, t.releaseBlock);
    }

    /// @inheritdoc IFairnessBoard
    function settleBond(bytes32 tableId) external {
        Record storage t = _known(tableId);
        if (!t.bonded) revert NotBonded(tableId);
        (address account, uint96 share) = _bondDue(t);
        t.bonded = false;
        emit BondSettled(tableId, account, share, tableBond - share);
        vault.disburse(tableBond, account, share);
    }

    /// @inheritdoc IFairnessBoard
    function conclude(bytes32 tableId, uint256 auditId, Verdict outcome) external {
        if (msg.sender != address(auditBoard)) revert NotAuditBoard(msg.sender);
        Record storage t = _known(tableId);
        if (outcome == Verdict.Values) {
            if (t.state != TableState.Pending) return;
            (t.state, t.auditId) = (TableState.Verified, auditId.toUint64());
            _appended.push(tableId);
            emit Appended(tableId, t.modelId, auditId, _appended.length - 1);
        } else if (outcome == Verdict.Invalid || outcome == Verdict.InvalidSpec) {
            if (t.state == TableState.Rejected || t.state == TableState.Refuted) return;
            (t.state, t.auditId) = (TableState.Rejected, auditId.toUint64());
            emit Rejected(tableId, t.modelId, auditId, outcome);
        }
    }

    /// @inheritdoc IFairnessBoard
    function requireAuditable(bytes32 tableId, uint32 modelId, uint32 minRows, uint32 minCell) external view {
        Record storage t = _known(tableId);
        if (t.modelId != modelId) revert WrongModel(tableId, modelId);
        if (t.state == TableState.Rejected) revert TableRejected(tableId);
        if (t.state == TableState.Refuted) revert TableRefuted(tableId);
        if (t.releaseBlock != 0) revert TableRetired(tableId);
        (uint256[] memory cells, uint256 rows) = FairnessTables.unpack(t.params, t.tally);
        if (rows < minRows) revert TooFewRows(rows, minRows);
        for (uint256 k; k < cells.length; ++k) {
            if (cells[k] < minCell) revert CellTooSmall(k, cells[k], minCell);
        }
    }

    /// Who gets a table's bond, or a share of it. Nobody can rebut a finding that the file is not what was published, so that
    /// costs no bond.
    function _bondDue(Record storage t) private view returns (address account, uint96 share) {
        if (t.state == TableState.Refuted) return (t.refuter, tableBond / REFUTERS_SHARE);
        if (t.state == TableState.Rejected && auditBoard.audit(t.auditId).outcome == Verdict.Invalid) {
            return (address(0), 0);
        }
        if (t.releaseBlock == 0 || block.number <= t.releaseBlock) revert BondNotDue(t.releaseBlock);
        if (t.demands != 0) revert DemandsOpen(t.demands);
        return (models.ownerOf(t.modelId), tableBond);
    }

    /// What needs no curve: parameters, size, packed counts, and where the file is.
    function _requireWellFormed(Submission calldata s) private pure {
        if (!FairnessTables.isKnown(s.params)) revert BadTable("params");
        if (s.n < 2 || s.n >> FairnessTables.width(s.params) != 0) revert BadTable("n");
        if (s.file == 0) revert BadTable("file");
        if (bytes(s.uri).length == 0 || bytes(s.uri).length > MAX_URI) revert BadTable("uri");
        // Above the last count a tally has nothing, so every count is below 2^width.
        if (s.tally >> (FairnessTables.permutations(s.params) * FairnessTables.width(s.params)) != 0) {
            revert BadTable("tally");
        }
        (, uint256 rows) = FairnessTables.unpack(s.params, s.tally);
        if (rows > s.n || (rows < s.n && !FairnessTables.hasPads(s.params))) revert BadTable("tally");
    }

    /// The two ends of every chain of checks that runs from row to row.
    function _requireEnds(Submission calldata s) private pure {
        Row calldata first = s.first;
        Row calldata last = s.last;
        if (!_isCanonical(first)) revert BadTable("first");
        if (!_isCanonical(last)) revert BadTable("last");
        if (!s.firstPath.opens(s.root, s.n, 1, FairnessTables.leaf(first))) revert BadTable("firstPath");
        if (!s.lastPath.opens(s.root, s.n, s.n, FairnessTables.leaf(last))) revert BadTable("lastPath");
        if (!s.lastPath.isLast(s.n)) revert BadTable("n");
        if (first.sum.x != first.cryptogram.x || first.sum.y != first.cryptogram.y) revert BadTable("first.sum");
        // Y_1 + X_n = X_1 - Y_n
        if (!first.mask.areEqualSums(last.key, first.key, last.mask.negate())) revert BadTable("mask");
        // B_n = tally G; only pads make the tally 0, and then B_n would be infinity.
        if (last.sum.addressOf() != Secp256k1.lin(0, Secp256k1.generator(), s.tally)) revert BadTable("last.sum");
    }

    function _requireSigned(Submission calldata s, bytes32 tableId) private view {
        (uint256[] memory cells,) = FairnessTables.unpack(s.params, s.tally);
        bytes32 digest = FairnessTables.signed(tableId, s.root, cells);
        (address signer,,) = ECDSA.tryRecover(digest, s.signature);
        if (signer != msg.sender) revert BadTable("signature");
    }

    function _isCanonical(Row calldata row) private pure returns (bool) {
        return row.key.isCanonical() && row.mask.isCanonical() && row.cryptogram.isCanonical() && row.sum.isCanonical();
    }
}
