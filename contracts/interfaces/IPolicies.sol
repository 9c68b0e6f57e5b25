// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMembership} from "./IMembership.sol";
import {IVault} from "./IVault.sol";
import {Verdict} from "../types/AuditTypes.sol";
import {Label, Lanes, Terms, Tolerances} from "../types/PolicyTypes.sol";

/// @title Append-only audit policies
/// @notice A policy never changes once added, so an audit that cites it knows its rules to the end.
interface IPolicies {
    /// @notice A policy was added.
    event PolicyAdded(uint32 indexed policyId, bytes32 indexed name, Terms terms);
    /// @notice A policy stopped (or resumed) accepting new requests. Audits under way are unaffected.
    event PolicyRetired(uint32 indexed policyId, bool retired);

    /// @notice The caller is not a gatekeeper.
    error NotGatekeeper(address caller);
    /// @notice No policy has this number.
    error UnknownPolicy(uint32 policyId);
    /// @notice The named field of the policy is out of range.
    error BadPolicy(string field);
    /// @notice A policy of this name exists; a changed policy needs a new name.
    error NameTaken(bytes32 name, uint32 policyId);
    /// @notice A vote has the wrong number of words for the policy.
    error WrongLength(uint256 got, uint256 wanted);
    /// @notice A lane exceeds its maximum.
    error LaneOutOfRange(uint256 lane, uint256 got, uint256 max);
    /// @notice Two lanes break their order.
    error LaneOrderBroken(uint256 lesser, uint256 greater);

    /// @notice Adds a policy. Gatekeepers only.
    /// @return policyId Its number, counted from 1.
    function add(bytes32 name, Terms calldata terms, Lanes calldata lanes, Label[] calldata labels)
        external
        returns (uint32 policyId);

    /// @notice Stops or resumes new requests that cite a policy. Gatekeepers only.
    function retire(uint32 policyId, bool retired) external;

    /// @notice Where roles are looked up.
    function membership() external view returns (IMembership);

    /// @notice The vault whose minimum stake and unbonding period bound every policy.
    function vault() external view returns (IVault);

    /// @notice Number of policies; they are numbered from 1.
    function count() external view returns (uint32);

    /// @notice The policy of a name, or 0.
    function idOf(bytes32 name) external view returns (uint32);

    /// @notice The policy's name, and whether it no longer accepts requests.
    function head(uint32 policyId) external view returns (bytes32 name, bool retired);

    /// @notice The policy's terms.
    function terms(uint32 policyId) external view returns (Terms memory);

    /// @notice The bond that every member of a roster has locked, and what each vote that agrees with an outcome earns.
    function stakes(uint32 policyId, Verdict outcome) external view returns (uint96 bond, uint96 reward);

    /// @notice The policy's lanes.
    function lanes(uint32 policyId) external view returns (Lanes memory);

    /// @notice What the policy's lanes mean.
    function labels(uint32 policyId) external view returns (Label[] memory);

    /// @notice How far votes under the policy may differ.
    function tolerances(uint32 policyId) external view returns (Tolerances memory);

    /// @notice Seconds between two blocks of this chain, to which phase lengths are held.
    function blockSeconds() external view returns (uint32);

    /// @notice Reverts unless a vote keeps the bounds and orders of the policy's lanes and leaves unused lanes zero.
    function check(uint32 policyId, uint256[] calldata words) external view;
}
