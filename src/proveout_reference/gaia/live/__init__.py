"""Live: the dashboard's figures over a WebSocket."""
