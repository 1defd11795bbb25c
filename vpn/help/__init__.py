"""`/help/`: from what one sees to the cure, before sign-in too; the client's log read; the code for the helpdesk."""
