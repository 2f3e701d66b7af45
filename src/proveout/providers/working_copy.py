"""The private directory of a copy: the files that the definition names, and the artifact of a twin."""

import shutil
from pathlib import Path, PurePath

from proveout.model.configuration import settings
from proveout.model.environment import Environment
from proveout.model.mistake import DefinitionError, Mistake, UserError, shown


def lay_out(environment: Environment, work: Path, artifact: Path | None = None) -> None:
    """Make the directory `work` with the files of the definition.

    An `artifact` takes the place of the definition's own files at `[artifact] path`.

    Raises:
        DefinitionError: a file the definition names is missing.
        UserError: the definition does not say how a copy is started, or where an artifact belongs.
    """
    recipe, place = environment.start, environment.artifact
    if recipe is None or (artifact and place is None):
        lacking = "[start]" if recipe is None else "[artifact] path"
        raise UserError(f"{environment.id}: the definition has no {lacking}\nnext: add it")
    source = environment.directory / "environment.toml"
    mistakes = []
    work.mkdir(parents=True)
    for key, folder, files in (("files", work, recipe.files), ("beside", work.parent, recipe.beside)):
        for name, origin in files.items():
            if artifact and place and folder == work and PurePath(name).is_relative_to(place.path):
                continue
            path = (environment.directory / origin).resolve()
            if not _copied(path, folder / name):
                key_of_it = f'[start.{key}] {name} = "{origin}"'
                mistakes.append(Mistake(shown(source), key_of_it, f"{path} is missing"))
    if recipe.artifact and not artifact and not (environment.directory / recipe.artifact).exists():
        key = f'[start] artifact = "{recipe.artifact}"'
        mistakes.append(Mistake(shown(source), key, "is missing: build it, or leave the key out"))
    if mistakes:
        raise DefinitionError(mistakes)
    if artifact and place:
        _replace(work / place.path, artifact)


def _copied(path: Path, place: Path) -> bool:
    """Copy a file or directory and return whether there is one."""
    if path.is_dir():
        shutil.copytree(path, place, dirs_exist_ok=True)
    elif path.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    return path.is_dir() or path.is_file()


def _replace(place: Path, artifact: Path) -> None:
    """Put the artifact there in place of what is there, its links as links."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if artifact.is_dir():
        shutil.copytree(artifact, place, symlinks=True)
    else:
        shutil.copy2(artifact, place)


def configured_in(environment: Environment, work: Path) -> dict[str, str]:
    """Return the keys and values of the configuration file in a directory that was laid out.

    Raises:
        DefinitionError: it is not there, or no text.
    """
    path = work / environment.configuration.file
    try:
        return settings(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = (
            "not UTF-8 text"
            if isinstance(error, UnicodeDecodeError)
            else "not among the files [start] copies"
        )
        source = environment.directory / "environment.toml"
        key = f'[configuration] file = "{environment.configuration.file}"'
        raise DefinitionError([Mistake(shown(source), key, why)]) from error
