"""From earnings to money in a payee's account: statements, funding, settlements, transfers, notices."""
