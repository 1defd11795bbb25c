"""Fixed addresses that an administrator has declared, beside what people's connection checks see."""
