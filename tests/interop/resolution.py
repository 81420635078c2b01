#!/usr/bin/python3
"""Schema resolution compared with fastavro: what a writer of another time wrote, read into each of our records.

For every schema, random writers are made of it: fields added, left out, reordered, renamed to an alias; types promoted by
the reader; unions widened and narrowed; symbols added, removed, shuffled; some of it such that it cannot be read. Random
values are written by fastavro, and by an encoder of our own that splits arrays into blocks of both forms. The tool
resolve (resolve.c, with the sanitizers) decodes them; fastavro says what they must be, and the rules of Avro 1.11 "Schema
Resolution", written down here once more, say which must be refused.

HO_SEED repeats a run, HO_CASES (120) is the number of writers a schema.
"""
import glob
import io
import json
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import ROOT, check, main  # noqa: E402
from subscriber import in_venv  # noqa: E402

TOOL = os.path.join(ROOT, ".build", "asan", "tests", "resolve")
PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
PROMOTED_FROM = {"long": ["int"], "float": ["int", "long"], "double": ["int", "long", "float"], "string": ["bytes"], "bytes": ["string"]}
EXTREMES = {"int": [0, -1, 2**31 - 1, -2**31], "long": [0, -1, 2**63 - 1, -2**63, 2**53 + 1]}
TEXTS = ["", "a", "Zoë", "O'Brien-Łukasz", "nul\0in", "\U0001f3e5", "x" * 70]


# ---- schemas as trees in which a named type stands at every place in full

def expand(node, space="", named=None):
    """A copy in which references are the named type's own object, and names are full."""
    named = {} if named is None else named
    if isinstance(node, list):
        return [expand(branch, space, named) for branch in node]
    if isinstance(node, str):
        if node in PRIMITIVES:
            return {"type": node}
        return named[node if "." in node or not space else space + "." + node]
    if isinstance(node["type"], (dict, list)) or node["type"] in PRIMITIVES:
        return expand(node["type"], space, named) if not isinstance(node["type"], str) else {"type": node["type"]}
    out = {key: value for key, value in node.items() if key not in ("namespace", "doc")}
    if node["type"] in ("array", "map"):
        key = "items" if node["type"] == "array" else "values"
        out[key] = expand(node[key], space, named)
        return out
    space = node.get("namespace", space)
    out["name"] = node["name"] if "." in node["name"] or not space else space + "." + node["name"]
    space = out["name"].rpartition(".")[0]
    if node["type"] == "record":
        out["fields"] = [dict(field, type=expand(field["type"], space, named)) for field in node["fields"]]
    named[out["name"]] = out
    return out


def written(node, seen=None):
    """The JSON of a tree: a named type in full where it comes first, by name afterwards."""
    seen = set() if seen is None else seen
    if isinstance(node, list):
        return [written(branch, seen) for branch in node]
    kind = node["type"]
    if kind in PRIMITIVES:
        return kind if len(node) == 1 else node
    if kind in ("array", "map"):
        key = "items" if kind == "array" else "values"
        return {"type": kind, key: written(node[key], seen)}
    if node["name"] in seen:
        return node["name"]
    seen.add(node["name"])
    if kind != "record":
        return node
    return dict(node, fields=[dict(field, type=written(field["type"], seen)) for field in node["fields"]])


def branches(node):
    return node if isinstance(node, list) else [node]


def value_type(node):
    """The type beside null of one of our own unions."""
    return next(branch for branch in branches(node) if branch["type"] != "null")


def nullable(node):
    return isinstance(node, list) and any(branch["type"] == "null" for branch in node)


# ---- writers of another time

