"""What decides how shows end: when which move is open, what it costs, how a dispute goes. Pure."""
