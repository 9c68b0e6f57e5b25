// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What has become of a table. `Pending` until the first audit of it is final; `Rejected` by a final audit; `Refuted`
///         by evidence, whatever oracles said, or because nobody showed a row of it that was asked for.
enum TableState {
    None,
    Pending,
    Verified,
    Rejected,
    Refuted
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

/// @notice One check of one row; see docs/fairness.md section 6.
/// @param kind From 1 to 8; zero for a row that was withheld.
/// @param row From 1 to n.
/// @param branch The point, the branch or the earlier row that the kind names; else zero.
struct Fault {
    uint8 kind;
    uint32 row;
    uint32 branch;
}

/// @notice What a check is judged by; what its kind does not need is empty.
/// @param rows The row that is judged, and before it the row that it is held against: the one before (kinds 6 and 7) or the
///        earlier one (kind 8).
/// @param digests The hash of every branch of the row's proof (kinds 2, 4 and 5).
/// @param branches The branch that is judged (kinds 2, 4 and 5), or all branches (kind 3).
/// @param hints r_j Y and b_j - r_j Y (kind 5).
/// @param other The table of the earlier row (kind 8): the same, or an earlier one of the same supplier.
struct Evidence {
    Opening[] rows;
    bytes32[] digests;
    Branch[] branches;
    Point[] hints;
    bytes32 other;
}

/// @notice Somebody asks for a row.
/// @param demander Who deposited the bond; nobody when no demand is open.
/// @param deadline Last block in which the row can be shown.
/// @param answered Whether the row was shown, which ends it for good.
struct Demand {
    address demander;
    uint32 deadline;
    bool answered;
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
/// @param auditId The audit that verified or rejected it, or 0.
/// @param root Merkle root over the rows.
/// @param tally The declared counts, packed.
/// @param bonded Whether the vault holds the supplier's bond for it.
/// @param releaseBlock The block after which a retired table's bond goes back; zero until it is retired.
/// @param refuter Who refuted it, or nobody.
/// @param visible Whether everyone who had the table's file could see that it is false; false until it is refuted, and for a
///        row that was withheld or a key of another table.
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
    bool bonded;
    uint32 releaseBlock;
    address refuter;
    bool visible;
}
