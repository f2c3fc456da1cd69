//! A copy of a project that can be changed, where the project itself cannot.

use std::fs;
use std::path::{Path, PathBuf};

use crate::base::files::write_atomic;
use crate::base::inputs::{self, InputKind};
use crate::base::remote::download::absolute;
use crate::data::cases::attacked::AttackedInput;
use crate::project::ProjectError;
use crate::project::editor::{ProjectEditor, SNAPSHOT, SNAPSHOTS};
use crate::project::manifest::Manifest;

/// Writes a copy of the project into a new folder: names, labels, cases and their history, snapshots.
///
/// Recordings and models stay where they are, and the copy refers to them there. An error leaves no project behind.
pub fn copy_to(editor: &ProjectEditor, folder: &Path) -> Result<(), ProjectError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ProjectError::Io { path, source }
    };
    if folder.exists() {
        return Err(ProjectError::Taken(format!("{}", folder.display())));
    }
    fs::create_dir_all(folder).map_err(io(folder))?;
    let from = &editor.project().folder;
    if from.join("labels.db").is_file() {
        editor.copy_labels(&folder.join("labels.db"))?;
    }
    let named = fs::read_dir(from.join(SNAPSHOTS)).into_iter().flatten().flatten();
    let named = named.map(|entry| Path::new(SNAPSHOTS).join(entry.file_name()));
    let attacked = fs::read_dir(from.join(AttackedInput::FOLDER)).into_iter().flatten().flatten();
    for name in attacked.map(|entry| Path::new(AttackedInput::FOLDER).join(entry.file_name())) {
        let old = from.join(&name);
        let image = inputs::read(&old, InputKind::Media).map_err(io(&old))?;
        write_atomic(&folder.join(&name), &image).map_err(io(folder))?;
    }
    for name in named.chain([PathBuf::from(SNAPSHOT)]) {
        let old = from.join(&name);
        if old.is_file() {
            // Not as a copy of the file, which would be as read-only as the file.
            let text = inputs::read(&old, InputKind::Labels).map_err(io(&old))?;
            write_atomic(&folder.join(&name), &text).map_err(io(folder))?;
        }
    }
    // The manifest makes a project of the folder, so it comes last.
    let at = |path: &Path| {
        let path = editor.project().resolve(path);
        absolute(&path).unwrap_or(path)
    };
    let mut manifest = Manifest::of(editor.project());
    for clip in &mut manifest.clips {
        clip.path = at(&clip.path);
        for part in &mut clip.with {
            part.path = at(&part.path);
        }
    }
    for model in &mut manifest.models {
        model.path = at(&model.path);
    }
    manifest.write(folder)
}
