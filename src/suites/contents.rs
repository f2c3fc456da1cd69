//! Contents of a written suite, for whoever gives it to somebody else: files, recordings, people.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::Path;

use crate::base::files::visible_in;
use crate::predictions::image_models;
use crate::suites::files::Suite;
use crate::suites::{bundle, gates};

/// Everything that goes with the folder of a suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Files, and bytes of all of them, by folder of the suite.
    pub files: Vec<(String, usize, u64)>,
    /// Names of the recordings that inputs come from.
    pub recordings: BTreeSet<String>,
    /// Names of people, and addresses, as they stand in the cases.
    pub people: BTreeSet<String>,
    /// Name of the model file, which is not in the folder.
    pub model: Option<String>,
}

/// Lists what the folder of a suite holds.
pub fn contents(suite: &Suite) -> io::Result<Contents> {
    let mut files = Vec::new();
    for part in
        ["cases", gates::FOLDER, "media", bundle::FOLDER, image_models::FOLDER, image_models::OLD_FOLDER]
    {
        let folder = suite.folder.join(part);
        let paths = if folder.is_dir() { visible_in(&folder)? } else { Vec::new() };
        let bytes = paths.iter().map(|path| path.metadata().map_or(0, |about| about.len())).sum();
        if !paths.is_empty() {
            files.push((part.to_owned(), paths.len(), bytes));
        }
    }
    let cases = || suite.cases.iter().map(|(_, case)| case);
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let outside = |file: &Path| !file.starts_with(bundle::FOLDER);
    let model = suite.file.model.as_ref().filter(|model| outside(&model.file));
    let model = model.map(|model| file_name(&model.file));
    Ok(Contents {
        files,
        recordings: cases()
            .filter_map(|case| named(&case.input.clip))
            .chain(
                suite.gates.all.iter().flat_map(|(_, gate)| {
                    gate.data.recordings.iter().map(|recording| recording.name.clone())
                }),
            )
            .collect(),
        people: cases().filter_map(|case| named(&case.kept.as_ref()?.by)).collect(),
        model,
    })
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |names: &BTreeSet<String>, none: &str| match names.len() {
            0 => none.to_owned(),
            _ => names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", "),
        };
        let part = |(part, count, bytes): &(String, usize, u64)| {
            format!("{part} {count} ({} KB)", bytes.div_ceil(1024))
        };
        let files: Vec<String> = self.files.iter().map(part).collect();
        write!(f, "contains {}", files.join(", "))?;
        write!(f, "; names of recordings: {}", listed(&self.recordings, "none"))?;
        write!(f, "; names of people: {}", listed(&self.people, "none"))?;
        if let Some(model) = &self.model {
            write!(f, "; the model {model:?} is named and not contained")?;
        }
        Ok(())
    }
}
