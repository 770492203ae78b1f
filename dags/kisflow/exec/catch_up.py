# A KisFlow function without Swift: one line of JSON in, one line out, for every flight.
import json
import sys


def caught_up(flight):
    """How many minutes a flight that left late made up in the air; None leaves the flight out."""
    if flight["arr_delay"] == "NA":
        return {"kis": "reject", "message": "never arrived"}
    if flight["dep_delay"] < 60:
        return None
    return {
        "carrier": flight["carrier"],
        "flight": flight["flight"],
        "left_late": flight["dep_delay"],
        "caught_up": flight["dep_delay"] - flight["arr_delay"],
    }


for line in sys.stdin:
    print(json.dumps(caught_up(json.loads(line))))
