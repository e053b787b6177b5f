"""Reads manifests, and compares each object with the JSON schema that Kubernetes generates from its API.

Arguments: versions of Kubernetes, `--`, files. Prints {"objects": {file: [object]}, "problems": [text]}. The schemas are the
strict ones: a field that the API does not have is a problem too.
"""

import json
import sys

import kubernetes_validate
import yaml

at = sys.argv.index("--")
objects, problems = {}, []
for path in sys.argv[at + 1 :]:
    with open(path, encoding="utf-8") as file:
        objects[path] = [each for each in yaml.safe_load_all(file) if each is not None]
    for each in objects[path]:
        for version in sys.argv[1:at]:
            try:
                kubernetes_validate.validate(each, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = ".".join(str(part) for part in error.path)
                problems.append(f"{path}: {each.get('kind')} {where} in {version}: {error.message}")
print(json.dumps({"objects": objects, "problems": problems}))
