// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMembership} from "./IMembership.sol";
import {Claim, Model} from "../types/ModelTypes.sol";

/// @title Registered model versions
interface IModelRegistry {
    /// @notice A supplier registered a model version.
    event ModelRegistered(
        uint32 indexed modelId, address indexed owner, bytes32 indexed manifest, uint32 supersedes, string uri
    );

    /// @notice The caller is not a supplier.
    error NotSupplier(address caller);
    /// @notice The caller registered this manifest before.
    error AlreadyRegistered(uint32 modelId);
    /// @notice The superseded version belongs to someone else or does not exist.
    error NotOwner(uint32 modelId, address caller);
    /// @notice No model has this number.
    error UnknownModel(uint32 modelId);
    /// @notice The named field is out of range.
    error BadModel(string field);

    /// @notice Registers a model version. Suppliers only.
    /// @param manifest SHA-256 of the manifest's bytes.
    /// @param uri Where the manifest is found, 1 to 512 bytes.
    /// @param supersedes The caller's version that this one replaces, or 0.
    /// @param claims At most 16 promises about verified metrics.
    /// @return modelId Its number, counted from 1.
    function register(bytes32 manifest, string calldata uri, uint32 supersedes, Claim[] calldata claims)
        external
        returns (uint32 modelId);

    /// @notice Where roles are looked up.
    function membership() external view returns (IMembership);

    /// @notice Number of model versions; they are numbered from 1.
    function count() external view returns (uint32);

    /// @notice One model version.
    function model(uint32 modelId) external view returns (Model memory);

    /// @notice The owner of a model version.
    function ownerOf(uint32 modelId) external view returns (address);

    /// @notice The claims of a model version.
    function claims(uint32 modelId) external view returns (Claim[] memory);

    /// @notice The version that an owner registered for a manifest, or 0.
    function idOf(address owner, bytes32 manifest) external view returns (uint32);
}
