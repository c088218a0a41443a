"""The main job from brief to closed books, on real sales, through the JSON API and the deployed functions."""
