"""The pages of partners: for administrators, and the one that a partner opens by a link."""
