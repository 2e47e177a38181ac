"""Files at URLs: what servers say of them, and copies of them."""
