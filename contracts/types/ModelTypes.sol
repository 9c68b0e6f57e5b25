// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice How a claimed metric relates to its bound.
enum Op {
    AtLeast,
    AtMost
}

/// @notice A supplier's promise about one verified metric.
/// @param metric ASCII, zero-padded, for example "accuracy".
/// @param op Direction of the bound.
/// @param bound In millionths of the metric's unit.
/// @param tolerance Slack granted to the supplier, in millionths of the metric's unit.
struct Claim {
    bytes32 metric;
    Op op;
    int64 bound;
    uint32 tolerance;
}

/// @notice One immutable version of a model.
/// @param owner The supplier that registered it.
/// @param supersedes The version it replaces, or 0.
/// @param registeredAt Block of registration.
/// @param manifest SHA-256 of the manifest's bytes.
/// @param uri Where the manifest is found. At most 512 bytes.
struct Model {
    address owner;
    uint32 supersedes;
    uint32 registeredAt;
    bytes32 manifest;
    string uri;
}
