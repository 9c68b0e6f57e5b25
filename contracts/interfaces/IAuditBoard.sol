// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFairnessBoard} from "./IFairnessBoard.sol";
import {IMembership} from "./IMembership.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IPolicies} from "./IPolicies.sol";
import {IVault} from "./IVault.sol";
import {Audit, Permit, Phase, Request, Verdict} from "../types/AuditTypes.sol";
import {Kind} from "../types/PolicyTypes.sol";

/// @title Audits from request to verified metric
/// @notice A fairness audit is a request under a policy of kind `Fairness` whose `testSet` is a published table's id.
///         Votes are packed lanes (see `Lanes`) or a packed fault (see `Faults`). Policies with at most eight lanes keep each
///         vote on-chain; wider ones keep its digest, and `close` is given the words again, taken from the `Revealed` events.
interface IAuditBoard {
    /// @notice A client requested and paid an audit.
    event Requested(
        uint256 indexed auditId,
        uint32 indexed modelId,
        address indexed client,
        uint32 policyId,
        uint96 escrow,
        uint256 activeMask,
        bytes32 testSet,
        string testSetUri
    );
    /// @notice The seed is fixed, the roster drawn and its bonds locked.
    event Opened(uint256 indexed auditId, bytes32 seed, uint256 roster, uint32 commitEnd, uint32 revealEnd);
    /// @notice A member of the roster committed to a vote.
    event Committed(uint256 indexed auditId, uint8 indexed seat, bytes32 commitment);
    /// @notice A commitment was opened.
    event Revealed(uint256 indexed auditId, uint8 indexed seat, Verdict verdict, uint256[] words, bytes32 evidence);
    /// @notice A majority agreed. `lowest` and `highest` span the paid votes, lane by lane. Masks are over positions.
    event Decided(
        uint256 indexed auditId,
        Verdict outcome,
        uint256[] result,
        uint256[] lowest,
        uint256[] highest,
        uint32 paid,
        uint32 slashed,
        uint32 disputeEnd
    );
    /// @notice The dispute window passed; the result stands and everyone was paid or slashed.
    event Finalized(uint256 indexed auditId, uint32 paid, uint32 slashed, uint96 refund);
    /// @notice A decision was appealed: the seats in `added` vote too, until the new deadlines.
    event Appealed(
        uint256 indexed auditId,
        address indexed appellant,
        uint96 deposit,
        uint256 added,
        uint32 commitEnd,
        uint32 revealEnd
    );
    /// @notice What came of an appeal, and what the appellant is owed: of its deposit and of the slashed bonds.
    event AppealSettled(uint256 indexed auditId, address indexed appellant, bool won, uint96 returned);
    /// @notice A fairness audit's decision was shown to be wrong: nobody is paid, the client is refunded, the refuter is owed
    ///         `bounty` of what is slashed.
    event Overruled(uint256 indexed auditId, address indexed refuter, uint32 slashed, uint96 refund, uint96 bounty);
    /// @notice The audit ended without a result; the client is refunded less `forfeit`, absentees are slashed.
    event Expired(uint256 indexed auditId, uint32 slashed, uint96 refund, uint96 forfeit);

    /// @notice The caller is not a client.
    error NotClient(address caller);
    /// @notice The caller is not a gatekeeper.
    error NotGatekeeper(address caller);
    /// @notice The policy no longer accepts requests.
    error PolicyRetired(uint32 policyId);
    /// @notice The named part of the request is out of range.
    error BadRequest(string field);
    /// @notice Too few oracles could be drawn.
    error RosterTooSmall(uint256 active, uint256 minimum);
    /// @notice The audit costs more than the client allowed.
    error FeeTooHigh(uint96 fee, uint96 maxFee);
    /// @notice The audit is in another phase.
    error WrongPhase(Phase phase);
    /// @notice The secret does not match the request.
    error WrongSecret();
    /// @notice The audit can be opened from `fromBlock` to `toBlock`.
    error NotOpenable(uint256 fromBlock, uint256 toBlock);
    /// @notice The audit can still be opened until `toBlock`.
    error StillOpenable(uint256 toBlock);
    /// @notice Decisions on this kind of subject cannot be appealed.
    error NotAppealable(Kind kind);
    /// @notice The audit was appealed before.
    error AlreadyAppealed(uint256 auditId);
    /// @notice No oracle of the snapshot outside of the roster, other than the caller, is active and eligible.
    error NobodyToAdd(uint256 auditId);
    /// @notice The dispute window is over.
    error DisputeWindowOver(uint32 disputeEnd);
    /// @notice The account is not in the roster or, after an appeal, not among those added.
    error NotInRoster(uint256 auditId, address account);
    /// @notice The commit phase is over.
    error CommitPhaseOver(uint32 commitEnd);
    /// @notice The commit phase is not over.
    error CommitPhaseNotOver(uint32 commitEnd);
    /// @notice The reveal phase is over.
    error RevealPhaseOver(uint32 revealEnd);
    /// @notice The reveal phase is not over.
    error RevealPhaseNotOver(uint32 revealEnd);
    /// @notice The dispute window is not over.
    error DisputeWindowOpen(uint32 disputeEnd);
    /// @notice Rows of the audited table are awaited; settle it after block `until`, or when they were shown.
    error RowsAwaited(uint256 until);
    /// @notice The account committed before.
    error AlreadyCommitted(uint256 auditId, address account);
    /// @notice An all-zero commitment.
    error EmptyCommitment();
    /// @notice The account has nothing (more) to reveal.
    error NothingToReveal(uint256 auditId, address account);
    /// @notice The opening does not match the commitment.
    error WrongOpening(bytes32 got, bytes32 committed);
    /// @notice The verdict is not available for the audit's kind, or its words are not what it must carry.
    error BadVerdict(Verdict verdict);
    /// @notice A lane of the hint is not the lower median.
    error WrongMedian(uint256 lane, uint256 below, uint256 notAbove);
    /// @notice The resupplied words do not match the vote at this position of the roster.
    error WrongVote(uint256 position);

