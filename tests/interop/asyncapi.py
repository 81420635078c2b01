#!/usr/bin/python3
"""schemas/asyncapi.yaml: a sound AsyncAPI 3.0 document that says what the catalogue and the schemas say.

Every reference leads somewhere; channels, operations and messages have what the specification wants of them; every Avro payload is a schema
that fastavro accepts; the JSON Schema of an alert takes a record made of the Avro schema, and refuses one with a field of another type.
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from handoff import ROOT, check, main  # noqa: E402
from subscriber import in_venv  # noqa: E402

SCHEMAS = os.path.join(ROOT, "schemas")
# AsyncAPI 3.0.0: the fields of each object, those first that must be there.
FIELDS = {"document": (["asyncapi", "info"], ["id", "servers", "defaultContentType", "channels", "operations", "components"]),
          "channel": ([], ["address", "messages", "title", "summary", "description", "servers", "parameters", "tags", "externalDocs", "bindings"]),
          "operation": (["action", "channel"], ["title", "summary", "description", "security", "tags", "externalDocs", "bindings", "traits",
                                                "messages", "reply"]),
          "message": ([], ["headers", "payload", "correlationId", "contentType", "name", "title", "summary", "description", "tags",
                           "externalDocs", "bindings", "examples", "traits"]),
          "server": (["host", "protocol"], ["protocolVersion", "pathname", "description", "title", "summary", "variables", "security", "tags",
                                            "externalDocs", "bindings"])}


def document():
    import yaml
    with open(os.path.join(SCHEMAS, "asyncapi.yaml"), encoding="utf-8") as text:
        return yaml.safe_load(text)


def resolve(root, reference):
    """What a $ref names: a place in the document, or a schema file beside it."""
    if reference.startswith("./"):
        with open(os.path.join(SCHEMAS, reference[2:]), encoding="utf-8") as text:
            return json.load(text)
    check(reference.startswith("#/"), "%s leads nowhere" % reference)
    for part in reference[2:].split("/"):
        check(isinstance(root, dict) and part in root, "%s leads nowhere" % reference)
        root = root[part]
    return root


def of(root, value):
    return resolve(root, value["$ref"]) if "$ref" in value else value


def each_reference(value):
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key == "$ref":
            yield inner
        else:
            yield from each_reference(inner)


def fits(root, what, value, name):
    must, may = FIELDS[what]
    for key in must:
        check(key in value, "%s %s has no %s" % (what, name, key))
    for key in value:
        check(key in must + may, "%s %s has %s, which AsyncAPI does not know" % (what, name, key))


def it_is_asyncapi_3():
    root = document()
    check(root["asyncapi"] == "3.0.0" and root["info"]["title"] and root["info"]["version"], "its head")
    fits(root, "document", root, "")
    for name, server in root["servers"].items():
        fits(root, "server", server, name)
    references = list(each_reference(root))
    check(len(references) > 50, "only %d references" % len(references))
    for reference in references:
        resolve(root, reference)
    for name, operation in root["operations"].items():
        fits(root, "operation", operation, name)
        check(operation["action"] in ("send", "receive"), "%s: action %s" % (name, operation["action"]))
        check(operation["channel"]["$ref"].startswith("#/channels/"), "%s has no channel" % name)
    for name, message in root["components"]["messages"].items():
        fits(root, "message", message, name)
        check(message["payload"] and message["contentType"], "%s has no payload" % name)
        headers = dict(message.get("headers", {}).get("properties", {}))
        for trait in message.get("traits", []):
            headers.update(of(root, trait)["headers"].get("properties", {}))
        if "planwrites" not in str(message.get("traits")) and name not in ("DeadLetter", "SchemaRow"):
            for header in ("ce_id", "ce_type", "ce_source", "ce_specversion", "content-type", "traceparent", "ho-mode"):
                check(header in headers, "%s does not tell of header %s" % (name, header))
    for word in ("isolation.level=read_committed", "read_uncommitted", "C3 01", "supersedes", "RETRACTION", "application/json", "<topic>-value"):
        check(word in root["info"]["description"], "the description does not tell of %s" % word)


def it_says_what_the_catalogue_says():
    root = document()
    with open(os.path.join(SCHEMAS, "topics.json"), encoding="utf-8") as text:
        rows = [row for row in json.load(text)["topics"] if row["name"] != "clock" and not row["name"].endswith(".changelog")]
    check([row["name"] for row in rows] == list(root["channels"]), "channels are %s" % list(root["channels"]))
    for row in rows:
        channel = root["channels"][row["name"]]
        fits(root, "channel", channel, row["name"])
        check(channel["address"] == "{namespace}." + row["name"] and "namespace" in channel["parameters"], "address of %s" % row["name"])
        kafka = channel["bindings"]["kafka"]
        check(kafka["topicConfiguration"] == {"cleanup.policy": [row["cleanup"]], "retention.ms": row["retention_ms"]}, "%s" % kafka)
        check(row["key"] in channel["description"], "%s does not tell of its key" % row["name"])
        check(sum(o["channel"]["$ref"] == "#/channels/" + row["name"] for o in root["operations"].values()) == 1, "operation of %s" % row["name"])
        names = [of(root, m).get("name") for m in channel["messages"].values()]
        if row["record"]:
            check(set(names) == {"handoff.%s.v1" % re.sub(r"(?<!^)(?=[A-Z])", "_", row["record"]).lower()}, "%s has %s" % (row["name"], names))
        types = [of(root, m)["contentType"] for m in channel["messages"].values()]
        check(("application/json" in types) == row["name"].startswith(("alerts.", "schemas")), "%s has %s" % (row["name"], types))


def avro_payloads_are_schemas():
    import fastavro
    root, seen = document(), 0
    for name, message in root["components"]["messages"].items():
        payload = message["payload"]
        if message["contentType"] == "application/avro":
            check(payload["schemaFormat"] == "application/vnd.apache.avro;version=1.11.0", "%s" % payload)
            schema = of(root, payload["schema"])
            check(schema["name"] == name, "%s has the schema of %s" % (name, schema["name"]))
            fastavro.parse_schema(schema)
            seen += 1
    check(seen >= 10, "only %d payloads" % seen)


def accepts(schema, value, where="$"):
    """The little of JSON Schema that the document uses; where it does not fit, or None."""
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float), "integer": int}
    for key in schema:
        check(key in ("type", "description", "enum", "oneOf", "items", "properties", "required"), "%s: %s is not looked at here" % (where, key))
    if "oneOf" in schema:
        return None if sum(accepts(one, value, where) is None for one in schema["oneOf"]) == 1 else where
    if not isinstance(value, kinds[schema["type"]]) or (schema["type"] in ("integer", "number") and isinstance(value, bool)):
        return where
    if "enum" in schema and value not in schema["enum"]:
        return where
    for key in schema.get("required", ()):
        if key not in value:
            return where + "." + key
    for key, inner in schema.get("properties", {}).items():
        wrong = accepts(inner, value[key], where + "." + key) if key in value else None
        if wrong:
            return wrong
    for i, item in enumerate(value if schema["type"] == "array" else ()):
        wrong = accepts(schema["items"], item, "%s[%d]" % (where, i))
        if wrong:
            return wrong
    return None


def the_json_schema_takes_what_the_avro_schema_describes():
    from fastavro.utils import generate_many
    import fastavro
    root = document()
    with open(os.path.join(SCHEMAS, "alert.avsc"), encoding="utf-8") as text:
        avro = fastavro.parse_schema(json.load(text))
    schema = of(root, root["components"]["messages"]["AlertJson"]["payload"])
    for value in generate_many(avro, 50):
        value = json.loads(json.dumps(value))
        check(accepts(schema, value) is None, "%s is refused" % accepts(schema, value))
        value["identity"]["revision"] = "1"
        check(accepts(schema, value) == "$.identity.revision", "a text for a number: %s" % accepts(schema, value))
        value["identity"] = None
        check(accepts(schema, value) == "$.identity", "no identity: %s" % accepts(schema, value))


if __name__ == "__main__":
    in_venv(__file__)
    main(it_is_asyncapi_3, it_says_what_the_catalogue_says, avro_payloads_are_schemas, the_json_schema_takes_what_the_avro_schema_describes)
