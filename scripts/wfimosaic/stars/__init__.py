"""What stars and their PSFs put into pixels, and by how much that differs between exposures."""
