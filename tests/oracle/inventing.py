"""Expressions at random, in the language that both the product and `oracle.expressing` read."""

TEXTS = ["'gold'", "'Gold'", "'silver'", "'12'", "'5'", "'old'", "''", "'true'", "'2026-11-22'"]
NUMBERS = ["0", "1", "2", "5", "12", "12.5", "0.5", "3"]
RANGES = [
    "isTimeRange('08:30:00', '17:30:00', 'Europe/Paris')",
    "isTimeRange('00:00:00', '11:59:59', 'UTC', ['SAT', 'SUN'])",
    "isTimeRange('09:00:00', '09:00:00', 'Asia/Tokyo')",
]


def condition(chance, names, depth=0):
    """Something that can be true or false; brackets only now and then."""
    roll = chance.random()
    deeper = depth + 1
    if depth < 4 and roll < 0.25:
        word = chance.choice([" and ", " or "])
        made = word.join(condition(chance, names, deeper) for _ in range(chance.randint(2, 3)))
        return f"({made})" if chance.random() < 0.4 else made
    if depth < 4 and roll < 0.4:
        inner = condition(chance, names, deeper)
        return f"not ({inner})" if chance.random() < 0.5 else f"not {inner}"
    if roll < 0.45:
        return chance.choice(names)
    if roll < 0.5:
        return chance.choice(RANGES)
    if roll < 0.65:
        return test(chance, names, deeper)
    if roll < 0.75:
        return f"{value(chance, names, deeper)} in {sequence(chance, names)}"
    sign = chance.choice(["==", "==", "!=", "<", "<=", ">", ">="])
    if depth < 3 and chance.random() < 0.15:
        return f"({condition(chance, names, deeper)}) {sign} {value(chance, names, deeper)}"
    return f"{value(chance, names, deeper)} {sign} {value(chance, names, deeper)}"


def test(chance, names, depth):
    name = chance.choice(["contains", "startsWith", "endsWith", "matches", "isSet", "inPercent"])
    if name == "isSet":
        return f"isSet({chance.choice(names)})"
    if name == "inPercent":
        return f"inPercent({value(chance, names, depth)}, {chance.choice(['0', '50', '100'])})"
    other = chance.choice(["'g'", "'old'", "'1'", chance.choice(names)])
    return f"{name}({value(chance, names, depth)}, {other})"


def sequence(chance, names):
    if chance.random() < 0.4:
        return chance.choice(names)
    plain = [name for name in names if "customerinfo.c" not in name]
    members = (chance.choice([*TEXTS, *NUMBERS, *plain]) for _ in range(chance.randrange(4)))
    return f"[{', '.join(members)}]"


def value(chance, names, depth=0):
    roll = chance.random()
    if depth >= 4 or roll < 0.45:
        return chance.choice(names)
    if roll < 0.65:
        return chance.choice([*TEXTS, *NUMBERS, *NUMBERS])
    deeper = depth + 1
    if roll < 0.85:
        sign = chance.choice(["+", "-", "||", "*", "/", "%", "^"])
        made = f"{value(chance, names, deeper)} {sign} {value(chance, names, deeper)}"
        return f"({made})" if chance.random() < 0.4 else made
    if roll < 0.9:
        return f"{chance.choice(['-', 'sqrt '])}{value(chance, names, deeper)}"
    name = chance.choice(["lower", "upper", "length", "min", "max", "abs", "round", "sqrt"])
    many = chance.randint(1, 3) if name in ("min", "max") else 1
    return f"{name}({', '.join(value(chance, names, deeper) for _ in range(many))})"
