"""`python -m lensconnect`: the command line, where its script is not on the path."""

from lensconnect.cli import main

if __name__ == "__main__":
    main()
