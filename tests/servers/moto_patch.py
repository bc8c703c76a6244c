"""Replacing a piece of moto, loudly: where there is no such piece, nothing is what it seems."""

import moto

VERSION = "5.2.1"


def check_version():
    """The corrections are of one version; another may need others."""
    if moto.__version__ != VERSION:
        raise SystemExit(f"the local AWS is made around moto {VERSION}, and this is "
                         f"{moto.__version__}: pip install 'moto[server]=={VERSION}'")


def replace(owner, name, new):
    """Set an attribute of a module or class that has it already."""
    if not hasattr(owner, name):
        raise SystemExit(f"moto {moto.__version__} has no {owner.__name__}.{name}")
    setattr(owner, name, new)
