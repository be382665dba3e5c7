"""A double of Aurora DSQL in front of PostgreSQL; see README.md."""
