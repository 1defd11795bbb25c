"""Who should reach what through which endpoint, and who should not: kept, and held against every plan and snapshot."""
