"""Test servers that are nginx with a configuration of their own."""
