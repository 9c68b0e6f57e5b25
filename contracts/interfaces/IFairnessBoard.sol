// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMembership} from "./IMembership.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {Verdict} from "../types/AuditTypes.sol";
import {Submission, Table} from "../types/FairnessTypes.sol";

/// @title Append-only fairness tables
/// @notice A supplier publishes a signed table of cryptograms (docs/fairness.md); it stays pending until an audit's oracles
///         verified it, and only then stands on the board. Nothing is ever changed or removed.
interface IFairnessBoard {
    /// @notice A supplier published a table.
    event Published(
        bytes32 indexed tableId,
        uint32 indexed modelId,
        address indexed supplier,
        uint32 params,
        uint32 n,
        bytes32 nonce,
        bytes32 dataCommit,
        bytes32 root,
        uint256 tally,
        bytes signature,
        bytes32 file,
        string uri
    );
    /// @notice Oracles verified a table: it stands on the board, at `index`.
    event Appended(bytes32 indexed tableId, uint32 indexed modelId, uint256 indexed auditId, uint256 index);
    /// @notice A majority of oracles found a table false (`Invalid`) or its file not what was published (`InvalidSpec`).
    event Rejected(bytes32 indexed tableId, uint32 indexed modelId, uint256 indexed auditId, Verdict outcome);

    /// @notice The caller is not a supplier.
    error NotSupplier(address caller);
    /// @notice The caller does not own the model.
    error NotOwner(uint32 modelId, address caller);
    /// @notice The caller is not the audit board.
    error NotAuditBoard(address caller);
    /// @notice No table has this id.
    error UnknownTable(bytes32 tableId);
    /// @notice The table was published before.
    error AlreadyPublished(bytes32 tableId);
    /// @notice The supplier used this nonce for another table.
    error NonceUsed(bytes32 nonce);
    /// @notice The named part of the submission is malformed or false.
    error BadTable(string field);
    /// @notice The table belongs to another model.
    error WrongModel(bytes32 tableId, uint32 modelId);
    /// @notice The table was found false.
    error TableRejected(bytes32 tableId);
    /// @notice The table has fewer real rows than the policy demands.
    error TooFewRows(uint256 rows, uint256 minimum);
    /// @notice A permutation has fewer rows than the policy demands.
    error CellTooSmall(uint256 permutation, uint256 rows, uint256 minimum);

    /// @notice Publishes a table of the caller's. Suppliers only. Reverts with `BadTable` unless leaves 1 and n open under
    ///         the root with nothing right of n, B_1 = C_1, Y_1 + X_n = X_1 - Y_n, the counts are in range, have the
    ///         right sum and B_n = tally G, and the caller signed.
    function publish(Submission calldata s) external returns (bytes32 tableId);

    /// @notice Records what a final audit found. The audit board only.
    function conclude(bytes32 tableId, uint256 auditId, Verdict outcome) external;

    /// @notice Reverts unless an audit of the model under a policy with these minima can examine the table.
    function requireAuditable(bytes32 tableId, uint32 modelId, uint32 minRows, uint32 minCell) external view;

    /// @notice A table, all zero when there is none of this id.
    function table(bytes32 tableId) external view returns (Table memory);

    /// @notice The declared number of rows of every permutation k = 4 * group + 2 * actual + predicted.
    function counts(bytes32 tableId) external view returns (uint256[] memory);

    /// @notice Number of tables on the board.
    function count() external view returns (uint256);

    /// @notice The index-th table on the board, oldest first.
    function tableAt(uint256 index) external view returns (bytes32 tableId);

    /// @notice The id that a supplier's table has on this board; every challenge of its proofs is bound to it.
    function tableIdOf(address supplier, uint32 params, uint32 n, bytes32 nonce, bytes32 dataCommit)
        external
        view
        returns (bytes32);

    /// @notice Where roles are looked up.
    function membership() external view returns (IMembership);

    /// @notice Where models are looked up.
    function models() external view returns (IModelRegistry);

    /// @notice The only contract that concludes.
    function auditBoard() external view returns (address);
}
