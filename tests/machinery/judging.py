"""Judges a ledger as it would be if something in it were otherwise: its samples, its slots, its limits."""

from dataclasses import replace

from machinery.ledgers import MIB
from proveout.soak.judgement import judge


def allowing(mix, **limits):
    """Return the mix of a profile with some of its limits changed."""
    return mix.model_copy(update={"limits": mix.limits.model_copy(update=limits)})


def judged(ledger, **limits):
    return judge(ledger, ledger.profile, allowing(ledger.profile.mix("gaia"), **limits))


def sampled(ledger, change, first=0):
    """Return the ledger with changed samples, from one on; `change` gets the number and the sample."""
    samples = [
        sample.model_copy(update=change(number, sample)) if number >= first else sample
        for number, sample in enumerate(ledger.samples)
    ]
    return replace(ledger, samples=tuple(samples))


def leaking(ledger, mib):
    """Return the ledger with so many MiB of memory more each hour."""
    begun = ledger.samples[0].at
    return sampled(ledger, lambda _n, s: {"rss": s.rss + round(mib * MIB * (s.at - begun) / 3600)})


def slotted(ledger, change):
    return replace(ledger, slots=tuple(replace(slot, **change(slot)) for slot in ledger.slots))


def said(ledger, name, **limits):
    budget = judged(ledger, **limits).by_name[name]
    return budget.word, budget.text
