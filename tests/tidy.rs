//! The rules of the house: layers, file sizes, where egui may be.

#![expect(clippy::string_slice, clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const LAYERS: &[(&str, u8)] = &[
    ("base", 0),
    ("data", 1),
    ("imaging", 2),
    ("tracks", 2),
    ("clips", 3),
    ("transforms", 3),
    ("inference", 3),
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
    ("mining", 5),
    ("robustness", 5),
    ("behavior", 5),
    ("app", 6),
    ("shards", 6),
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

/// A kind is a `static` of a type with one of these endings; its family is the file that lists it.
const KINDS: &[&str] = &["Kind", "Format", "Meaning"];

/// The names of the kinds that a file declares.
fn kinds_in(text: &str) -> Vec<&str> {
    let declared = |line: &'_ str| -> Option<(usize, usize)> {
        let start = line.find("static ").filter(|at| *at == 0 || line.starts_with("pub"))? + "static ".len();
        let length = line.get(start..)?.find(": ")?;
        let of = line.get(start + length + 2..)?.split([' ', ';']).next()?;
        KINDS
            .iter()
            .any(|ending| of.ends_with(ending) && of.starts_with(char::is_alphabetic))
            .then_some((start, length))
    };
    text.lines().filter_map(|line| declared(line).and_then(|(at, long)| line.get(at..at + long))).collect()
}

/// Every `module::NAME` of a kind, as far as lists name them.
fn named_kinds(files: &[(PathBuf, String)]) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (_, text) in files {
        for (at, _) in text.match_indices("::") {
            let kind = name_of(&text[at + 2..]);
            if kind.starts_with(|first: char| first.is_ascii_uppercase()) && kind == kind.to_uppercase() {
                let before = text[..at].bytes().rev();
                let long = before.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
                named.insert(format!("{}::{kind}", &text[at - long..at]));
            }
        }
    }
    named
}

/// The kinds of a file that no list names.
fn unlisted(path: &Path, text: &str, named: &BTreeSet<String>) -> Vec<String> {
    let own = if path.ends_with("mod.rs") { path.parent().unwrap() } else { path };
    let module = own.file_stem().unwrap().to_string_lossy();
    let names = kinds_in(text).into_iter().map(|kind| format!("{module}::{kind}"));
    names.filter(|name| !named.contains(name)).collect()
}

#[test]
fn kinds_are_registered() {
    let files = sources();
    let all: usize = files.iter().map(|(_, text)| kinds_in(text).len()).sum();
    assert!(all > 150, "{all} kinds were found");
    let named = named_kinds(&files);
    let missing: Vec<String> = files.iter().flat_map(|(path, text)| unlisted(path, text, &named)).collect();
    assert!(missing.is_empty(), "in no registry: {missing:#?}");
}

#[test]
fn a_kind_that_no_registry_names_is_found_in_every_family() {
    let files = sources();
    let named = named_kinds(&files);
    let mut families = BTreeSet::new();
    for (path, text) in files.iter().filter(|(_, text)| !kinds_in(text).is_empty()) {
        let forgotten = path.with_file_name("forgotten.rs");
        assert_eq!(unlisted(&forgotten, text, &named).len(), kinds_in(text).len(), "{}", path.display());
        families.insert(path.parent().unwrap());
    }
    assert!(families.len() > 12, "{families:?}");
}

/// The paths behind every `crate::` of a piece of code.
fn paths_in(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        take_path(&code[at + start.len()..], String::new(), &mut found);
    }
    found
}

/// Takes one path, or the list of paths of a `use`, and says how many bytes that were.
fn take_path(text: &str, mut prefix: String, found: &mut Vec<String>) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let space = rest.len() - rest.trim_start().len();
        if rest.trim_start().starts_with('{') {
            at += space + 1;
            while at < text.len() && !text[at..].trim_start().starts_with('}') {
                at += take_path(&text[at..], prefix.clone(), found);
                // Behind an item come a new name and a comma.
                at += text[at..].find([',', '}']).unwrap_or(text.len() - at);
                at += usize::from(text[at..].starts_with(','));
            }
            return at + text[at..].find('}').map_or(0, |end| end + 1);
        }
        let name = name_of(rest.trim_start());
        prefix += &name;
        at += space + name.len();
        if name.is_empty() || !text[at..].starts_with("::") {
            found.push(prefix);
            return at;
        }
        prefix += "::";
        at += 2;
    }
}

