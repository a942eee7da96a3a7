"""`python -m lensconnect`: the command line, for an installation whose scripts are not on the path."""

from lensconnect.cli import main

if __name__ == "__main__":
    main()
