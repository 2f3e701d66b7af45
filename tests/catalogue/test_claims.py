"""claims.toml, and how claims and environments fit together."""

import shutil

FILE = "environments/ceesar/claims.toml"


def test_a_claim_that_stands_twice_is_a_mistake(definitions):
    definitions.claims.append(definitions.claims[0])
    assert definitions.write().mistakes() == [
        f'{FILE}: id = "CC-HL-STATUS"\n  this id stands twice; ids are unique'
    ]


def test_a_claim_about_an_unknown_environment_names_near_ones(definitions):
    definitions.claims[0]["environments"] = ["dev", "prd"]
    [mistake] = definitions.write().mistakes()
    assert mistake.startswith(f"{FILE}: claim CC-HL-STATUS: environments\n")
    assert 'no environment "prd"; did you mean prod?. Accepted: dev, prod' in mistake


def test_a_mistake_in_a_claim_names_the_claim(definitions):
    definitions.claims[0]["tier"] = "quick"
    [mistake] = definitions.write().mistakes()
    assert mistake.startswith(f'{FILE}: claim CC-HL-STATUS: tier = "quick"\n')
    assert "'smoke'" in mistake


def test_an_unknown_key_of_a_claim_names_near_ones(definitions):
    definitions.claims[0]["verified_buy"] = "x"
    [mistake] = definitions.write().mistakes()
    assert "claim CC-HL-STATUS: verified_buy\n  unknown key; did you mean verified_by" in mistake


def test_a_claim_without_an_id_is_found_by_its_number(definitions):
    del definitions.claims[0]["id"]
    [mistake] = definitions.write().mistakes()
    assert "claim number 1: id\n  missing; add it" in mistake


def test_claims_are_tables(definitions):
    definitions.write()
    for text in ('claim = "x"', "claim = [1]", "[claim]\nid = 'x'", "[[claims]]\nid = 'x'"):
        (definitions.folder / "claims.toml").write_text(text)
        assert definitions.mistakes() == [f"{FILE}: claim\n  write every claim as a table [[claim]]"]


def test_no_claim_is_lost_through_a_typing_mistake(definitions):
    definitions.write()
    with (definitions.folder / "claims.toml").open("a") as stream:
        stream.write('\n[[clam]]\nid = "CC-LOST"\n')
    [mistake] = definitions.mistakes()
    assert "clam" in mistake


def test_two_systems_do_not_share_claims_or_url_variables(definitions):
    definitions.write()
    shutil.copytree(
        definitions.folder, definitions.root / "other", ignore=shutil.ignore_patterns("dev", "prod")
    )
    system = definitions.root / "other" / "system.toml"
    system.write_text(system.read_text().replace('"dev",', "").replace("CeesarCode", "Other"))
    (definitions.root / "other" / "prod").mkdir()
    (definitions.root / "other" / "prod" / "environment.toml").write_text(
        '[identity]\nenvironment = "prod"\n[configuration]\nfile = "x"\n[effects]\nlive = []\n'
        '[network]\nport = 1\nreach = "loopback"\nurl_variable = "CEESAR_PROD_URL"\n'
        '[logs]\nlevel = "info"\noutput = "file"\n'
    )
    claims = definitions.root / "other" / "claims.toml"
    claims.write_text(claims.read_text().replace('"dev",', ""))
    found = definitions.mistakes()
    assert "\n".join(found).splitlines() == [
        'environments/other/claims.toml: id = "CC-HL-STATUS"',
        "  this id stands in environments/ceesar/claims.toml too; ids are unique",
        'environments/other/prod/environment.toml: [network] url_variable = "CEESAR_PROD_URL"',
        "  ceesar/prod has the same variable; a URL belongs to one environment",
    ]


def test_two_environments_do_not_share_a_url_variable(definitions):
    definitions.prod["network"]["url_variable"] = "CEESAR_DEV_URL"
    [mistake] = definitions.write().mistakes()
    assert "ceesar/dev has the same variable; a URL belongs to one environment" in mistake
