"""What has happened to each deal: who did what, when, on which evidence, refused attempts included."""
