"""The voting protocol, pure: commitments, salts, consensus, and the state of a round."""
