// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {CLIENT_ROLE, GATEKEEPER_ROLE, ORACLE_ROLE, SUPPLIER_ROLE, VIEWER_ROLE} from "./types/Roles.sol";

/// @title The gatekeeper's roles
/// @notice See `IMembership`.
contract Membership is IMembership, AccessControlEnumerable {
    /// @inheritdoc IMembership
    bytes32 public constant GATEKEEPER = GATEKEEPER_ROLE;
    /// @inheritdoc IMembership
    bytes32 public constant CLIENT = CLIENT_ROLE;
    /// @inheritdoc IMembership
    bytes32 public constant SUPPLIER = SUPPLIER_ROLE;
    /// @inheritdoc IMembership
    bytes32 public constant ORACLE = ORACLE_ROLE;
    /// @inheritdoc IMembership
    bytes32 public constant VIEWER = VIEWER_ROLE;

    /// @dev Warning: a gatekeeper can remove every other gatekeeper; use a multi-signature account.
    constructor(address firstGatekeeper) {
        _setRoleAdmin(GATEKEEPER, GATEKEEPER);
        _setRoleAdmin(CLIENT, GATEKEEPER);
        _setRoleAdmin(SUPPLIER, GATEKEEPER);
        _setRoleAdmin(ORACLE, GATEKEEPER);
        _setRoleAdmin(VIEWER, GATEKEEPER);
        _grantRole(GATEKEEPER, firstGatekeeper);
    }

    function _grantRole(bytes32 role, address account) internal override returns (bool) {
        if (account == address(0)) revert ZeroAddress();
        return super._grantRole(role, account);
    }

    /// Both `revokeRole` and `renounceRole` come through here.
    function _revokeRole(bytes32 role, address account) internal override returns (bool revoked) {
        revoked = super._revokeRole(role, account);
        if (role == GATEKEEPER && getRoleMemberCount(role) == 0) revert LastGatekeeper(account);
    }
}
