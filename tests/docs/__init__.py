"""The README and the pages in `lensconnect/docs`: their examples run, and their tables match the code."""
