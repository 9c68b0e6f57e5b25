// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Point} from "../types/FairnessTypes.sol";

/// @title secp256k1 without inversions and without multiplications by scalars
/// @notice Sums are compared in projective form. What has a scalar in it is compared as an address: `ecrecover` multiplies.
///         Coordinates of arguments are below P; (0, 0) is infinity.
library Secp256k1 {
    /// @notice The field's prime.
    uint256 internal constant P = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f;
    /// @notice The group's order.
    uint256 internal constant N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    uint256 private constant G_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;
    uint256 private constant G_Y = 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8;

    /// @notice The generator.
    function generator() internal pure returns (Point memory) {
        return Point(G_X, G_Y);
    }

    /// @notice The neutral point.
    function infinity() internal pure returns (Point memory) {
        return Point(0, 0);
    }

    /// @notice Whether a point is the neutral one.
    function isInfinity(Point memory p) internal pure returns (bool) {
        return p.x == 0 && p.y == 0;
    }

    /// @notice Whether a point is on the curve, which infinity is not, with x below N (not only below P) and y below P.
    /// @dev `lin` hands x to `ecrecover` as the r of a signature, hence the bound.
    function isCanonical(Point memory p) internal pure returns (bool) {
        return p.x < N && isOnCurve(p);
    }

    /// @notice Whether both coordinates are below P and satisfy y^2 = x^3 + 7.
    function isOnCurve(Point memory p) internal pure returns (bool) {
        if (p.x >= P || p.y >= P) return false;
        return mulmod(p.y, p.y, P) == addmod(mulmod(mulmod(p.x, p.x, P), p.x, P), 7, P);
    }

    /// @notice Whether a number is in [1, N - 1].
    function isScalar(uint256 s) internal pure returns (bool) {
        return s != 0 && s < N;
    }

    /// @notice -p.
    function negate(Point memory p) internal pure returns (Point memory) {
        return Point(p.x, p.y == 0 ? 0 : P - p.y);
    }

    /// @notice Whether a + b = c + d, each on the curve or infinity. Complete: points may be equal, opposite or infinity.
    function areEqualSums(Point memory a, Point memory b, Point memory c, Point memory d) internal pure returns (bool) {
        (uint256 x, uint256 y, uint256 z) = _add(a, b);
        (uint256 otherX, uint256 otherY, uint256 otherZ) = _add(c, d);
        if (z == 0 || otherZ == 0) return z == otherZ;
        uint256 square = mulmod(z, z, P);
        uint256 otherSquare = mulmod(otherZ, otherZ, P);
        return mulmod(x, otherSquare, P) == mulmod(otherX, square, P)
            && mulmod(y, mulmod(otherSquare, otherZ, P), P) == mulmod(otherY, mulmod(square, z, P), P);
    }

    /// @notice The address of a point's public key; zero for infinity.
    function addressOf(Point memory p) internal pure returns (address) {
        return isInfinity(p) ? address(0) : address(uint160(uint256(keccak256(abi.encode(p)))));
    }

    /// @notice The address of g G + s p, which is zero for infinity: an answer like any other, never an error.
    /// @param g Any number; it counts modulo N.
    /// @param p A canonical point.
    /// @param s In [1, N - 1].
    function lin(uint256 g, Point memory p, uint256 s) internal pure returns (address) {
        // Recovery gives (s' R - h G) / r, where R has the x-coordinate r: with h = -g r and s' = s r that is the sum.
        uint256 h = mulmod(N - g % N, p.x, N);
        return ecrecover(bytes32(h), uint8(27 + (p.y & 1)), bytes32(p.x), bytes32(mulmod(s, p.x, N)));
    }

    /// The chord of two points, the tangent of one, or infinity, as (x / z^2, y / z^3); infinity when z is 0.
    function _add(Point memory a, Point memory b) private pure returns (uint256 x, uint256 y, uint256 z) {
        if (isInfinity(a)) return (b.x, b.y, isInfinity(b) ? 0 : 1);
        if (isInfinity(b)) return (a.x, a.y, 1);
        uint256 rise;
        if (a.x != b.x) {
            rise = addmod(b.y, P - a.y, P);
            z = addmod(b.x, P - a.x, P);
        } else if (a.y == b.y) {
            rise = mulmod(3, mulmod(a.x, a.x, P), P);
            z = addmod(a.y, a.y, P);
        } else {
            return (0, 0, 0);
        }
        uint256 square = mulmod(z, z, P);
        uint256 scaled = mulmod(a.x, square, P);
        x = addmod(mulmod(rise, rise, P), P - addmod(scaled, mulmod(b.x, square, P), P), P);
        y = addmod(mulmod(rise, addmod(scaled, P - x, P), P), P - mulmod(a.y, mulmod(square, z, P), P), P);
    }
}
