"""What a generation is on disk, and the pointer to the current one."""
