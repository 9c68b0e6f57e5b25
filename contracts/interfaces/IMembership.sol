// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/IAccessControlEnumerable.sol";

/// @title The gatekeeper's roles
/// @notice Roles are OpenZeppelin access-control roles, all administered by GATEKEEPER.
interface IMembership is IAccessControlEnumerable {
    /// @notice The last gatekeeper cannot be removed.
    error LastGatekeeper(address gatekeeper);
    /// @notice The zero address cannot hold a role.
    error ZeroAddress();

    /// @notice keccak256("GATEKEEPER"): administers every role, policies and the pause.
    function GATEKEEPER() external view returns (bytes32);

    /// @notice keccak256("CLIENT"): may request audits.
    function CLIENT() external view returns (bytes32);

    /// @notice keccak256("SUPPLIER"): may register models.
    function SUPPLIER() external view returns (bytes32);

    /// @notice keccak256("ORACLE"): may stake and be drawn.
    function ORACLE() external view returns (bytes32);

    /// @notice keccak256("VIEWER"): may read through the gateway.
    function VIEWER() external view returns (bytes32);
}
