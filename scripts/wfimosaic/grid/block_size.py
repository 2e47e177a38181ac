"""The size of blocks, for those that work on them and for those that estimate what that takes."""

# Largest height and width of a block [output pixel].
BLOCK_SIZE = 2048
