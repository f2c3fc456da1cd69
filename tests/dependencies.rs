//! Every dependency in Cargo.toml is used, so that none is built and audited for nothing.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;

/// Named for the features they give to crates that others bring in, as Cargo.toml says beside them.
const FOR_FEATURES: &[&str] = &["crossbeam-utils", "winit"];

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// Whether code names the crate: `serde::`, `use serde;`, `extern crate serde`.
fn named(text: &str, crate_name: &str) -> bool {
    text.match_indices(crate_name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + crate_name.len()..).unwrap_or_default();
        let starts = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
        starts && (after.starts_with("::") || after.starts_with(';') || after.starts_with(" as "))
    })
}

#[test]
fn every_dependency_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table =
        toml::from_str(&fs::read_to_string(root.join("Cargo.toml")).unwrap()).unwrap();
    let mut code = String::new();
    for folder in ["src", "tests", "benches", "examples"] {
        sources(&root.join(folder), &mut code);
    }
    let mut unused = Vec::new();
    let mut checked = 0;
    for section in ["dependencies", "dev-dependencies"] {
        for name in manifest[section].as_table().unwrap().keys() {
            checked += 1;
            if !FOR_FEATURES.contains(&name.as_str()) && !named(&code, &name.replace('-', "_")) {
                unused.push(name.clone());
            }
        }
    }
    assert!(checked > 40, "only {checked} dependencies were found");
    assert!(unused.is_empty(), "no code uses {}", unused.join(", "));
}
