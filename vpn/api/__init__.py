"""The portal's data for scripts: JSON below /api/, with a token. Each view is described where it is written."""
