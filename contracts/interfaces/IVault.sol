// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMembership} from "./IMembership.sol";
import {IAssayToken} from "./IAssayToken.sol";
import {Permit} from "../types/AuditTypes.sol";
import {Seat, Settlement} from "../types/VaultTypes.sol";

/// @title Every token of the network
/// @notice Invariant: sum(free + locked) + escrowed + totalOwed == token.balanceOf(vault).
interface IVault {
    /// @notice An oracle took a permanent seat.
    event Seated(uint8 indexed seat, address indexed operator);
    /// @notice Stake was added.
    event Staked(uint8 indexed seat, uint96 amount);
    /// @notice A seat can (or can no longer) be drawn.
    event ActiveChanged(uint8 indexed seat, bool active);
    /// @notice Stake leaves once `releaseBlock` has passed.
    event Unbonding(uint8 indexed seat, uint96 amount, uint32 releaseBlock);
    /// @notice Unbonded stake left.
    event Released(uint8 indexed seat, uint96 amount);
    /// @notice A reward was added to a seat's free stake.
    event Rewarded(uint8 indexed seat, uint96 amount);
    /// @notice A bond went to the treasury.
    event Slashed(uint8 indexed seat, uint96 amount);
    /// @notice A seat was struck for being unavailable. The third strike in a row, and each further one, jails it for the
    ///         unbonding period; `jailedUntil` is zero unless it was jailed.
    event Struck(uint8 indexed seat, uint8 strikes, uint32 jailedUntil);
    /// @notice An account is owed more.
    event Owed(address indexed account, uint96 amount);
    /// @notice An account took what it was owed.
    event Withdrawn(address indexed account, uint256 amount);

    /// @notice The caller is not the board whose call this is.
    error NotBoard(address caller);
    /// @notice The account is not an admitted oracle.
    error NotOracle(address account);
    /// @notice The account has no seat.
    error NoSeat(address account);
    /// @notice All 256 seats are taken.
    error Full();
    /// @notice The seat cannot be active: too little stake stays in it, or it is jailed.
    error CannotActivate(uint96 staying, uint96 minimum, uint32 jailedUntil);
    /// @notice The seat's operator is still an admitted oracle.
    error StillOracle(address operator);
    /// @notice More than the seat has.
    error InsufficientStake(uint96 available, uint96 wanted);
    /// @notice The allowance does not cover the amount, and the permit did not help.
    error InsufficientAllowance(uint256 allowance, uint256 wanted);
    /// @notice Nothing to take yet.
    error NothingDue(uint32 releaseBlock);
    /// @notice The deployer chose an unbonding period that block numbers cannot hold.
    error UnbondingTooLong(uint32 blocks, uint32 longest);
    /// @notice A settlement does not add up.
    error Unbalanced(uint256 paid, uint256 available);

    /// @notice Adds stake; takes a permanent seat on first use; activates the seat when it qualifies. Oracles only.
    /// @param permit Tried first; a failing permit is harmless when the allowance suffices.
    function stake(uint96 amount, Permit calldata permit) external returns (uint8 seat);

    /// @notice Makes the caller's seat drawable again. Oracles only.
    function activate() external;

    /// @notice Announces that stake leaves; replaces an earlier announcement; zero cancels it. The stake can still be
    ///         locked and slashed until released. Needs no role.
    function unbond(uint96 amount) external;

    /// @notice Pays out announced stake after the unbonding period, as far as it is still free. Needs no role.
    function release() external returns (uint96 amount);

    /// @notice Pays out what the caller is owed. Needs no role.
    function withdraw() external returns (uint256 amount);

    /// @notice Clears the active bit of a seat whose operator lost the oracle role. Anyone.
    function deactivate(uint8 seat) external;

    /// @notice Takes a client's payment, or the bond of a table or a demand, into escrow. Either board.
    function deposit(address from, uint96 amount, Permit calldata permit) external;

    /// @notice Lets a bond out of escrow: `share` is owed to the account, the rest to the treasury. The fairness board only, and
    ///         only what it deposited.
    function disburse(uint96 bond, address account, uint96 share) external;

    /// @notice Locks a bond on every seat of a roster. Every seat must be eligible. The audit board only.
    function lock(uint256 roster, uint96 bond) external;

    /// @notice Unlocks, pays, slashes, strikes and refunds. The audit board only.
    function settle(Settlement calldata settlement) external;

    /// @notice Seats of `mask` whose operator is an admitted oracle and whose free stake covers `bond`.
    function eligible(uint256 mask, uint96 bond) external view returns (uint256);

    /// @notice The seat of an operator; reverts when it has none.
    function seatOf(address operator) external view returns (uint8);

    /// @notice One more than the operator's seat, or zero when it has none.
    function numberOf(address operator) external view returns (uint256);

    /// @notice The operator of a seat, or zero.
    function operatorOf(uint8 seat) external view returns (address);

    /// @notice A seat's stake.
    function seat(uint8 index) external view returns (Seat memory);

    /// @notice Number of seats taken.
    function seats() external view returns (uint256);

    /// @notice Announced amount and the block after which it can be released.
    function unbonding(uint8 seat) external view returns (uint96 amount, uint32 releaseBlock);

    /// @notice Bitmap of drawable seats.
    function activeMask() external view returns (uint256);

    /// @notice What an account can withdraw.
    function owed(address account) external view returns (uint256);

    /// @notice Sum of what all accounts can withdraw.
    function totalOwed() external view returns (uint256);

    /// @notice Sum of all clients' payments not yet settled, and of all bonds of tables and demands.
    function escrowed() external view returns (uint256);

    /// @notice Sum of all bonds of tables and demands.
    function bonded() external view returns (uint256);

    /// @notice What must stay (free and locked stake, less what is announced to leave) in an active seat; also the
    ///         largest bond that a policy may ask.
    function minimumStake() external view returns (uint96);

    /// @notice The token that is held.
    function token() external view returns (IAssayToken);

    /// @notice Where roles are looked up.
    function membership() external view returns (IMembership);

    /// @notice Who is owed slashed bonds and forfeits.
    function treasury() external view returns (address);

    /// @notice The only contract that locks and settles: the audit board.
    function board() external view returns (address);

    /// @notice The only contract that disburses bonds: the fairness board.
    function tables() external view returns (address);

    /// @notice Unbonding period in blocks; longer than the longest audit with its appeal.
    function unbondingBlocks() external view returns (uint32);
}
