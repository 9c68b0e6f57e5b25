// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Role identifiers, shared so that contracts need not ask `Membership` for them.
bytes32 constant GATEKEEPER_ROLE = keccak256("GATEKEEPER");
bytes32 constant CLIENT_ROLE = keccak256("CLIENT");
bytes32 constant SUPPLIER_ROLE = keccak256("SUPPLIER");
bytes32 constant ORACLE_ROLE = keccak256("ORACLE");
bytes32 constant VIEWER_ROLE = keccak256("VIEWER");
