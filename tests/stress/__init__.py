"""Many bookers in processes of their own want the same hosts at the same hours, on the local engine."""
