"""Labels from an independent owner: equations, files, and what anyone can check about a session (design section 4)."""
