"""Management: what a person does to an environment besides running its server."""
