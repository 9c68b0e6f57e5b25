from assay_oracles.protocol.hashing import keccak, tagged_hash
from hypothesis import assume, given
from hypothesis import strategies as st

parts = st.lists(st.binary(max_size=8), max_size=4)
domains = st.sampled_from(["evidence/1", "evidence/2", "sketch"])


def test_keccak__empty_input__is_the_known_digest():
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@given(domains, parts, domains, parts)
def test_tagged_hash__different_domain_or_split__differs(domain, some, other_domain, others):
    assume((domain, some) != (other_domain, others))
    assert tagged_hash(domain, *some) != tagged_hash(other_domain, *others)


def test_tagged_hash__same_bytes_split_elsewhere__differs():
    assert tagged_hash("evidence/1", b"ab", b"c") != tagged_hash("evidence/1", b"a", b"bc")
