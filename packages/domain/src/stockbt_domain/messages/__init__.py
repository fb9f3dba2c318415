"""What the product says, in English: one catalogue, rendered at the edges and translated there."""
