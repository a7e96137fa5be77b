"""The signals by which a person, a scheduler or a closing terminal stops a command, as far as the system has them."""

import signal

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
