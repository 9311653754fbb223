"""What is known of each operation."""
