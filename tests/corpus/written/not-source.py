import errno

RETRIED = {errno.ECONNREFUSED: "Connection refused", errno.ECONNRESET: "Connection reset by peer"}


def is_retried(error):
    """Tell whether [Errno 111] and its like are worth a retry: ConnectionRefusedError, ConnectionResetError."""
    try:
        raise error
    except (ConnectionRefusedError, ConnectionResetError, TimeoutError):
        return True
