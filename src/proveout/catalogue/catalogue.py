"""The catalogue: all definitions below one `environments/` directory, read once and checked whole."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proveout.catalogue.gates import gates
from proveout.catalogue.reading import section, table
from proveout.model.ceesar import CeesarEnvironment
from proveout.model.claim import Claim
from proveout.model.environment import Environment
from proveout.model.gaia import GaiaEnvironment
from proveout.model.gate import Gate
from proveout.model.mistake import DefinitionError, Mistake, UserError, near, shown
from proveout.model.system import System

MODELS: dict[str, type[Environment]] = {"ceesar": CeesarEnvironment, "gaia": GaiaEnvironment}


@dataclass(frozen=True)
class Catalogue:
    """The systems by name, as their files define them."""

    root: Path
    systems: dict[str, System]

    @property
    def environments(self) -> dict[str, Environment]:
        """Return all environments by id, in the order of promotion."""
        return {
            environment.id: environment
            for system in self.systems.values()
            for environment in system.environments.values()
        }

    def system_of(self, environment: Environment) -> System:
        """Return the system an environment belongs to."""
        return self.systems[environment.system]

    def claim(self, claim_id: str) -> Claim | None:
        """Return a claim by id, or None."""
        for system in self.systems.values():
            if claim_id in system.by_claim:
                return system.by_claim[claim_id]
        return None

    def select(self, names: list[str]) -> list[Environment]:
        """Return the environments meant by `gamma`, `ceesar`, `ceesar/gamma` or `all`.

        Raises:
            UserError: a name means nothing here; near matches are named.
        """
        chosen: dict[str, Environment] = {}
        for name in names:
            found = {i: e for i, e in self.environments.items() if name in {"all", i, e.name, e.system}}
            if not found:
                raise UserError(self._unknown(name))
            chosen |= found
        return [environment for i, environment in self.environments.items() if i in chosen]

    def gate(self, name: str) -> Gate:
        """Return the gate meant by `gaia/staging-prod`, or by `staging-prod` where only one system has it.

        Raises:
            UserError: no gate, or several, have that name; near matches are named.
        """
        known = {
            edge.id: edge
            for system in self.systems.values()
            if system.gates
            for edge in system.gates.edges.values()
        }
        found = [edge for i, edge in known.items() if name in {i, edge.name}]
        if len(found) == 1:
            return found[0]
        if found:
            raise UserError(f'the gate "{name}" is one of {", ".join(e.id for e in found)}\nnext: say which')
        raise UserError(
            f'there is no gate "{name}"{near(name, known)}\n'
            f"  known: {', '.join(known) or 'none; gates are defined in environments/SYSTEM/gates.toml'}\n"
            "next: proveout gate --list"
        )

    def _unknown(self, name: str) -> str:
        known = dict.fromkeys(["all", *self.systems])
        for i, environment in self.environments.items():
            known |= dict.fromkeys([environment.name, i])
        return (
            f'--env={name}: there is no environment "{name}"{near(name, known)}\n'
            f"  known: {', '.join(known)}\n"
            "next: proveout env list"
        )


def load(root: Path) -> Catalogue:
    """Read all definitions below `root`.

    Raises:
        UserError: there is no such directory, or nothing is defined in it.
        DefinitionError: files are missing or wrong; carries every mistake.
    """
    files = sorted(root.glob("*/system.toml"))
    if not files:
        raise UserError(
            f"{shown(root)}: no definitions here (looked for {shown(root)}/*/system.toml)\n"
            "  likely cause: pytest runs in another directory than the checkout that holds environments/\n"
            "next: cd to it, or set proveout_environments in the pytest configuration"
        )
    mistakes: list[Mistake] = []
    systems = [_system(file, mistakes) for file in files]
    known = {system.name: system for system in systems if system}
    _unique_across(known, mistakes)
    if mistakes:
        raise DefinitionError(mistakes)
    return Catalogue(root, known)


def _system(file: Path, mistakes: list[Mistake]) -> System | None:
    directory = file.parent
    content = table(file, mistakes)
    claims = _claims(directory / "claims.toml", mistakes)
    if content is None:
        return None
    _no_reserved(content, ("name", "directory", "claims", "environments"), file, mistakes)
    bare = section(System, {**content, "name": directory.name, "directory": directory}, file, mistakes)
    if bare is None:
        for definition in sorted(directory.glob("*/environment.toml")):
            _read(definition, directory.name, mistakes)
        return None
    environments: dict[str, Environment] = {}
    present = {path.parent.name for path in directory.glob("*/environment.toml")}
    for name in [*bare.order, *sorted(present - set(bare.order))]:
        if name not in bare.order:
            reason = f"a definition that system.toml does not name. Add it to order = {list(bare.order)}"
            mistakes.append(Mistake(shown(directory / name), "", reason))
        elif environment := _environment(directory / name / "environment.toml", bare, mistakes):
            environments[name] = environment
    _claims_name_environments(claims, bare, directory, mistakes)
    _no_strays(directory, mistakes)
    whole = bare.model_copy(update={"claims": tuple(claims), "environments": environments})
    return whole.model_copy(update={"gates": gates(directory / "gates.toml", whole, mistakes)})


def _no_strays(directory: Path, mistakes: list[Mistake]) -> None:
    """A second file of definitions that nobody reads is a change that somebody believes in."""
    own = {"system.toml", "claims.toml", "gates.toml"}
    for file in sorted([*directory.glob("*.toml*"), *directory.glob("*/*.toml*")]):
        known = own if file.parent == directory else {"environment.toml"}
        if file.name not in known:
            reason = f"no definition has this name, so nobody reads it. Known: {', '.join(sorted(known))}"
            mistakes.append(Mistake(shown(file), "", reason))


def _environment(file: Path, system: System, mistakes: list[Mistake]) -> Environment | None:
    environment = _read(file, system.name, mistakes)
    if environment is None:
        return None
    if environment.logs.level not in system.logs.levels:
        reason = f"not a level of {system.title}. Accepted: {', '.join(system.logs.levels)}"
        mistakes.append(Mistake(shown(file), f'[logs] level = "{environment.logs.level}"', reason))
    if environment.name == system.order[-1] and "writes" in environment.effects.live:
        reason = (
            f"{environment.name} is the last environment of {system.title}: only reads and synthetic calls"
        )
        mistakes.append(Mistake(shown(file), "[effects] live", reason))
    return environment


def _read(file: Path, system: str, mistakes: list[Mistake]) -> Environment | None:
    content = table(file, mistakes)
    if content is None:
        return None
    context = {"system": system, "directory": file.parent}
    _no_reserved(content, tuple(context), file, mistakes)
    return section(MODELS.get(system, Environment), {**content, **context}, file, mistakes)


def _no_reserved(content: dict[str, Any], keys: tuple[str, ...], file: Path, mistakes: list[Mistake]) -> None:
    mistakes += [
        Mistake(shown(file), key, "unknown key; its place says it") for key in keys if key in content
    ]
    for key in keys:
        content.pop(key, None)


def _claims(file: Path, mistakes: list[Mistake]) -> list[Claim]:
    content = table(file, mistakes) or {"claim": []}
    if "claim" in content:
        strange = [key for key in content if key != "claim"]
        mistakes += [Mistake(shown(file), key, "unknown key. Accepted: claim") for key in strange]
    rows: Any = content.get("claim")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        mistakes.append(Mistake(shown(file), "claim", "write every claim as a table [[claim]]"))
        return []
    claims: dict[str, Claim] = {}
    for number, row in enumerate(rows, start=1):
        label = f"claim {row.get('id', f'number {number}')}:"
        claim = section(Claim, row, file, mistakes, label)
        if claim is not None and claim.id in claims:
            mistakes.append(
                Mistake(shown(file), f'id = "{claim.id}"', "this id stands twice; ids are unique")
            )
        elif claim is not None:
            claims[claim.id] = claim
    return list(claims.values())


def _claims_name_environments(
    claims: list[Claim], system: System, directory: Path, mistakes: list[Mistake]
) -> None:
    for claim in claims:
        for name in claim.environments:
            if name not in system.order:
                reason = (
                    f'no environment "{name}"{near(name, system.order)}. Accepted: {", ".join(system.order)}'
                )
                where = shown(directory / "claims.toml")
                mistakes.append(Mistake(where, f"claim {claim.id}: environments", reason))


def _unique_across(systems: dict[str, System], mistakes: list[Mistake]) -> None:
    claims: dict[str, System] = {}
    variables: dict[str, Environment] = {}
    for system in systems.values():
        for claim in system.claims:
            if other := claims.get(claim.id):
                reason = f"this id stands in {shown(other.directory)}/claims.toml too; ids are unique"
                mistakes.append(
                    Mistake(shown(system.directory / "claims.toml"), f'id = "{claim.id}"', reason)
                )
            claims[claim.id] = system
        for environment in system.environments.values():
            variable = environment.network.url_variable
            if taken := variables.get(variable):
                where = shown(environment.directory / "environment.toml")
                reason = f"{taken.id} has the same variable; a URL belongs to one environment"
                mistakes.append(Mistake(where, f'[network] url_variable = "{variable}"', reason))
            variables[variable] = environment
