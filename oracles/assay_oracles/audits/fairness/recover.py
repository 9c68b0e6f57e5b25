"""Counts without a declaration: find every n_k from the tally alone, for small n (paper B, phase III).

Meet in the middle. With n_7 = n - n_0 - ... - n_6, the tally T - n p_7 G is the sum of n_k (p_k - p_7) G over seven
counts. One side runs through n_0, n_1, n_2 and the remainder of n_3 by m = ceil(sqrt n); the other through n_4, n_5, n_6
and the multiple of m in n_3. Both have about n^3.5 / 6 points, so both are about n^3.5 / 6 additions and one of them is kept in
memory at 16 bytes a point.
"""
