"""What pages show: frozen view models with everything already formatted for people. Pure; services fill them, templates lay them out."""
