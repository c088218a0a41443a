"""Small stand-ins that the service tests act on."""
