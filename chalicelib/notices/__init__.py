"""Who is told what and when: what waits for an answer, when each wait ends, and the mail before, at the end and after what happened."""