    /// @notice Requests and pays an audit. Clients only, unless paused.
    /// @param permit Tried first; a failing permit is harmless when the allowance suffices.
    /// @return auditId Its number, counted from 1.
    function request(Request calldata r, Permit calldata permit) external returns (uint256 auditId);

    /// @notice Fixes the seed, draws the roster and locks its bonds; cancels with a full refund when too few oracles are
    ///         eligible. Anyone who knows the secret, within 200 blocks of the request.
    function open(uint256 auditId, bytes32 secret) external;

    /// @notice Commits the caller's vote; see `commitmentOf`. Members of the roster only, once; after an appeal those added.
    function commit(uint256 auditId, bytes32 commitment) external;

    /// @notice Opens a commitment. Anyone may deliver it for its voter.
    function reveal(
        uint256 auditId,
        address voter,
        Verdict verdict,
        uint256[] calldata words,
        bytes32 evidence,
        bytes32 salt
    ) external;

    /// @notice Decides the audit, or expires it when no majority agrees. Anyone, after the reveal phase.
    /// @param medianHint Lower median, packed, of the revealed values when a majority revealed values, of the revealed faults
    ///        when a majority revealed `Invalid`; otherwise ignored.
    /// @param votes When a majority revealed values under a policy wider than eight lanes, their words in order of position;
    ///        otherwise ignored.
    function close(uint256 auditId, uint256[] calldata medianHint, uint256[][] calldata votes) external;

    /// @notice Lets more oracles vote on a decided whitebox audit: the active ones of its snapshot outside of the roster and
    ///         other than the caller, in the seed's order, up to 31 in all. The votes cast stay; `close` decides all of them
    ///         together, where an added `Unavailable` counts as not voting. The caller pays those added. If the decision is replaced (another verdict, or a lane that moved by
    ///         more than its tolerance) it gets all of that back, as far as slashed bonds suffice; if it is confirmed, the
    ///         treasury keeps the rest; without a majority nothing was paid and the deposit returns. Anyone, in the dispute
    ///         window, once an audit.
    /// @param permit Tried first; a failing permit is harmless when the allowance suffices.
    function appeal(uint256 auditId, Permit calldata permit) external;

    /// @notice Settles a decided audit after the dispute window, and tells the fairness board what was found of a table. Anyone.
    function finalize(uint256 auditId) external;

    /// @notice Refunds a request that was not opened in time, less the policy's forfeit. Anyone.
    function expire(uint256 auditId) external;

    /// @notice Stops new requests. Gatekeepers only. Audits under way are unaffected.
    function pause() external;

    /// @notice Allows new requests again. Gatekeepers only.
    function unpause() external;

    /// @notice What `request` would escrow now, and the roster size it pays for.
    function quote(uint32 modelId, uint32 policyId, address client) external view returns (uint96 fee, uint256 rosterSize);

    /// @notice What `appeal` would deposit now, and the seats it would add; reverts as it would.
    function quoteAppeal(uint256 auditId, address appellant) external view returns (uint96 deposit, uint256 added);

    /// @notice Where roles are looked up.
    function membership() external view returns (IMembership);

    /// @notice Where policies are looked up.
    function policies() external view returns (IPolicies);

    /// @notice Where models are looked up.
    function models() external view returns (IModelRegistry);

    /// @notice Where every token is held.
    function vault() external view returns (IVault);

    /// @notice Where fairness tables are published.
    function tables() external view returns (IFairnessBoard);

    /// @notice Number of audits; they are numbered from 1.
    function count() external view returns (uint256);

    /// @notice The state of an audit.
    function audit(uint256 auditId) external view returns (Audit memory);

    /// @notice The decided lanes or, when the outcome is `Invalid`, the decided fault, packed; empty until decided or when the
    ///         outcome carries neither.
    function result(uint256 auditId) external view returns (uint256[] memory);

    /// @notice The stored word of a seat: its commitment, then its vote (or the vote's digest for wide policies).
    function voteOf(uint256 auditId, uint8 seat) external view returns (bytes32);

    /// @notice Number of audits ever requested of a model.
    function auditCountOf(uint32 modelId) external view returns (uint256);

    /// @notice The index-th audit of a model, oldest first.
    function auditOf(uint32 modelId, uint256 index) external view returns (uint256 auditId);

    /// @notice keccak256(abi.encode(chainid, board, auditId, voter, verdict, words, evidence, salt)).
    function commitmentOf(
        uint256 auditId,
        address voter,
        Verdict verdict,
        uint256[] calldata words,
        bytes32 evidence,
        bytes32 salt
    ) external view returns (bytes32);
}
