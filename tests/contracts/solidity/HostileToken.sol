// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice A token that calls back once in the middle of a transfer, when armed. It records how the call ended.
contract HostileToken is ERC20Permit {
    address public immutable treasury;
    address private _target;
    bytes private _data;
    bool public reentered;
    bool public succeeded;
    bytes public answer;

    constructor(address treasury_) ERC20("Assay", "ASSAY") ERC20Permit("Assay") {
        treasury = treasury_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function arm(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_target == address(0)) return;
        address target = _target;
        _target = address(0);
        reentered = true;
        (succeeded, answer) = target.call(_data);
    }
}