class Mutator:
    def __init__(self, rng, harm):
        self.rng, self.harm, self.made, self.count = rng, harm, {}, 0

    def chance(self, p):
        return self.rng.random() < p

    def harmful(self):
        """With a small chance, and only in writers that may be unreadable."""
        return self.harm and self.chance(0.03)

    def idle(self, branch):
        """A branch that the reader may not be able to take: no value, or seldom one, is of it."""
        return branch if self.harmful() else dict(branch, **{"x-idle": True})

    def node(self, node):
        if isinstance(node, list):
            return self.union(node)
        kind = node["type"]
        if self.harmful():
            return self.fresh(1)
        if kind in PROMOTED_FROM and self.chance(0.3):
            # What is read as text must be text, and what becomes a float must be a whole number that a double can hold.
            return {"type": self.rng.choice(PROMOTED_FROM[kind]), "x-mild": True}
        if kind == "array":
            items = self.node(node["items"])
            if not isinstance(items, list) and self.chance(0.2):
                items = self.rng.sample([items, self.idle({"type": "null"})], 2)
            return {"type": "array", "items": items}
        if kind in PRIMITIVES:
            return {"type": kind}
        if id(node) not in self.made:
            self.made[id(node)] = getattr(self, kind)(node)
        return self.made[id(node)]

    def field_type(self, node):
        out = self.node(node)
        if isinstance(out, list) or not self.chance(0.15):
            return out
        wider = [out] + ([self.idle({"type": "null"})] if out["type"] != "null" else [])
        if self.chance(0.5):
            other = self.fresh(2)
            if not isinstance(other, list) and other["type"] not in ("null", out["type"]):
                wider.append(self.idle(other))
        return self.rng.sample(wider, len(wider))

    def union(self, node):
        value = self.node(value_type(node))
        if isinstance(value, list):
            return value
        roll = self.rng.random()
        if roll < 0.2 or value["type"] == "null":
            return value
        if roll < 0.27:
            return {"type": "null"}
        return self.rng.sample([value, {"type": "null"}], 2)

    def name(self, node):
        """Its own name, in its own or another namespace, or an alias."""
        space, _, short = node["name"].rpartition(".")
        roll = self.rng.random()
        if self.harmful():
            return space + ".Other" + short
        if roll < 0.2 and node.get("aliases"):
            alias = self.rng.choice(node["aliases"])
            return alias if "." in alias else space + "." + alias
        return "elsewhere.deep." + short if roll < 0.3 else node["name"]

    def enum(self, node):
        symbols = [symbol for symbol in node["symbols"] if not self.chance(0.15)] or node["symbols"][:1]
        if "default" in node and self.chance(0.4) or self.harmful():
            symbols += ["LATER_%d" % n for n in range(self.rng.randint(1, 3))]
        if self.chance(0.4):
            self.rng.shuffle(symbols)
        out = {"type": "enum", "name": self.name(node), "symbols": symbols}
        if self.chance(0.5):
            out["default"] = self.rng.choice(symbols)
        return out

    def fixed(self, node):
        return {"type": "fixed", "name": self.name(node), "size": node["size"] + self.harmful()}

    def record(self, node):
        fields = []
        for field in node["fields"]:
            if self.chance(0.12) and "default" in field or self.harmful():
                continue
            name = field["name"]
            if field.get("aliases") and self.chance(0.4):
                name = self.rng.choice(field["aliases"])
            fields.append({"name": name, "type": self.field_type(field["type"])})
        fields += [{"name": "writers_own_%d" % n, "type": self.fresh(0)} for n in range(self.rng.choice([0, 0, 1, 2]))]
        if self.chance(0.5):
            self.rng.shuffle(fields)
        return {"type": "record", "name": self.name(node), "fields": fields}

    def fresh(self, depth):
        """A type that the reader knows nothing of. Items take at least a byte: arrays of nothing are refused."""
        kinds = PRIMITIVES + ["enum", "fixed"] + (["array", "map", "record", "union"] if depth < 3 else [])
        kind = self.rng.choice(kinds)
        self.count += 1
        name = "handoff.Fresh%d" % self.count
        if kind in PRIMITIVES:
            return {"type": kind}
        if kind == "enum":
            return {"type": "enum", "name": name, "symbols": ["P", "Q", "R"]}
        if kind == "fixed":
            return {"type": "fixed", "name": name, "size": self.rng.randint(1, 9)}
        if kind in ("array", "map"):
            items = self.fresh(depth + 1)
            items = {"type": "long"} if not isinstance(items, list) and items["type"] in ("null", "record") else items
            return {"type": kind, "items" if kind == "array" else "values": items}
        if kind == "record":
            return {"type": "record", "name": name, "fields": [{"name": "f%d" % n, "type": self.fresh(depth + 1)} for n in range(self.rng.randint(1, 3))]}
        return [{"type": branch} for branch in self.rng.sample(PRIMITIVES, self.rng.randint(1, 4))]


