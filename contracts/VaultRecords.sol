// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAssayToken} from "./interfaces/IAssayToken.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IVault} from "./interfaces/IVault.sol";
import {PackedSeats} from "./libraries/PackedSeats.sol";
import {ORACLE_ROLE} from "./types/Roles.sol";
import {Leaving, PackedSeat, Seat, Totals} from "./types/VaultTypes.sol";

/// @title What the vault keeps, and how it is read
/// @notice The storage and the views of `Vault`.
abstract contract VaultRecords is IVault {
    using PackedSeats for PackedSeat;

    uint256 internal constant MAX_SEATS = 256;
    uint32 private constant MAX_UNBONDING = 1 << 31;

    /// @inheritdoc IVault
    IAssayToken public immutable token;
    /// @inheritdoc IVault
    IMembership public immutable membership;
    /// @inheritdoc IVault
    address public immutable board;
    /// @inheritdoc IVault
    address public immutable tables;
    /// @inheritdoc IVault
    address public immutable treasury;
    /// @inheritdoc IVault
    uint96 public immutable minimumStake;
    /// @inheritdoc IVault
    uint32 public immutable unbondingBlocks;

    /// @inheritdoc IVault
    uint256 public activeMask;
    /// @inheritdoc IVault
    uint256 public bonded;
    /// @inheritdoc IVault
    mapping(address account => uint256) public owed;
    /// @inheritdoc IVault
    mapping(uint8 seat => Leaving) public unbonding;
    /// @inheritdoc IVault
    mapping(address operator => uint256) public numberOf;

    Totals internal _totals;
    address[] internal _operators;
    PackedSeat[MAX_SEATS] internal _seats;

    constructor(
        IAssayToken token_,
        IMembership membership_,
        address board_,
        address tables_,
        address treasury_,
        uint96 minimumStake_,
        uint32 unbondingBlocks_
    ) {
        // Blocks to come plus the period must always fit 32 bits, or a settlement that jails would revert.
        if (unbondingBlocks_ > MAX_UNBONDING) revert UnbondingTooLong(unbondingBlocks_, MAX_UNBONDING);
        token = token_;
        membership = membership_;
        board = board_;
        tables = tables_;
        treasury = treasury_;
        minimumStake = minimumStake_;
        unbondingBlocks = unbondingBlocks_;
    }

    /// @inheritdoc IVault
    function eligible(uint256 mask, uint96 bond) external view returns (uint256 those) {
        for (uint256 i; mask != 0; (++i, mask >>= 1)) {
            if (mask & 1 == 0 || _seats[i].unpack().free < bond) continue;
            if (membership.hasRole(ORACLE_ROLE, _operators[i])) those |= 1 << i;
        }
    }

    /// @inheritdoc IVault
    function seats() external view returns (uint256) {
        return _operators.length;
    }

    /// @inheritdoc IVault
    function totalOwed() external view returns (uint256) {
        return _totals.owed;
    }

    /// @inheritdoc IVault
    function escrowed() external view returns (uint256) {
        return _totals.escrowed + bonded;
    }

    /// @inheritdoc IVault
    function seatOf(address operator) public view returns (uint8) {
        if (numberOf[operator] == 0) revert NoSeat(operator);
        return uint8(numberOf[operator] - 1);
    }

    /// @inheritdoc IVault
    function seat(uint8 index) public view returns (Seat memory) {
        return _seats[index].unpack();
    }

    /// @inheritdoc IVault
    function operatorOf(uint8 index) public view returns (address) {
        return index < _operators.length ? _operators[index] : address(0);
    }
}
