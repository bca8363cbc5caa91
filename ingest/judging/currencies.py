"""The currencies in which an order may be: ISO 4217, the codes that are money."""

import pycountry

#: Withdrawn since 2000: older orders may be in them (ISO 4217, list three).
_WITHDRAWN = "ANG BGN BYR CUC CYP EEK HRK LTL LVL MRO MTL ROL SIT SKK SLL STD TRL VEB VEF ZMK ZWL"
#: Other codes that begin with X are metals, units of account, tests, or no currency at all.
_OF_UNIONS = "XAF XCD XCG XOF XPF"

CURRENCIES: frozenset[str] = frozenset((*_WITHDRAWN.split(" "), *_OF_UNIONS.split(" "))) | {
    currency.alpha_3 for currency in pycountry.currencies if not currency.alpha_3.startswith("X")
}
