"""The question factory: schemas, plans over them, and their wording."""
