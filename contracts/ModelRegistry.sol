// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMembership} from "./interfaces/IMembership.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {Claim, Model} from "./types/ModelTypes.sol";
import {SUPPLIER_ROLE} from "./types/Roles.sol";

/// @title Registered model versions
/// @notice See `IModelRegistry`.
contract ModelRegistry is IModelRegistry {
    using SafeCast for uint256;

    uint256 private constant MAX_URI = 512;
    uint256 private constant MAX_CLAIMS = 16;

    /// @inheritdoc IModelRegistry
    IMembership public immutable membership;

    /// @inheritdoc IModelRegistry
    uint32 public count;
    /// @inheritdoc IModelRegistry
    mapping(address owner => mapping(bytes32 manifest => uint32)) public idOf;

    mapping(uint32 modelId => Model) private _models;
    mapping(uint32 modelId => Claim[]) private _claims;

    constructor(IMembership membership_) {
        membership = membership_;
    }

    /// @inheritdoc IModelRegistry
    function register(bytes32 manifest, string calldata uri, uint32 supersedes, Claim[] calldata claims_)
        external
        returns (uint32 modelId)
    {
        if (!membership.hasRole(SUPPLIER_ROLE, msg.sender)) revert NotSupplier(msg.sender);
        if (manifest == 0) revert BadModel("manifest");
        if (bytes(uri).length == 0 || bytes(uri).length > MAX_URI) revert BadModel("uri");
        if (claims_.length > MAX_CLAIMS) revert BadModel("claims");
        if (idOf[msg.sender][manifest] != 0) revert AlreadyRegistered(idOf[msg.sender][manifest]);
        if (supersedes != 0 && _models[supersedes].owner != msg.sender) revert NotOwner(supersedes, msg.sender);

        modelId = ++count;
        idOf[msg.sender][manifest] = modelId;
        _models[modelId] = Model(msg.sender, supersedes, block.number.toUint32(), manifest, uri);
        for (uint256 i; i < claims_.length; ++i) {
            if (claims_[i].metric == 0) revert BadModel("claims");
            _claims[modelId].push(claims_[i]);
        }
        emit ModelRegistered(modelId, msg.sender, manifest, supersedes, uri);
    }

    /// @inheritdoc IModelRegistry
    function model(uint32 modelId) external view returns (Model memory) {
        ownerOf(modelId);
        return _models[modelId];
    }

    /// @inheritdoc IModelRegistry
    function claims(uint32 modelId) external view returns (Claim[] memory) {
        ownerOf(modelId);
        return _claims[modelId];
    }

    /// @inheritdoc IModelRegistry
    function ownerOf(uint32 modelId) public view returns (address owner) {
        owner = _models[modelId].owner;
        if (owner == address(0)) revert UnknownModel(modelId);
    }
}
