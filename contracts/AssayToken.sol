// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IAssayToken} from "./interfaces/IAssayToken.sol";

/// @title The token that pays audits and backs oracles
/// @notice See `IAssayToken`.
contract AssayToken is IAssayToken, ERC20Capped, ERC20Permit {
    /// @inheritdoc IAssayToken
    address public immutable treasury;

    /// @dev Warning: whoever holds the treasury's key creates tokens up to the cap, for ever.
    constructor(address treasury_) ERC20("Assay", "ASSAY") ERC20Capped(type(uint96).max) ERC20Permit("Assay") {
        treasury = treasury_;
    }

    /// @inheritdoc IAssayToken
    function mint(address to, uint256 amount) external {
        if (msg.sender != treasury) revert NotTreasury(msg.sender);
        _mint(to, amount);
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Capped) {
        super._update(from, to, value);
    }
}
