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

    /// The point (x / z^2, y / z^3), infinity when z is 0.
    struct Jacobian {
        uint256 x;
        uint256 y;
        uint256 z;
    }

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
        Jacobian memory left = _add(a, b);
        Jacobian memory right = _add(c, d);
        if (left.z == 0 || right.z == 0) return left.z == right.z;
        uint256 leftSquare = mulmod(left.z, left.z, P);
        uint256 rightSquare = mulmod(right.z, right.z, P);
        return mulmod(left.x, rightSquare, P) == mulmod(right.x, leftSquare, P)
            && mulmod(left.y, mulmod(rightSquare, right.z, P), P)
                == mulmod(right.y, mulmod(leftSquare, left.z, P), P);
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

    /// The chord of two points, the tangent of one, or infinity.
    function _add(Point memory a, Point memory b) private pure returns (Jacobian memory) {
        if (isInfinity(a)) return _lift(b);
        if (isInfinity(b)) return _lift(a);
        uint256 rise;
        uint256 run;
        if (a.x != b.x) {
            rise = addmod(b.y, P - a.y, P);
            run = addmod(b.x, P - a.x, P);
        } else if (a.y == b.y) {
            rise = mulmod(3, mulmod(a.x, a.x, P), P);
            run = addmod(a.y, a.y, P);
        } else {
            return Jacobian(0, 0, 0);
        }
        uint256 square = mulmod(run, run, P);
        uint256 scaled = mulmod(a.x, square, P);
        uint256 x = addmod(mulmod(rise, rise, P), P - addmod(scaled, mulmod(b.x, square, P), P), P);
        uint256 y = addmod(
            mulmod(rise, addmod(scaled, P - x, P), P), P - mulmod(a.y, mulmod(square, run, P), P), P
        );
        return Jacobian(x, y, run);
    }

    function _lift(Point memory p) private pure returns (Jacobian memory) {
        return Jacobian(p.x, p.y, isInfinity(p) ? 0 : 1);
    }
}
