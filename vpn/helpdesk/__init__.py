"""`/helpdesk/`: find the person on the telephone, see the cause with its evidence, read out what to do."""
