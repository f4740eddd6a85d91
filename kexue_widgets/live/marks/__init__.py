"""Marks: what is drawn in a view. Each kind has a module of its own here, where matplotlib draws it, and in `frontend/marks/`."""