/// The modules that each module names by a path that begins with `crate`; tests and comments do not count.
fn uses(files: &[(PathBuf, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let module = |path: &Path| {
        let inside = path.strip_prefix(&root).unwrap().with_extension("");
        let names: Vec<String> =
            inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        names.join("::").trim_end_matches("::mod").to_owned()
    };
    let known: BTreeSet<String> = files.iter().map(|(path, _)| module(path)).collect();
    let used = |own: &str, text: &str| {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap()).collect();
        let nearest = |path: String| {
            let mut path = path.as_str();
            while !known.contains(path) {
                path = path.rsplit_once("::")?.0;
            }
            Some(path.to_owned()).filter(|path| path != own)
        };
        paths_in(&code.join("\n")).into_iter().filter_map(nearest).collect()
    };
    files.iter().map(|(path, text)| (module(path), used(&module(path), text))).collect()
}

/// Modules that name each other, directly or over others, each circle once and sorted.
fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached = |from: &String| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = uses[from].iter().collect();
        while let Some(next) = open.pop() {
            if seen.insert(next.clone()) {
                open.extend(uses.get(next).into_iter().flatten());
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        uses.keys().map(|name| (name, reached(name))).collect();
    let circle = |name: &&String| -> Vec<String> {
        let back = |other: &&String| reached.get(other).is_some_and(|all| all.contains(*name));
        reached[*name].iter().filter(back).cloned().collect()
    };
    let circles: BTreeSet<Vec<String>> = uses.keys().map(|name| circle(&name)).collect();
    circles.into_iter().filter(|circle| circle.len() > 1).collect()
}

#[test]
fn no_files_stand_in_a_circle() {
    let new = circles(&uses(&sources()));
    assert!(new.is_empty(), "files that need each other: {new:#?}");
}

#[test]
fn circles_are_found_through_lists_and_inner_paths() {
    let file = |name: &str, text: &str| {
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name), text.to_owned())
    };
    let files = [
        file("a/mod.rs", "use crate::b::{self, c::{Deep as Other, More}, Plain};\n"),
        file("b/mod.rs", "// crate::a is only named\nfn f() { crate::b::c::g(); }\n"),
        file("b/c.rs", "use crate::{d::E, f};\n#[cfg(test)]\nmod tests {\n use crate::f::G;\n}\n"),
        file("d.rs", "fn g() -> crate::a::T {}"),
        file("f.rs", "use crate::base;"),
    ];
    let uses = uses(&files);
    assert_eq!(uses["a"], ["b", "b::c"].map(str::to_owned).into());
    assert_eq!(uses["b::c"], ["d", "f"].map(str::to_owned).into());
    assert_eq!(circles(&uses), [["a", "b", "b::c", "d"].map(str::to_owned)]);
}

/// Places where an error is text, and why: everywhere else it is a type of its family that callers can tell apart.
const TEXT_ERRORS: &[(&str, usize, &str)] = &[
    ("app/explore/mod.rs", 1, "what a pane shows"),
    ("app/explore/worker.rs", 1, "what a pane shows"),
    ("app/model/mod.rs", 1, "what a pane shows"),
    ("app/replay/frames.rs", 1, "kept with frames and shown in their place"),
    ("app/suites/mod.rs", 1, "what a pane shows"),
    ("app/suites/stretches.rs", 1, "the same for cases over time"),
    ("cli/gates.rs", 1, "what reports hold"),
    ("cli/inspect/document.rs", 2, "what a report holds"),
    ("robustness/inside/reference.rs", 1, "what a report holds"),
    ("robustness/inside/report.rs", 2, "what a report holds"),
    ("robustness/inside/tested.rs", 1, "what a report holds"),
    ("suites/gates.rs", 1, "what reports hold"),
    ("suites/run.rs", 1, "what reports and baselines hold"),
    ("transforms/labels.rs", 1, "an effect that is unknown is an outcome"),
];

