"""What only the whole record shows: no single note gives cause to look sooner, several together do. Pure: notes and an episode in."""
