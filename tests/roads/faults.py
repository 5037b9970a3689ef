"""What goes wrong on the road: refusals, silence, and the power cut."""

import asyncio
from collections import Counter


class PowerCut(BaseException):
    """The process is gone in the middle of whatever it did."""


class Faults:
    """What goes wrong: ``(method, when, nth call) -> exception``; and a list of all calls."""

    def __init__(self):
        self.planned = {}
        self.calls = []
        self._counts = Counter()

    def plan(self, method, error, *, when="before", nth=1):
        self.planned[method, when, self._counts[method] + nth] = error

    def always(self, method, error):
        for nth in range(1, 100):
            self.plan(method, error, nth=nth)

    def __contains__(self, method):
        return method in self.calls

    async def around(self, method, work):
        self.calls.append(method)
        self._counts[method] += 1
        nth = self._counts[method]
        await asyncio.sleep(0)
        self._strike(method, "before", nth)
        result = await work()
        self._strike(method, "after", nth)
        return result

    def _strike(self, *key):
        error = self.planned.pop(key, None)
        if error is not None:
            raise error


class Faulty:
    """A port whose every method can fail before, or after, it has done its work."""

    def __init__(self, port, faults):
        self._port = port
        self._faults = faults

    def __getattr__(self, name):
        method = getattr(self._port, name)
        if not callable(method):
            return method

        def call(*args, **kwargs):
            return self._faults.around(name, lambda: method(*args, **kwargs))

        return call
