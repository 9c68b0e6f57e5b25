"""What a run found: one signed JSON document, and the same as HTML and JUnit XML."""
