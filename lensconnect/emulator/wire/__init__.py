"""Routes, responses and errors as HTTP."""
