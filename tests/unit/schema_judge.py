"""Holds each line, "SCHEMA JSON", against docs/schema; at the end it wants to have
seen every member of the schemas that were named and every word they allow."""
import json
import os
import sys

import jsonschema

FOLDER = "docs/schema"


def schema(name):
    with open(os.path.join(FOLDER, "mqtt-%s.json" % name)) as f:
        return json.load(f)


def words_of(part):
    """Every value that is listed, and True and False of a truth value."""
    if "const" in part:
        return [part["const"]]
    if part.get("type") == "boolean":
        return [True, False]
    return part.get("enum", [])


def promised(part, path, out):
    """(path) of each member, (path, word) of each word."""
    for name, inner in part.get("properties", {}).items():
        here = path + "." + name
        out.add((here,))
        of = inner.get("items", inner)
        out.update((here, json.dumps(w)) for w in words_of(of))
        promised(of, here, out)


def given(said, path, out):
    for name, value in said.items():
        here = path + "." + name
        out.add((here,))
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                given(one, here, out)
            else:
                out.add((here, json.dumps(one)))


def of_kind(name, said):
    return name + "/" + (said.get("kind", "gap") if name == "entry" else "")


def main():
    schemas, want, have, n = {}, set(), set(), 0
    for line in sys.stdin:
        name, text = line.split(" ", 1)
        said = json.loads(text)
        if name not in schemas:
            s = schema(name)
            schemas[name] = jsonschema.Draft7Validator(s)
            branches = s["oneOf"] if name == "entry" else [s]
            for part in branches:
                kind = part["properties"].get("kind", {}).get("const", "gap")
                promised(part, of_kind(name, {"kind": kind}), want)
        errors = sorted(schemas[name].iter_errors(said), key=str)
        if errors and name == "entry":      # by the branch of its kind
            part = [p for p in schema(name)["oneOf"]
                    if p["properties"].get("kind", {}).get("const") == said.get("kind")][0]
            errors = list(jsonschema.Draft7Validator(part).iter_errors(said))
        if errors:
            sys.exit("%s: %s\nin %s" % (name, errors[0].message, text))
        given(said, of_kind(name, said), have)
        n += 1
    missing = sorted(want - have)
    if missing or n == 0:
        sys.exit("in a schema and never said: %s" % missing)


main()
