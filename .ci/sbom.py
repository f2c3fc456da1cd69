"""Write the crates that Hardcase is built from as CycloneDX 1.5: python3 .ci/sbom.py OUT.json

Without a clock and without random numbers, so that the same Cargo.lock gives the same file.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(out):
    metadata = json.loads(
        subprocess.run(
            ["cargo", "metadata", "--format-version", "1", "--locked", "--features", "gui"],
            cwd=ROOT, stdout=subprocess.PIPE, check=True,
        ).stdout
    )
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    checksums = {(crate["name"], crate["version"]): crate.get("checksum") for crate in lock}
    # Of the edges those that are built into the program.
    edges = {
        node["id"]: [dep["pkg"] for dep in node["deps"] if any(kind["kind"] != "dev" for kind in dep["dep_kinds"])]
        for node in metadata["resolve"]["nodes"]
    }
    root, found, todo = metadata["resolve"]["root"], set(), [metadata["resolve"]["root"]]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo.extend(edges[at])
    crates = {crate["id"]: crate for crate in metadata["packages"] if crate["id"] in found}

    def reference(crate):
        return f"pkg:cargo/{crate['name']}@{crate['version']}"

    def component(crate, kind):
        entry = {
            "type": kind, "bom-ref": reference(crate), "name": crate["name"], "version": crate["version"],
            "purl": reference(crate),
        }
        if crate["license"]:
            entry["licenses"] = [{"expression": crate["license"].replace("/", " OR ")}]
        if checksum := checksums.get((crate["name"], crate["version"])):
            entry["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return entry

    ordered = sorted(crates.values(), key=lambda crate: (crate["name"], crate["version"]))
    bom = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": component(crates[root], "application")},
        "components": [component(crate, "library") for crate in ordered if crate["id"] != root],
        "dependencies": [
            {"ref": reference(crate), "dependsOn": sorted({reference(crates[to]) for to in edges[crate["id"]]})}
            for crate in ordered
        ],
    }
    Path(out).write_text(json.dumps(bom, indent=2) + "\n")
    print(f"{len(bom['components'])} crates: {out}")


main(sys.argv[1])
