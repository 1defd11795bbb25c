"""The pages of the audit record: it holds ids, and these modules know what people call them."""
