"""What S sends beside an answer to prove that it gave it: signed records, and explanations of the answer."""
