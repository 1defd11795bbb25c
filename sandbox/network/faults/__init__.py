"""What a person may break in the sandbox's world, to watch the portal cope, and how it is mended."""
