"""The `triage` command: the one place that knows everybody and puts the parts together."""
