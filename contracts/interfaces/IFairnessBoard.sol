// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditBoard} from "./IAuditBoard.sol";
import {IMembership} from "./IMembership.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IVault} from "./IVault.sol";
import {Permit, Verdict} from "../types/AuditTypes.sol";
import {Branch, Demand, Evidence, Fault, Opening, Row, Submission, Table} from "../types/FairnessTypes.sol";

/// @title Append-only fairness tables
/// @notice A supplier publishes a signed table of cryptograms (docs/fairness.md) with a bond; it stays pending until an
///         audit's oracles verified it, and only then stands on the board. Whatever they said, anyone refutes a false table by
///         showing one check that fails, or by asking for a row that nobody can show. Nothing is ever changed or removed.
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
    /// @notice Somebody committed to a refutation.
    event Announced(address indexed announcer, bytes32 commitment);
    /// @notice A table was shown to be false, or withheld (a fault of kind 0). `other` is the table of the earlier row of a
    ///         duplicate, else zero.
    event Refuted(bytes32 indexed tableId, address indexed refuter, Fault fault, bytes32 other);
    /// @notice Somebody asks for a row, to be shown up to `deadline`.
    event Demanded(bytes32 indexed tableId, uint32 indexed row, address indexed demander, uint32 deadline);
    /// @notice A row that was asked for.
    event Answered(
        bytes32 indexed tableId, uint32 indexed row, address indexed answerer, Row opened, Branch[] branches
    );
    /// @notice A demand ended without an answer, and the demander is owed its bond.
    event DemandExpired(bytes32 indexed tableId, uint32 indexed row, address indexed demander);
    /// @notice The check that an audit's outcome names was shown to hold, or not to exist.
    event Rebutted(uint256 indexed auditId, bytes32 indexed tableId, address indexed rebutter);
    /// @notice A supplier wants its bond back: no audit of the table can be requested any more.
    event Retired(bytes32 indexed tableId, uint32 indexed modelId, uint32 releaseBlock);
    /// @notice A table's bond left the vault: `share` to `account`, what was slashed besides to the treasury.
    event BondSettled(bytes32 indexed tableId, address indexed account, uint96 share, uint96 slashed);

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
    /// @notice The table was refuted.
    error TableRefuted(bytes32 tableId);
    /// @notice The supplier retired the table.
    error TableRetired(bytes32 tableId);
    /// @notice The table has fewer real rows than the policy demands.
    error TooFewRows(uint256 rows, uint256 minimum);
    /// @notice A permutation has fewer rows than the policy demands.
    error CellTooSmall(uint256 permutation, uint256 rows, uint256 minimum);

    /// @notice The caller did not commit to this refutation in an earlier block.
    error NotAnnounced(bytes32 commitment);
    /// @notice A table of these parameters has no such check.
    error NoSuchCheck(uint8 kind, uint32 row, uint32 branch);
    /// @notice The check holds: nothing is refuted.
    error CheckHolds(uint8 kind, uint32 row, uint32 branch);
    /// @notice The check fails: nothing is rebutted.
    error CheckFails(uint8 kind, uint32 row, uint32 branch);
    /// @notice Keys are held against tables that the same supplier published before, or in the same block.
    error NotEarlier(bytes32 tableId, bytes32 other);
    /// @notice The audit's outcome is not a fault that awaits settlement, or is rebutted already.
    error NotRebuttable(uint256 auditId);
    /// @notice The table has no such row.
    error NoSuchRow(uint32 row, uint32 n);
    /// @notice Rows can be asked for while a table is pending or verified and its bond in the vault.
    error NotDemandable(bytes32 tableId);
    /// @notice The row was asked for before, and is awaited or was shown.
    error AlreadyDemanded(bytes32 tableId, uint32 row);
    /// @notice Nobody waits for the row.
    error NoDemand(bytes32 tableId, uint32 row);
    /// @notice The row had to be shown up to `deadline`.
    error AnswerTooLate(uint32 deadline);
    /// @notice The row can still be shown up to `deadline`.
    error StillAnswerable(uint32 deadline);
    /// @notice The table was retired before.
    error AlreadyRetired(uint32 releaseBlock);
    /// @notice The table's bond is not due: retire the table and wait for the block; zero when it is not retired.
    error BondNotDue(uint32 releaseBlock);
    /// @notice The table's bond left before.
    error NotBonded(bytes32 tableId);
    /// @notice Somebody waits for a row of the table.
    error DemandsOpen(uint32 demands);

    /// @notice Publishes a table of the caller's, and deposits `tableBond`. Suppliers only. Reverts with `BadTable` unless
    ///         leaves 1 and n open under
    ///         the root with nothing right of n, B_1 = C_1, Y_1 + X_n = X_1 - Y_n, the counts are in range, have the
    ///         right sum and B_n = tally G, and the caller signed.
    /// @param permit Tried first; a failing permit is harmless when the allowance suffices.
    function publish(Submission calldata s, Permit calldata permit) external returns (bytes32 tableId);

    /// @notice Commits to a refutation, so that nobody can send it in the caller's place once it is seen. Anyone.
    /// @param commitment See `commitmentOf`.
    function announce(bytes32 commitment) external;

    /// @notice Shows that a check of a published table fails, whatever audits found. Anyone who announced it in an earlier
    ///         block. A refuted table stays refuted; the first refuter is owed a tenth of what is slashed for it.
    function refute(bytes32 tableId, Fault memory fault, bytes32 salt, Evidence calldata evidence) external;

    /// @notice Asks for a row of a pending or verified table, and deposits `demandBond`. Anyone; once for a row that is shown.
    function demand(bytes32 tableId, uint32 row, Permit calldata permit) external;

    /// @notice Shows a row that was asked for, with all branches of its proof. Anyone; the demander's bond is theirs.
    function answer(bytes32 tableId, Opening calldata opening, Branch[] calldata branches) external;

    /// @notice Ends a demand that nobody answered in time, or whose table is refuted: the demander is owed its bond, and is
    ///         the table's refuter if there was none. Anyone.
    function expireDemand(bytes32 tableId, uint32 row) external;

    /// @notice Shows that the check holds, or does not exist, by which a decided audit found its table false. Anyone, until the
    ///         audit is settled.
    /// @param evidence Ignored when the check does not exist, and for the checks of row 1 that `publish` made.
    function rebut(uint256 auditId, Evidence calldata evidence) external;

    /// @notice Announces that the supplier wants the table's bond back: from now on no audit of it can be requested. The
    ///         supplier only.
    function retire(bytes32 tableId) external;

    /// @notice Takes a table's bond out of the vault. Anyone. Of a refuted table a tenth is owed to the refuter, of one that an
    ///         audit found false nothing, the rest to the treasury; else it is owed to the supplier, `unbondingBlocks` of the
    ///         vault after the table was retired, unless rows are awaited.
    function settleBond(bytes32 tableId) external;

    /// @notice Records what a final audit found. The audit board only.
    function conclude(bytes32 tableId, uint256 auditId, Verdict outcome) external;

    /// @notice Whether a decided audit of a table is overturned, because the table that it verified is refuted, or the fault that
    ///         it found rebutted.
    /// @return overturned Whether it is.
    /// @return guilty Whether those who voted for the outcome could know better.
    /// @return refuter Who is owed a share of what is slashed, or nobody.
    function ruling(bytes32 tableId, uint256 auditId, Verdict outcome)
        external
        view
        returns (bool overturned, bool guilty, address refuter);

    /// @notice Last block in which an audit decided on a table cannot be settled yet, because rows are awaited: as long again
    ///         after the last demand's deadline as an answer may take, and at most twice that long after `disputeEnd`; zero
    ///         when no row is awaited or the table is refuted.
    function awaitedUntil(bytes32 tableId, uint256 disputeEnd) external view returns (uint256);

    /// @notice Reverts unless an audit of the model under a policy with these minima can examine the table.
    function requireAuditable(bytes32 tableId, uint32 modelId, uint32 minRows, uint32 minCell) external view;

    /// @notice A table, all zero when there is none of this id.
    function table(bytes32 tableId) external view returns (Table memory);

    /// @notice The declared number of rows of every permutation k = 4 * group + 2 * actual + predicted.
    function counts(bytes32 tableId) external view returns (uint256[] memory);

    /// @notice What `announce` takes.
    function commitmentOf(address announcer, bytes32 tableId, Fault memory fault, bytes32 salt)
        external
        pure
        returns (bytes32);

    /// @notice The block of an account's commitment, or zero.
    function announcedAt(address announcer, bytes32 commitment) external view returns (uint256);

    /// @notice The state of a demand; all zero when the row was never asked for.
    function demandOf(bytes32 tableId, uint32 row) external view returns (Demand memory);

    /// @notice Whether the fault that an audit found was rebutted.
    function rebutted(uint256 auditId) external view returns (bool);

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
    function auditBoard() external view returns (IAuditBoard);

    /// @notice Where bonds are.
    function vault() external view returns (IVault);

    /// @notice What a supplier deposits for every table.
    function tableBond() external view returns (uint96);

    /// @notice What who asks for a row deposits; it pays for the answer.
    function demandBond() external view returns (uint96);

    /// @notice How long a row that was asked for can be shown.
    function answerBlocks() external view returns (uint32);
}
