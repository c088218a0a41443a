"""Host time: availability, slots, and bookings with their states."""
