"""What the portal answers: one model a noun, with the keys that the commands print."""