/// Number of types `Result<…, String>` in a piece of code.
fn text_errors(code: &str) -> usize {
    let is_text = |inside: &str| {
        let (mut depth, mut last, mut before) = (0_usize, 0, ' ');
        for (at, c) in inside.char_indices() {
            match c {
                '<' | '(' | '[' => depth += 1,
                '>' if before == '-' => {}
                '>' if depth == 0 => {
                    return inside[last..at].trim_matches([',', ' ', '\n']) == "String" && last > 0;
                }
                '>' | ')' | ']' => depth = depth.saturating_sub(1),
                ',' if depth == 0 && !inside[at + 1..].trim_start().starts_with('>') => last = at + 1,
                _ => {}
            }
            before = c;
        }
        false
    };
    code.match_indices("Result<").filter(|(at, start)| is_text(&code[at + start.len()..])).count()
}

#[test]
fn errors_are_types_of_their_families() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    for (path, text) in sources() {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let count = text_errors(code);
        if count > 0 {
            found.insert(path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"), count);
        }
    }
    let allowed = TEXT_ERRORS.iter().map(|(file, count, _)| ((*file).to_owned(), *count)).collect();
    assert_eq!(found, allowed, "give the family an error enum, or say in TEXT_ERRORS why text is right");
}

#[test]
fn text_errors_are_found_in_every_type() {
    for code in [
        "fn f() -> Result<(), String> {",
        "fn f() -> Option<Result<Vec<(u8, String)>, String>> {",
        "read: impl Fn(&str) -> Result<A, String> + Sync,",
        "fn f(\n) -> Result<\n    BTreeMap<A, B>,\n    String,\n> {",
    ] {
        assert_eq!(text_errors(code), 1, "{code}");
    }
    assert_eq!(text_errors("Result<Result<Vec<A>, String>, StackError>"), 1);
    for code in ["Result<BTreeMap<String, String>, E>", "io::Result<String>", "Result<fn(A, String) -> B, E>"]
    {
        assert_eq!(text_errors(code), 0, "{code}");
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
    for (kind, registry) in [("ViewKind", "gui/panes/replay/mod.rs"), ("WorkspaceKind", "gui/panes/mod.rs")] {
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

#[test]
fn comments_of_items_are_nouns_or_imperatives() {
    const REFUSED: &[&str] = &["What ", "Whether ", "Which ", "How ", "Where ", "Who ", "When ", "Why "];
    let mut found = Vec::new();
    for (path, text) in sources() {
        let comments = text.lines().enumerate().filter_map(|(at, line)| {
            let line = line.trim_start();
            Some((at, line.strip_prefix("/// ").or_else(|| line.strip_prefix("//! "))?))
        });
        let refused = comments.filter(|(_, comment)| REFUSED.iter().any(|word| comment.starts_with(word)));
        found.extend(refused.map(|(at, comment)| format!("{}:{}: {comment}", path.display(), at + 1)));
    }
    assert!(found.is_empty(), "say the noun, or begin with a verb:\n{}", found.join("\n"));
}

/// Words that the field does not use for these things, by the words that it does use.
const REFUSED_WORDS: &[(&str, &str)] = &[
    ("picture", "frame or image"),
    ("pictures", "frames or images"),
    ("answered", "predicted"),
    ("answers", "predictions"),
    ("knob", "parameter"),
    ("knobs", "parameters"),
    ("broke", "failed"),
    ("shrink", "minimize"),
    ("doubts", "label issues"),
    ("painter", "image-to-image model"),
    ("measured", "evaluated"),
];

#[test]
fn strings_use_the_words_of_the_field() {
    let mut found = Vec::new();
    let mut seen = 0;
    for (path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap();
        let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (at, line) in lines {
            // What stands in quotes and is a sentence; names in files are one word.
            for string in line.split('"').skip(1).step_by(2).filter(|string| string.contains(' ')) {
                seen += 1;
                let plain: String = string
                    .split('{')
                    .enumerate()
                    .map(
                        |(i, part)| {
                            if i == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) }
                        },
                    )
                    .collect();
                // Statements of SQL name tables, which are files.
                let lower = plain.to_lowercase();
                if lower.contains(" from answers") || lower.contains("into answers") {
                    continue;
                }
                for word in plain.split(|c: char| !c.is_alphanumeric()) {
                    if let Some((_, better)) =
                        REFUSED_WORDS.iter().find(|(bad, _)| bad.eq_ignore_ascii_case(word))
                    {
                        found.push(format!(
                            "{}:{}: {word:?}, say {better}: {string}",
                            path.display(),
                            at + 1
                        ));
                    }
                }
            }
        }
    }
    assert!(seen > 1000, "the strings were not found");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
