"""Asking a service what an audit wants to know of it: over the network, so in the node and not in its sandbox."""
