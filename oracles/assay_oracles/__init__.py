"""Oracle nodes: pure audit methods, the pure voting protocol, and the daemon that runs both."""
