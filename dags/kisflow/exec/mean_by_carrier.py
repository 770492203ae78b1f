# With protocol batch the rows of a batch end with {"kis":"end"}; any number of rows is answered, then the same line.
import json
import sys

minutes = {}
for line in sys.stdin:
    row = json.loads(line)
    if row == {"kis": "end"}:
        for carrier, values in sorted(minutes.items()):
            print(json.dumps({"carrier": carrier, "flights": len(values), "caught_up": round(sum(values) / len(values), 1)}))
        minutes = {}
        print(line.strip())
    else:
        minutes.setdefault(row["carrier"], []).append(row["caught_up"])
