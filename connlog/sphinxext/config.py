"""
The settings of a project: what ``conf.py`` may say, and the team's runbook that it names.

One table; registering, checking and the settings' own documentation all read it. Imports the runbook and the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sphinx.errors import ConfigError

from connlog import _runbook
from connlog._model import Hint
from connlog.sphinxext import words
from connlog.sphinxext.speech import say, tell

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

_FOLDER = re.compile(r"(?!\.)[^/\\:]+(?:/(?!\.)[^/\\:]+)*")


class Setting(NamedTuple):
    """
    One value of ``conf.py``.

    Attributes:
        name: As ``conf.py`` spells it.
        default: What holds where ``conf.py`` says nothing.
        types: What the value may be.
        rebuild: What is made anew when it changes: ``"env"`` every page is read again, ``""`` nothing.
        check: Says what is wrong with a value of the right type; ``None``: nothing.
    """

    name: str
    default: str | bool | None
    types: tuple[type, ...]
    rebuild: Literal["env", ""]
    check: Callable[[Any, Path], str | None]

    @property
    def description(self) -> str:
        """
        What it is for.
        """
        return say(words.SETTINGS[self.name])


def runbook_file(app: Sphinx) -> Path | None:
    """
    Return the team's runbook, ``None`` where the project has none.
    """
    path: str | None = app.config.connlog_runbook
    return None if path is None else Path(app.confdir, path)


def runbook(app: Sphinx) -> tuple[Hint, ...]:
    """
    Read the team's own hints.

    Raises:
        ConfigError: The file can't be read, or holds something else; says the file, the line and the key.
    """
    file = runbook_file(app)
    if file is None:
        return ()
    try:
        return _runbook.load(file)
    except OSError as error:
        raise _wrong(app, "connlog_runbook", tell(words.UNREADABLE).format(file=file, why=error.strerror)) from error
    except ValueError as error:
        raise _wrong(app, "connlog_runbook", str(error)) from error


def _wrong(app: Sphinx, name: str, problem: str) -> ConfigError:
    return ConfigError(f"conf.py: {name} = {app.config[name]!r}: {problem}")


def _any(value: object, confdir: Path) -> None:
    """
    Find nothing wrong: every value of the type is good.
    """


def _folder(value: str | None, confdir: Path) -> str | None:
    """
    Pages stand below the source, and their names are parts of addresses.
    """
    del confdir
    return None if value is None or _FOLDER.fullmatch(value) else tell(words.NO_FOLDER)


def _file(value: str | None, confdir: Path) -> str | None:
    if value is None:
        return None
    return None if value and (confdir / value).is_file() else tell(words.NO_FILE).format(file=confdir / value)


SETTINGS: tuple[Setting, ...] = (
    Setting("connlog_pages", default=None, types=(str, NoneType), rebuild="env", check=_folder),
    Setting("connlog_runbook", default=None, types=(str, NoneType), rebuild="env", check=_file),
    Setting("connlog_export", default=True, types=(bool,), rebuild="", check=_any),
)
"""Everything that ``conf.py`` may say about connlog."""


def setup(app: Sphinx) -> None:
    """
    Register the settings, and check them as soon as ``conf.py`` is read.
    """
    for setting in SETTINGS:
        app.add_config_value(setting.name, setting.default, setting.rebuild, setting.types, setting.description)
    app.connect("config-inited", _check)


def _check(app: Sphinx, config: Config) -> None:
    for setting in SETTINGS:
        value = config[setting.name]
        if not isinstance(value, setting.types):
            wanted = tell(words.WANTED[setting.name])
            raise _wrong(app, setting.name, tell(words.WRONG_TYPE).format(found=type(value).__name__, wanted=wanted))
        problem = setting.check(value, Path(app.confdir))
        if problem:
            raise _wrong(app, setting.name, problem)
