"""The oracle daemon: follows the chain, computes in a sandbox, votes and settles."""
