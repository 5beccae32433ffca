"""A study read back: frames, what each final told of each text, and Evidence, all that a report rests on."""
