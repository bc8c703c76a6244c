"""What the integration tests share. Put tests/integration on sys.path and `from lib import ...`."""
