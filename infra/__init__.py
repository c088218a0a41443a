"""Everything that packages, deploys and runs Primetime; nothing of it is deployed itself."""
