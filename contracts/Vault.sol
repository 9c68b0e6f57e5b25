// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {VaultRecords} from "./VaultRecords.sol";
import {IAssayToken} from "./interfaces/IAssayToken.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IVault} from "./interfaces/IVault.sol";
import {PackedSeats} from "./libraries/PackedSeats.sol";
import {Seats} from "./libraries/Seats.sol";
import {Permit} from "./types/AuditTypes.sol";
import {ORACLE_ROLE} from "./types/Roles.sol";
import {Leaving, PackedSeat, Seat, Settlement, Totals} from "./types/VaultTypes.sol";

/// @title Every token of the network
/// @notice See `IVault`.
contract Vault is VaultRecords {
    using SafeERC20 for IAssayToken;
    using PackedSeats for PackedSeat;
    using PackedSeats for Seat;
    using SafeCast for uint256;
    using Seats for uint256;

    uint256 private constant STRIKES_TO_JAIL = 3;

    modifier onlyBoard() {
        if (msg.sender != board) revert NotBoard(msg.sender);
        _;
    }

    /// @dev Warning: `board_` and `tables_` alone decide who is slashed and paid, for ever.
    constructor(
        IAssayToken token_,
        IMembership membership_,
        address board_,
        address tables_,
        address treasury_,
        uint96 minimumStake_,
        uint32 unbondingBlocks_
    ) VaultRecords(token_, membership_, board_, tables_, treasury_, minimumStake_, unbondingBlocks_) {}

    /// @inheritdoc IVault
    function stake(uint96 amount, Permit calldata permit) external returns (uint8 index) {
        _requireOracle(msg.sender);
        index = numberOf[msg.sender] == 0 ? _takeSeat() : seatOf(msg.sender);
        Seat memory s = seat(index);
        s.free += amount;
        _seats[index] = s.pack();
        emit Staked(index, amount);
        if (_qualifies(index, s)) _setActive(index, true);
        _pull(msg.sender, amount, permit);
    }

    /// @inheritdoc IVault
    function activate() external {
        _requireOracle(msg.sender);
        uint8 index = seatOf(msg.sender);
        Seat memory s = seat(index);
        if (!_qualifies(index, s)) revert CannotActivate(_staying(index, s), minimumStake, s.jailedUntil);
        _setActive(index, true);
    }

    /// @inheritdoc IVault
    function unbond(uint96 amount) external {
        uint8 index = seatOf(msg.sender);
        Seat memory s = seat(index);
        if (amount > s.free + s.locked) revert InsufficientStake(s.free + s.locked, amount);
        uint32 releaseBlock = amount == 0 ? 0 : (block.number + unbondingBlocks).toUint32();
        unbonding[index] = Leaving(amount, releaseBlock);
        emit Unbonding(index, amount, releaseBlock);
        if (!_qualifies(index, s)) _setActive(index, false);
    }

    /// @inheritdoc IVault
    function release() external returns (uint96 amount) {
        uint8 index = seatOf(msg.sender);
        Leaving memory l = unbonding[index];
        Seat memory s = seat(index);
        amount = l.amount < s.free ? l.amount : s.free;
        if (amount == 0 || block.number <= l.releaseBlock) revert NothingDue(l.releaseBlock);
        s.free -= amount;
        _seats[index] = s.pack();
        unbonding[index].amount = l.amount - amount;
        emit Released(index, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IVault
    function withdraw() external returns (uint256 amount) {
        amount = owed[msg.sender];
        if (amount == 0) revert NothingDue(0);
        owed[msg.sender] = 0;
        _totals.owed -= amount.toUint128();
        emit Withdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IVault
    function deactivate(uint8 index) external {
        address operator = operatorOf(index);
        if (operator == address(0)) revert NoSeat(operator);
        if (membership.hasRole(ORACLE_ROLE, operator)) revert StillOracle(operator);
        _setActive(index, false);
    }

    /// @inheritdoc IVault
    function deposit(address from, uint96 amount, Permit calldata permit) external {
        if (msg.sender == board) _totals.escrowed += amount;
        else if (msg.sender == tables) bonded += amount;
        else revert NotBoard(msg.sender);
        _pull(from, amount, permit);
    }

    /// @inheritdoc IVault
    function disburse(uint96 bond, address account, uint96 share) external {
        if (msg.sender != tables) revert NotBoard(msg.sender);
        if (share > bond) revert Unbalanced(share, bond);
        bonded -= bond;
        _totals.owed += bond;
        _owe(treasury, bond - share);
        _owe(account, share);
    }

    /// @inheritdoc IVault
    function lock(uint256 roster, uint96 bond) external onlyBoard {
        for (uint256 i; roster != 0; (++i, roster >>= 1)) {
            if (roster & 1 == 0) continue;
            Seat memory s = _seats[i].unpack();
            if (s.free < bond) revert InsufficientStake(s.free, bond);
            (s.free, s.locked) = (s.free - bond, s.locked + bond);
            _seats[i] = s.pack();
        }
    }

    /// @inheritdoc IVault
    function settle(Settlement calldata s) external onlyBoard {
        uint256 bonds = s.slashed.count() * s.bond;
        uint256 spent = s.paid.count() * s.reward + s.forfeit;
        if (spent > s.escrow) revert Unbalanced(spent, s.escrow);
        if (s.bounty > bonds) revert Unbalanced(s.bounty, bonds);
        uint256 forTreasury = bonds - s.bounty + s.forfeit;
        uint256 refund = s.escrow - spent;
        _settleSeats(s);
        Totals memory t = _totals;
        _totals = Totals(t.escrowed - s.escrow, t.owed + (forTreasury + s.bounty + refund).toUint128());
        _owe(treasury, forTreasury);
        _owe(s.beneficiary, s.bounty);
        _owe(s.client, refund);
    }

    function _takeSeat() private returns (uint8 index) {
        if (_operators.length == MAX_SEATS) revert Full();
        index = uint8(_operators.length);
        _operators.push(msg.sender);
        numberOf[msg.sender] = _operators.length;
        emit Seated(index, msg.sender);
    }

    /// Nothing here may revert because of one seat: everybody's money waits for it.
    function _settleSeats(Settlement memory s) private {
        (uint256 roster, uint256 paid, uint256 slashed, uint256 struck) = (s.roster, s.paid, s.slashed, s.struck);
        (uint96 bond, uint96 reward) = (s.bond, s.reward);
        for (uint256 i; roster != 0; (++i, roster >>= 1)) {
            if (roster & 1 == 0) continue;
            Seat memory seat_ = _seats[i].unpack();
            seat_.locked -= bond;
            if (slashed & 1 == 0) seat_.free += bond;
            if (paid & 1 != 0) {
                seat_.free += reward;
                seat_.strikes = 0;
                emit Rewarded(uint8(i), reward);
            }
            if (struck & 1 != 0) _strike(uint8(i), seat_);
            _seats[i] = seat_.pack();
            if (slashed & 1 != 0) _afterSlash(uint8(i), seat_, bond);
            (paid, slashed, struck) = (paid >> 1, slashed >> 1, struck >> 1);
        }
    }

    /// The count saturates.
    function _strike(uint8 index, Seat memory s) private {
        if (s.strikes < type(uint8).max) ++s.strikes;
        uint32 jailedUntil;
        if (s.strikes >= STRIKES_TO_JAIL) {
            jailedUntil = s.jailedUntil = (block.number + unbondingBlocks).toUint32();
            _setActive(index, false);
        }
        emit Struck(index, s.strikes, jailedUntil);
    }

    /// What was announced to leave cannot be more than what is left.
    function _afterSlash(uint8 index, Seat memory s, uint96 bond) private {
        emit Slashed(index, bond);
        uint96 left = s.free + s.locked;
        if (unbonding[index].amount > left) unbonding[index].amount = left;
        if (!_qualifies(index, s)) _setActive(index, false);
    }

    function _owe(address account, uint256 amount) private {
        if (amount == 0) return;
        owed[account] += amount;
        emit Owed(account, amount.toUint96());
    }

    function _setActive(uint8 index, bool active) private {
        uint256 bit = 1 << index;
        if ((activeMask & bit != 0) == active) return;
        activeMask ^= bit;
        emit ActiveChanged(index, active);
    }

    /// A permit that fails may have been used by someone else already; only the allowance counts.
    function _pull(address from, uint256 amount, Permit calldata p) private {
        if (p.v != 0) {
            try token.permit(from, address(this), p.value, p.deadline, p.v, p.r, p.s) {} catch {}
        }
        uint256 allowance = token.allowance(from, address(this));
        if (allowance < amount) revert InsufficientAllowance(allowance, amount);
        token.safeTransferFrom(from, address(this), amount);
    }

    function _requireOracle(address account) private view {
        if (!membership.hasRole(ORACLE_ROLE, account)) revert NotOracle(account);
    }

    function _qualifies(uint8 index, Seat memory s) private view returns (bool) {
        return _staying(index, s) >= minimumStake && block.number >= s.jailedUntil;
    }

    /// Stake that is not announced to leave.
    function _staying(uint8 index, Seat memory s) private view returns (uint96) {
        return s.free + s.locked - unbonding[index].amount;
    }
}
