// Removed when the first real file comes.
