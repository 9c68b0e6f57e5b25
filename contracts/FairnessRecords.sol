// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditBoard} from "./interfaces/IAuditBoard.sol";
import {IFairnessBoard} from "./interfaces/IFairnessBoard.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IVault} from "./interfaces/IVault.sol";
import {FairnessTables} from "./libraries/FairnessTables.sol";
import {Bound, Demand, Fault, Table, TableState} from "./types/FairnessTypes.sol";

/// @title What is kept of fairness tables, and how it is read
/// @notice The storage and the views of `FairnessBoard`.
abstract contract FairnessRecords is IFairnessBoard {
    /// One table. A refutation reads and writes the first word only, and reads the root. The supplier is the owner of the
    /// model, which never changes.
    struct Record {
        address refuter;
        TableState state;
        uint32 params;
        uint32 n;
        bool visible;
        bool bonded;
        uint32 modelId;
        uint32 publishedAt;
        uint32 releaseBlock;
        uint64 auditId;
        uint32 demands;
        uint32 lastDeadline;
        bytes32 root;
        uint256 tally;
    }

    /// @inheritdoc IFairnessBoard
    IMembership public immutable membership;
    /// @inheritdoc IFairnessBoard
    IModelRegistry public immutable models;
    /// @inheritdoc IFairnessBoard
    IAuditBoard public immutable auditBoard;
    /// @inheritdoc IFairnessBoard
    IVault public immutable vault;
    /// @inheritdoc IFairnessBoard
    uint96 public immutable tableBond;
    /// @inheritdoc IFairnessBoard
    uint96 public immutable demandBond;
    /// @inheritdoc IFairnessBoard
    uint32 public immutable answerBlocks;

    /// @inheritdoc IFairnessBoard
    mapping(address announcer => mapping(bytes32 commitment => uint256)) public announcedAt;
    /// @inheritdoc IFairnessBoard
    mapping(uint256 auditId => bool) public rebutted;

    mapping(bytes32 tableId => Record) internal _tables;
    mapping(bytes32 tableId => mapping(uint32 row => Demand)) internal _demands;
    mapping(address supplier => mapping(bytes32 nonce => bool)) internal _nonceUsed;
    bytes32[] internal _appended;

    constructor(
        IMembership membership_,
        IModelRegistry models_,
        IAuditBoard auditBoard_,
        IVault vault_,
        uint96 tableBond_,
        uint96 demandBond_,
        uint32 answerBlocks_
    ) {
        membership = membership_;
        models = models_;
        auditBoard = auditBoard_;
        vault = vault_;
        tableBond = tableBond_;
        demandBond = demandBond_;
        answerBlocks = answerBlocks_;
    }

    /// @inheritdoc IFairnessBoard
    function table(bytes32 tableId) external view returns (Table memory found) {
        Record storage t = _tables[tableId];
        if (t.state == TableState.None) return found;
        return Table({
            supplier: models.ownerOf(t.modelId),
            modelId: t.modelId,
            params: t.params,
            n: t.n,
            state: t.state,
            publishedAt: t.publishedAt,
            auditId: t.auditId,
            root: t.root,
            tally: t.tally,
            bonded: t.bonded,
            releaseBlock: t.releaseBlock,
            refuter: t.refuter,
            visible: t.visible
        });
    }

    /// @inheritdoc IFairnessBoard
    function counts(bytes32 tableId) external view returns (uint256[] memory cells) {
        Record storage t = _known(tableId);
        (cells,) = FairnessTables.unpack(t.params, t.tally);
    }

    /// @inheritdoc IFairnessBoard
    function count() external view returns (uint256) {
        return _appended.length;
    }

    /// @inheritdoc IFairnessBoard
    function tableAt(uint256 index) external view returns (bytes32 tableId) {
        return _appended[index];
    }

    /// @inheritdoc IFairnessBoard
    function demandOf(bytes32 tableId, uint32 row) external view returns (Demand memory) {
        return _demands[tableId][row];
    }

    /// @inheritdoc IFairnessBoard
    function tableIdOf(address supplier, uint32 params, uint32 n, bytes32 nonce, bytes32 dataCommit)
        public
        view
        returns (bytes32)
    {
        return FairnessTables.tableId(supplier, params, n, nonce, dataCommit);
    }

    /// @inheritdoc IFairnessBoard
    function commitmentOf(address announcer, bytes32 tableId, Fault memory fault, bytes32 salt)
        public
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(announcer, tableId, fault, salt));
    }

    function _known(bytes32 tableId) internal view returns (Record storage t) {
        t = _tables[tableId];
        if (t.state == TableState.None) revert UnknownTable(tableId);
    }

    function _bound(bytes32 tableId, Record storage t) internal view returns (Bound memory) {
        return Bound(tableId, t.root, t.params, t.n);
    }
}
