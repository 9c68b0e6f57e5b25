"""Both parties of a session with independent labels: the owner of the labels, and the supplier of predictions."""
