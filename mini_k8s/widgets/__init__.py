"""What does it look like? Live pictures, drawn only from what was really observed."""
