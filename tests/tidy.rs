//! The rules of the house: layers, file sizes, where egui may be.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

const LAYERS: &[(&str, u8)] = &[
    ("base", 0),
    ("data", 1),
    ("imaging", 2),
    ("clips", 3),
    ("transforms", 3),
    ("inference", 3),
    ("tracks", 3),
    ("quality", 3),
    ("metrics", 3),
    ("exchange", 3),
    ("reports", 3),
    ("project", 4),
    ("claims", 4),
    ("predictions", 4),
    ("search", 5),
    ("evaluation", 5),
    ("suites", 5),
    ("robustness", 5),
    ("app", 6),
    ("cli", 7),
    ("gui", 7),
];

/// The front end without a window is what the other one falls back to on a machine without a display.
const ALLOWED: &[(&str, &str)] = &[("gui", "cli")];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn layer(module: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, layer)| *layer)
}

#[test]
fn modules_use_only_layers_below_their_own() {
    let mut breaks = Vec::new();
    let mut seen = 0;
    for (path, text) in sources() {
        let own = module_of(&path);
        let Some(own_layer) = layer(&own) else {
            assert!(own == "main" || own == "lib", "{} belongs to no layer", path.display());
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            for after in line.split("crate::").skip(1) {
                let used: Vec<String> = match after.strip_prefix('{') {
                    Some(list) => list.split(',').map(|part| name_of(part.trim())).collect(),
                    None => vec![name_of(after)],
                };
                for used in used {
                    let Some(used_layer) = layer(&used) else { continue };
                    seen += 1;
                    let allowed = ALLOWED.contains(&(own.as_str(), used.as_str()));
                    if used != own && used_layer >= own_layer && !allowed {
                        breaks.push(format!("{}:{} uses {used}", path.display(), number + 1));
                    }
                }
            }
        }
    }
    assert!(seen > 100, "the paths were not found");
    assert!(breaks.is_empty(), "{}", breaks.join("\n"));
}

fn name_of(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

#[test]
fn files_stay_small() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 600, "{} has {lines} lines, look for its second idea", path.display());
    }
}

#[test]
fn only_the_window_knows_egui() {
    for (path, text) in sources() {
        if module_of(&path) != "gui" {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                assert!(!line.contains("egui::") && !line.contains("eframe::"), "{}: {line}", path.display());
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{} has no header", path.display());
    }
}

#[test]
fn kinds_are_registered() {
    for (folder, list) in [
        ("transforms/image/light", "transforms/image/light/mod.rs"),
        ("transforms/image/weather", "transforms/image/weather/mod.rs"),
        ("transforms/image/blur", "transforms/image/blur/mod.rs"),
        ("transforms/image/noise", "transforms/image/noise/mod.rs"),
        ("transforms/image/camera", "transforms/image/camera/mod.rs"),
        ("transforms/image/geometry", "transforms/image/geometry/mod.rs"),
        ("inference/decoders", "inference/decoders/mod.rs"),
    ] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let registry = fs::read_to_string(root.join(list)).unwrap();
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let file = if path.is_dir() { path.join("mod.rs") } else { path.clone() };
            let Ok(text) = fs::read_to_string(&file) else { continue };
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let kinds = text.lines().filter_map(|line| line.strip_prefix("pub static ")?.split_once(": "));
            for (kind, _) in kinds.filter(|(_, of)| of.split([' ', ';']).next().unwrap().ends_with("Kind")) {
                assert!(registry.contains(&format!("{name}::{kind}")), "{name}::{kind} is not in {list}");
            }
        }
    }
}

/// Keys pressed anywhere go through the one table: nothing else in the window knows a key, and tooltips name what is in it.
#[test]
fn keys_are_read_in_one_place() {
    let mut looked_up = 0;
    for (path, text) in sources() {
        if module_of(&path) != "gui" || path.ends_with("gui/keys.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in
            code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for literal in
                ["Key::", "key_pressed", "key_down", "key_released", "consume_key", "consume_shortcut"]
            {
                assert!(!line.contains(literal), "{}:{}: {}", path.display(), number + 1, line.trim());
            }
            for title in line.split("key_of(\"").skip(1) {
                let title = title.split('"').next().unwrap();
                let known = hardcase::app::table::entries().any(|entry| entry.title == title);
                assert!(known, "{}:{}: {title:?} is not in the command table", path.display(), number + 1);
                looked_up += 1;
            }
        }
    }
    assert!(looked_up > 3, "tooltips with keys were not found");
}

/// A view tile and a workspace are a file and a line: a file with a kind that its registry does not name shows nothing.
#[test]
fn view_tiles_and_workspaces_are_registered() {
    let all = sources();
    let text_of = |end: &str| all.iter().find(|(path, _)| path.ends_with(end)).map(|(_, text)| text).unwrap();
    for (kind, registry) in
        [("ViewKind", "gui/panes/replay/view.rs"), ("WorkspaceKind", "gui/panes/workspace.rs")]
    {
        let lines = text_of(registry);
        let mut found = 0;
        for (path, text) in &all {
            if !text.contains(&format!("static KIND: {kind} =")) {
                continue;
            }
            let own = if path.ends_with("mod.rs") { path.parent().unwrap() } else { path };
            let file = own.file_stem().unwrap().to_string_lossy();
            let room = own.parent().unwrap().file_name().unwrap().to_string_lossy();
            let named = [format!("&{file}::KIND"), format!("&{room}::{file}::KIND")];
            assert!(named.iter().any(|name| lines.contains(name)), "{} is not in {registry}", path.display());
            found += 1;
        }
        assert!(found > 4, "no kinds were found");
    }
}
