"""The embedded engine: an in-memory Ethereum chain (py-evm, London rules) behind a local JSON-RPC server.

One process, one chain, one worker thread: every request and every block runs alone, in order of arrival.
`python -m assay_chain.devnet.embedded --help` starts it by hand; `assay devnet up` starts it for you.
"""
