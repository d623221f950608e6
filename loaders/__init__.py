"""Reading graphs and question files into the nouns of ``kg``."""
