"""What every layer is made of: the facts of one person, how far the person got, and what a layer answers."""