# ---- values, with the branch of each union written down

class Branch:
    def __init__(self, index, value):
        self.index, self.value = index, value


def random_value(rng, node):
    if isinstance(node, list):
        index = rng.choice([n for n, branch in enumerate(node) if not branch.get("x-idle")])
        return Branch(index, random_value(rng, node[index]))
    kind = node["type"]
    if kind == "null":
        return None
    if kind == "boolean":
        return rng.random() < 0.5
    if kind in ("int", "long"):
        if rng.random() < 0.3 and not node.get("x-mild"):
            return rng.choice(EXTREMES[kind])
        return rng.randint(-2**31, 2**31 - 1) if kind == "int" else rng.randint(-2**53, 2**53)
    if kind in ("float", "double"):
        value = rng.choice([0.0, -0.0, 1.5, float("inf"), rng.uniform(-1e9, 1e9), rng.uniform(-1e-9, 1e-9)])
        return struct.unpack("<f", struct.pack("<f", value))[0] if kind == "float" else value
    if kind == "string":
        return rng.choice(TEXTS)
    if kind == "bytes":
        return rng.choice(TEXTS).encode() if node.get("x-mild") else rng.randbytes(rng.randint(0, 9))
    if kind == "fixed":
        return rng.randbytes(node["size"])
    if kind == "enum":
        return rng.choice(node["symbols"])
    if kind == "array":
        return [random_value(rng, node["items"]) for _ in range(rng.choice([0, 1, 2, 5]))]
    if kind == "map":
        return {"k%d" % n: random_value(rng, node["values"]) for n in range(rng.choice([0, 1, 3]))}
    return {field["name"]: random_value(rng, field["type"]) for field in node["fields"]}


