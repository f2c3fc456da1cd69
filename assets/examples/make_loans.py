"""Makes loans.csv, the table of the page of fairness: rows of a generator, no data of people.

Women of 50 and more repay as often as others, but the score takes 0.2 from them: a planted fault.
    python make_loans.py
"""

import csv
import pathlib
import random

draw = random.Random(7)
rows = []
for _ in range(1200):
    sex = draw.choice(["female", "male"])
    age = draw.choices(["under 30", "30 to 49", "50 and more"], [3, 4, 2])[0]
    repaid = draw.random() < 0.62
    score = draw.gauss(0.66 if repaid else 0.38, 0.15)
    if sex == "female" and age == "50 and more":
        score -= 0.2
    rows.append([sex, age, int(repaid), f"{min(max(score, 0.0), 1.0):.3f}"])
with open(pathlib.Path(__file__).parent / "loans.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["sex", "age", "repaid", "score"])
    out.writerows(rows)
