"""What is asked of finished inventories and documents; a leaf for each question."""
