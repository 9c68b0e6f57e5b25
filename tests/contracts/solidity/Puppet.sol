// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An account with code: does whatever it is told, so that a hostile contract can be a client or an oracle.
contract Puppet {
    /// @notice Calls `target` and returns or reverts with what it answered.
    function forward(address target, bytes calldata data) external returns (bytes memory answer) {
        bool success;
        (success, answer) = target.call(data);
        if (!success) {
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
