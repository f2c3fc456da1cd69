//! Settings beside the label files: names of classes, keypoints, and folders of a hand-made `data.yaml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::base::files::visible_in;
use crate::base::inputs::{self, InputKind};
use crate::base::yaml::Yaml;
use crate::exchange::files::{TextError, doubt, text_in};

/// Settings of a data set.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Names of the classes by number. Numbers may be missing.
    pub(super) names: BTreeMap<usize, String>,
    /// Keypoints of an object, and numbers of each: two, or three with visibility.
    pub(super) keypoints: Option<(usize, usize)>,
    /// Folders and lists of images, as written.
    pub(super) splits: Vec<String>,
    /// The folder of the data set, as written.
    pub(super) path: Option<String>,
    /// The file that holds all this, if it is YAML.
    pub(super) yaml: Option<PathBuf>,
    /// True if some file names classes.
    pub(super) found: bool,
    /// The file that does.
    pub(super) source: Option<PathBuf>,
    /// Files that could not be read, one sentence each.
    pub(super) warnings: Vec<String>,
}

/// Names of files that list classes, one a line.
const LISTS: &[&str] =
    &["classes.txt", "obj.names", "labels/classes.txt", "predefined_classes.txt", "data/obj.names"];

impl Settings {
    /// Settings of a folder; of the YAML file if one is given.
    pub(super) fn of(folder: &Path, given: Option<&Path>) -> Self {
        let mut settings = Self::default();
        let mut files: Vec<PathBuf> = given.map(Path::to_owned).into_iter().collect();
        if files.is_empty() {
            files = visible_in(folder).unwrap_or_default();
            files.retain(|file| has_ending(file, &["yaml", "yml"]) && file.is_file());
            let usual = |file: &PathBuf| {
                let stem = file.file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
                !matches!(stem.as_deref(), Some("data" | "dataset"))
            };
            files.sort_by_key(usual);
        }
        for file in files {
            if settings.take_yaml(&file, given.is_some()) {
                break;
            }
        }
        if settings.names.is_empty() {
            settings.take_list(folder);
        }
        settings
    }

    /// Reads a YAML file; true if it is that of a data set.
    fn take_yaml(&mut self, file: &Path, given: bool) -> bool {
        let text = match inputs::read(file, InputKind::Labels)
            .map_err(TextError::from)
            .and_then(|bytes| text_in(&bytes))
        {
            Ok(text) => text,
            Err(err) => {
                self.warnings.push(format!("{err}: {}", file.display()));
                return false;
            }
        };
        let yaml = match Yaml::parse(&text.text) {
            Ok(yaml) => yaml,
            Err(err) => {
                // Other tools have YAML too, in dialects of their own.
                if given || text.text.contains("names") {
                    self.warnings.push(format!("{err}, names of classes may be missing: {}", file.display()));
                }
                return false;
            }
        };
        let names = yaml.field("names");
        if names.is_none()
            && !["train", "val", "test", "nc", "kpt_shape"].iter().any(|key| yaml.field(key).is_some())
        {
            return false;
        }
        self.warnings.extend(doubt(&text, file));
        match names {
            Some(Yaml::List(nodes)) => {
                for (i, node) in nodes.iter().enumerate() {
                    // A list of "number: name" is meant as a mapping.
                    let (number, name) = match node {
                        Yaml::Map(pairs) => {
                            let pair = pairs
                                .first()
                                .and_then(|(key, name)| key.text()?.parse().ok().zip(name.text()));
                            pair.map_or((i, None), |(number, name)| (number, Some(name)))
                        }
                        Yaml::Text(name) => (i, Some(name.as_str())),
                        Yaml::List(_) => (i, None),
                    };
                    self.name(number, name, file);
                }
            }
            Some(Yaml::Map(pairs)) => {
                for (number, name) in pairs {
                    let number = number.text().and_then(|number| number.trim().parse::<usize>().ok());
                    self.name(number.unwrap_or(0), name.text().filter(|_| number.is_some()), file);
                }
            }
            // The path of a list of names.
            Some(Yaml::Text(list)) if !list.is_empty() => {
                let list = file.with_file_name(list);
                self.read_list(&list);
            }
            Some(Yaml::Text(_)) | None => {}
        }
        self.found = names.is_some();
        self.source = Some(file.to_owned());
        let shape: Vec<usize> = yaml
            .field("kpt_shape")
            .map(Yaml::texts)
            .unwrap_or_default()
            .iter()
            .filter_map(|n| n.parse().ok())
            .collect();
        if let [count, numbers @ (2 | 3)] = *shape.as_slice() {
            self.keypoints = Some((count, numbers));
        }
        for split in ["train", "val", "valid", "test"] {
            self.splits.extend(
                yaml.field(split).map(Yaml::texts).unwrap_or_default().into_iter().map(str::to_owned),
            );
        }
        self.splits.retain(|split| !split.is_empty());
        self.path =
            yaml.field("path").and_then(Yaml::text).filter(|path| !path.is_empty()).map(str::to_owned);
        self.yaml = Some(file.to_owned());
        true
    }

    /// Takes the name of a class; what is none is said.
    fn name(&mut self, number: usize, name: Option<&str>, file: &Path) {
        match name.map(str::trim) {
            Some("") => {}
            Some(name) => drop(self.names.insert(number, name.to_owned())),
            None => self.warnings.push(format!(
                "an entry of \"names\" is no name of a class and was skipped: {}",
                file.display()
            )),
        }
    }

    fn take_list(&mut self, folder: &Path) {
        let named =
            visible_in(folder).unwrap_or_default().into_iter().filter(|file| has_ending(file, &["names"]));
        let list = LISTS.iter().map(|name| folder.join(name)).chain(named).find(|list| list.is_file());
        if let Some(list) = list {
            self.read_list(&list);
        }
    }

    fn read_list(&mut self, list: &Path) {
        match inputs::read(list, InputKind::Labels).map_err(TextError::from).and_then(|bytes| text_in(&bytes))
        {
            Ok(text) => {
                // An empty line is a class without a name, not one less.
                let lines = text.text.lines().map(str::trim).enumerate();
                self.names = lines
                    .filter(|(_, name)| !name.is_empty())
                    .map(|(i, name)| (i, name.to_owned()))
                    .collect();
                self.warnings.extend(doubt(&text, list));
                self.found = true;
                self.source = Some(list.to_owned());
            }
            Err(err) => self.warnings.push(format!("{err}: {}", list.display())),
        }
    }

    /// Name of a class, `class 7` for one without.
    pub(super) fn name_of(&self, number: usize) -> String {
        self.names.get(&number).cloned().unwrap_or_else(|| format!("class {number}"))
    }

    /// Names in the order of their numbers, none left out.
    pub(super) fn classes(&self) -> Vec<String> {
        // Numbers far beyond the others would make as many classes.
        let most = self.names.keys().next_back().map_or(0, |last| last + 1).min(self.names.len() + 10_000);
        let mut classes: Vec<String> = Vec::new();
        for name in (0..most).map(|number| self.name_of(number)) {
            if !classes.contains(&name) {
                classes.push(name);
            }
        }
        classes
    }
}

pub(super) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension()
        .and_then(|ext| ext.to_str())
        .is_some_and(|ext| endings.iter().any(|end| ext.eq_ignore_ascii_case(end)))
}
