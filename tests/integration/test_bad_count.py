"""How many mistakes the tables of test_bad_*.py have: the project promises 250 that are distinct."""

from __future__ import annotations

import dataclasses
import unittest

import test_bad_commands
import test_bad_input
import test_bad_surroundings
import test_bad_work

LEAST = 250
TABLES = {f"{module.__name__}.{name}": table
          for module in (test_bad_input, test_bad_surroundings, test_bad_commands, test_bad_work)
          for name, table in sorted(vars(module).items())
          if name.isupper() and isinstance(table, list) and len(table) > 1
          and not isinstance(table[0], str) and hasattr(table[0], "name")}
PLAIN = [test_bad_work.PLACES, test_bad_commands.SERVED]  # tuples that begin with a name


def plain(value):
    """What a value is, for comparing two of them. Of a function that is what it does, and what it
    holds: its address tells two functions of one text apart."""
    if callable(value) and hasattr(value, "__code__"):
        held = [plain(cell.cell_contents) for cell in value.__closure__ or ()]
        code = value.__code__
        return ("function", code.co_code, plain(code.co_consts), code.co_names, held,
                plain(value.__defaults__))
    if hasattr(value, "co_code"):
        return ("code", value.co_code, plain(value.co_consts), value.co_names)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return sorted((str(name), plain(one)) for name, one in value.items())
    return value


def content(case) -> str:
    """What is done, without its name and what is expected of it."""
    fields = {field.name: getattr(case, field.name) for field in dataclasses.fields(case)}
    return repr({name: plain(value) for name, value in fields.items()
                 if name not in ("name", "said")})


class Count(unittest.TestCase):
    """All tables together."""

    def test_enough(self):
        """Each has its own name, and no two are one."""
        cases = [case for table in TABLES.values() for case in table]
        names = [f"{name}: {case.name}" for name, table in TABLES.items() for case in table]
        count = len(cases) + sum(map(len, PLAIN))
        for name, table in TABLES.items():
            print(f"{len(table):4} {name}")
        print(f"{count:4} in all; at least {LEAST} were promised")
        for found, what in ((names, "name"), (list(map(content, cases)), "mistake")):
            twice = sorted({one for one in found if found.count(one) > 1})
            self.assertEqual(twice, [], f"a {what} is used twice")
        self.assertGreaterEqual(count, LEAST)


if __name__ == "__main__":
    unittest.main()