def plain(value):
    """As fastavro's writer takes it."""
    if isinstance(value, Branch):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def long_bytes(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_blocks(rng, items):
    """Encoded items as blocks of random size, some with the size in bytes before them."""
    out, at = b"", 0
    while at < len(items):
        count = rng.randint(1, len(items) - at)
        block = b"".join(items[at:at + count])
        out += long_bytes(-count) + long_bytes(len(block)) if rng.random() < 0.5 else long_bytes(count)
        out, at = out + block, at + count
    return out + b"\0"


def encode(rng, node, value):
    if isinstance(node, list):
        return long_bytes(value.index) + encode(rng, node[value.index], value.value)
    kind = node["type"]
    if kind == "null":
        return b""
    if kind == "boolean":
        return b"\1" if value else b"\0"
    if kind in ("int", "long"):
        return long_bytes(value)
    if kind in ("float", "double"):
        return struct.pack("<f" if kind == "float" else "<d", value)
    if kind in ("bytes", "string"):
        value = value.encode() if kind == "string" else value
        return long_bytes(len(value)) + value
    if kind == "fixed":
        return value
    if kind == "enum":
        return long_bytes(node["symbols"].index(value))
    if kind == "array":
        return encode_blocks(rng, [encode(rng, node["items"], item) for item in value])
    if kind == "map":
        return encode_blocks(rng, [encode(rng, {"type": "string"}, key) + encode(rng, node["values"], item) for key, item in value.items()])
    return b"".join(encode(rng, field["type"], value[field["name"]]) for field in node["fields"])


# ---- the rules: what can be read

def same_name(writer, reader):
    short = writer["name"].rpartition(".")[2]
    return short == reader["name"].rpartition(".")[2] or writer["name"] in reader.get("aliases", []) or short in reader.get("aliases", [])


def pairs(writer, reader):
    """(writer's field, reader's field or None), and the reader's fields that are left."""
    left = {field["name"]: field for field in reader["fields"]}
    by_alias = {alias: field for field in reader["fields"] for alias in field.get("aliases", [])}
    out = []
    for field in writer["fields"]:
        found = left.get(field["name"]) or left.get(by_alias.get(field["name"], {}).get("name"))
        out.append((field, found))
        if found:
            del left[found["name"]]
    return out, list(left.values())


def schemas_fit(writer, reader):
    """Known from the schemas alone. A branch of the writer's union is judged when a value is of it."""
    if isinstance(writer, list):
        return True
    if writer["type"] == "null":
        return nullable(reader)
    reader = value_type(reader)
    kind = writer["type"]
    if kind != reader["type"]:
        return kind in PROMOTED_FROM.get(reader["type"], [])
    if kind == "array":
        return schemas_fit(writer["items"], reader["items"])
    if kind in PRIMITIVES:
        return True
    if not same_name(writer, reader) or kind == "fixed" and writer["size"] != reader["size"]:
        return False
    if kind != "record":
        return True
    found, left = pairs(writer, reader)
    return all(schemas_fit(w["type"], r["type"]) for w, r in found if r) and all("default" in field for field in left)


def value_fits(writer, reader, value):
    if isinstance(writer, list):
        branch = writer[value.index]
        return schemas_fit(branch, reader) and value_fits(branch, reader, value.value)
    if writer["type"] == "null":
        return True
    reader = value_type(reader)
    if writer["type"] == "array":
        return all(value_fits(writer["items"], reader["items"], item) for item in value)
    if writer["type"] == "enum":
        return value in reader["symbols"] or "default" in reader
    if writer["type"] == "record":
        return all(value_fits(w["type"], r["type"], value[w["name"]]) for w, r in pairs(writer, reader)[0] if r)
    return True


def normal(value, node):
    """A value as fastavro gives it: a default stands there as the schema's JSON, and a float is not rounded."""
    if value is None:
        return None
    node = value_type(node)
    if node["type"] == "record":
        return {field["name"]: normal(value[field["name"]] if field["name"] in value else field["default"], field["type"]) for field in node["fields"]}
    if node["type"] == "array":
        return [normal(item, node["items"]) for item in value]
    if node["type"] in ("bytes", "fixed") and isinstance(value, str):
        return value.encode("latin-1")
    if node["type"] == "float":
        return struct.unpack("<f", struct.pack("<f", value))[0]
    return float(value) if node["type"] == "double" else value


# ---- the comparison

class Case:
    """One writer and its values, each as bytes with what the rules expect (None: whatever fastavro does)."""

    def __init__(self, rng, reader, harm):
        import fastavro
        self.reader, self.writer = reader, Mutator(rng, harm).record(reader)
        self.json = json.dumps(written(self.writer), separators=(",", ":"))
        self.parsed = fastavro.parse_schema(json.loads(self.json))
        self.whole = fastavro.parse_schema(json.loads(self.json), expand=True)
        self.bodies = []
        for _ in range(3):
            value = random_value(rng, self.writer)
            fits = schemas_fit(self.writer, reader) and value_fits(self.writer, reader, value)
            self.bodies.append((encode(rng, self.writer, value), fits))
            out = io.BytesIO()
            fastavro.schemaless_writer(out, self.parsed, plain(value))
            self.bodies.append((out.getvalue(), None))

    def line(self):
        return "\t".join([self.reader["name"], self.json] + [body.hex() for body, _ in self.bodies]) + "\n"

    def judge(self, answer, theirs_parsed):
        """Counts of (read, refused); raises where ours and theirs differ."""
        import fastavro
        from fastavro.schema import fingerprint, to_parsing_canonical_form
        words = answer.rstrip("\n").split("\t")
        theirs = bytes.fromhex(fingerprint(to_parsing_canonical_form(self.parsed), "CRC-64-AVRO"))[::-1].hex()
        check(words[0] == theirs, "fingerprint %s, not %s: %s" % (words[0], theirs, self.json))
        check(len(words) == 1 + len(self.bodies), "%d answers for %d bodies: %s" % (len(words) - 1, len(self.bodies), answer))
        read = 0
        for (body, fits), ours in zip(self.bodies, words[1:]):
            where = "\n  writer %s\n  body %s\n  ours %s" % (self.json, body.hex(), ours)
            try:
                expected = normal(fastavro.schemaless_reader(io.BytesIO(body), self.whole, theirs_parsed), self.reader)
            except UnicodeDecodeError:
                continue  # bytes that are no UTF-8 are passed on as they came, fastavro's text cannot hold them
            except Exception as error:
                expected, where = error, where + "\n  theirs %r" % error
            good = not ours.startswith("bad: ")
            check(fits is None or good == fits, "by the rules it %s be read%s" % ("must" if fits else "must not", where))
            check(not good or not isinstance(expected, Exception), "read, where fastavro refuses" + where)
            if good:
                found = fastavro.schemaless_reader(io.BytesIO(bytes.fromhex(ours)), theirs_parsed)
                check(normal(found, self.reader) == expected, "other values" + where + "\n  found  %r\n  theirs %r" % (found, expected))
                read += 1
            else:
                check("field " in ours or "schema" in ours, "the refusal names no place" + where)
        return read, len(words) - 1 - read


def compare(path, seed, cases):
    import fastavro
    with open(path, encoding="utf-8") as text:
        schema = json.load(text)
    rng = random.Random("%s %s" % (seed, schema["name"]))
    reader = expand(schema)
    # In full at every place: fastavro 1.13.1 mixes up a reference on one side and a definition on the other.
    parsed = fastavro.parse_schema(schema, expand=True)
    made = [Case(rng, reader, n % 3 == 2) for n in range(cases)]
    done = subprocess.run([TOOL], input="".join(case.line() for case in made), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=600)
    check(done.returncode == 0 and not done.stderr, "resolve gave %d: %s" % (done.returncode, done.stderr[-2000:]))
    answers = done.stdout.splitlines()
    check(len(answers) == len(made), "%d answers for %d writers" % (len(answers), len(made)))
    totals = [case.judge(answer, parsed) for case, answer in zip(made, answers)]
    read, refused = sum(t[0] for t in totals), sum(t[1] for t in totals)
    print("  %-28s %4d writers, %5d bodies read alike, %4d refused" % (reader["name"], len(made), read, refused), flush=True)
    check(read > len(made) and refused > 0, "%s: too few were read, or none was refused: the comparison says nothing" % reader["name"])


def what_another_writer_wrote_is_read_as_fastavro_reads_it():
    seed = os.environ.get("HO_SEED") or str(random.SystemRandom().randrange(10**9))
    cases = int(os.environ.get("HO_CASES", "120"))
    print("seed %s" % seed, flush=True)
    check(os.path.exists(TOOL), "%s is not built: tests/run builds it" % TOOL)
    schemas = glob.glob(os.path.join(ROOT, "schemas", "*.avsc")) + glob.glob(os.path.join(ROOT, "schemas", "state", "*.avsc"))
    check(len(schemas) >= 10, "only %d schemas found" % len(schemas))
    for path in sorted(schemas) + [os.path.join(ROOT, "tests", "interop", "everything.avsc")]:
        compare(path, seed, cases)


if __name__ == "__main__":
    in_venv(__file__)
    main(what_another_writer_wrote_is_read_as_fastavro_reads_it)
