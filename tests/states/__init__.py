"""Every state x every move x every role through the API, then parties that do at random what comes to their minds; `make states`."""
