"""A study read back: frames of pandas, what each final told of each text, and Evidence, all that a report rests on."""
