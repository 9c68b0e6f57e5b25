// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What has become of a table. `Pending` until the first audit of it is final.
enum TableState {
    None,
    Pending,
    Verified,
    Rejected
}

/// @notice An affine point of secp256k1; (0, 0) is infinity.
struct Point {
    uint256 x;
    uint256 y;
}

/// @notice What a leaf of a table's tree hashes: one row, its proof as a digest.
/// @param key X_i.
/// @param mask Y_i.
/// @param cryptogram C_i.
/// @param sum B_i, the sum of all cryptograms up to this one.
/// @param proof H(T("proof"), d_0, d_1, ...) over the branches.
struct Row {
    Point key;
    Point mask;
    Point cryptogram;
    Point sum;
    bytes32 proof;
}

/// @notice One branch of a row's proof: that the row may hold permutation j.
/// @param a a_j = r_j G + c_j X_i.
/// @param b b_j = r_j Y_i + c_j (C_i - p_j G).
/// @param challenge c_j.
/// @param response r_j.
struct Branch {
    Point a;
    Point b;
    uint256 challenge;
    uint256 response;
}

/// @notice A row shown from its table's tree.
/// @param number From 1 to n.
/// @param row What the leaf hashes.
/// @param path Siblings, from the leaf up.
struct Opening {
    uint256 number;
    Row row;
    bytes32[] path;
}

/// @notice What binds a table's rows.
/// @param tableId What every challenge is bound to.
/// @param root Merkle root over the rows.
/// @param params As in `Submission`.
/// @param n Number of rows.
struct Bound {
    bytes32 tableId;
    bytes32 root;
    uint32 params;
    uint32 n;
}

/// @notice A table as its supplier publishes it. Symbols are those of docs/fairness.md.
/// @param modelId The model version whose predictions the rows hold; the caller owns it.
/// @param params group << 24 | g << 16 | pads << 8 | w; the group must be secp256k1.
/// @param n Number of rows, pads included.
/// @param nonce Never used for another table of this supplier.
/// @param dataCommit Salted commitment to the supplier's rows.
/// @param root Merkle root over the rows.
/// @param tally sum n_k 2^(wk): the declared counts, packed.
/// @param signature r | s | v of the caller over (table id, root, counts), 65 bytes, low s.
/// @param file SHA-256 of the table's file, which is in batch form.
/// @param uri Where the file is found. 1 to 512 bytes.
/// @param first Row 1.
/// @param last Row n.
/// @param firstPath Siblings of leaf 1, from the leaf up.
/// @param lastPath Siblings of leaf n, from the leaf up.
struct Submission {
    uint32 modelId;
    uint32 params;
    uint32 n;
    bytes32 nonce;
    bytes32 dataCommit;
    bytes32 root;
    uint256 tally;
    bytes signature;
    bytes32 file;
    string uri;
    Row first;
    Row last;
    bytes32[] firstPath;
    bytes32[] lastPath;
}

/// @notice A published table.
/// @param supplier Who signed and published it.
/// @param modelId The model version whose predictions the rows hold.
/// @param params As in `Submission`.
/// @param n Number of rows, pads included.
/// @param state What has become of it.
/// @param publishedAt Block of its `Published` event, which holds what is not kept here.
/// @param auditId The audit that decided `state`, or 0.
/// @param root Merkle root over the rows.
/// @param tally The declared counts, packed.
struct Table {
    address supplier;
    uint32 modelId;
    uint32 params;
    uint32 n;
    TableState state;
    uint32 publishedAt;
    uint64 auditId;
    bytes32 root;
    uint256 tally;
}
