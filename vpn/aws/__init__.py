"""Everything that imports botocore: sessions, functions for AWS's API actions, snapshots of answers, errors."""
