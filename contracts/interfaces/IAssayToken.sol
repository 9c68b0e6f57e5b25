// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title The token that pays audits and backs oracles
/// @notice ERC-20 with permit (EIP-2612) and 18 decimals. The supply never exceeds 2^96 - 1, so that no sum of balances
///         overflows the 96-bit amounts of the other contracts.
interface IAssayToken is IERC20, IERC20Permit {
    /// @notice The caller is not the treasury.
    error NotTreasury(address caller);

    /// @notice Creates tokens. The treasury only.
    function mint(address to, uint256 amount) external;

    /// @notice The account that mints.
    function treasury() external view returns (address);
}
