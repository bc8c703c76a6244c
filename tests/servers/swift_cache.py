"""The cache that Swift's proxy asks for, in its own memory: one process needs no memcached.

swift.py copies this file beside the proxy's configuration, which names filter_factory().
"""

from time import time as now


class Cache:
    """What the proxy uses of swift.common.memcached.MemcacheRing."""

    def __init__(self):
        self._values = {}  # key: (value, when it ends or 0)

    def get(self, key, raise_on_error=False):  # noqa: ARG002
        """The value of a key, or None."""
        value, ends = self._values.get(key, (None, 0))
        return None if ends and ends < now() else value

    def set(self, key, value, time=0, **_):  # its caller names the argument `time`
        """Keep a value, for so many seconds if it is not 0."""
        self._values[key] = (value, now() + time if time else 0)

    def incr(self, key, delta=1, time=0):
        """Add to a number and return it."""
        value = max(0, int(self.get(key) or 0) + delta)
        self.set(key, value, time=time)
        return value

    def decr(self, key, delta=1, time=0):
        """Subtract from a number and return it."""
        return self.incr(key, -delta, time)

    def delete(self, key, server_key=None):  # noqa: ARG002
        """Forget a key."""
        self._values.pop(key, None)

    def set_multi(self, mapping, server_key, time=0, **_):  # noqa: ARG002
        """Keep several values."""
        for key, value in mapping.items():
            self.set(key, value, time=time)

    def get_multi(self, keys, server_key):  # noqa: ARG002
        """The values of several keys."""
        return [self.get(key) for key in keys]


def filter_factory(global_conf, **local_conf):  # noqa: ARG001
    """What paste.deploy calls: the filter that shows the cache to all that come after it."""
    cache = Cache()

    def make(app):
        def filtered(env, start_response):
            env["swift.cache"] = cache
            return app(env, start_response)

        return filtered

    return make
