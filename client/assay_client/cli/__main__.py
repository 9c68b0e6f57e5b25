"""`python -m assay_client.cli` is the command `assay`, also where it is not on the path."""

from .app import main

if __name__ == "__main__":
    main()
