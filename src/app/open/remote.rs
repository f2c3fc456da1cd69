//! Folders in object storage, opened on a thread: a list of recordings becomes a project of this machine, so that tags are saved here
//! and nothing is written there.

use std::path::PathBuf;

use anyhow::anyhow;

use crate::app::App;
use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::open::command::OpenCommand;
use crate::app::open::own_folder;
use crate::base::remote::Address;
use crate::project::ClipRef;
use crate::project::copying::copy_to;
use crate::project::edit::Edit;
use crate::project::editor::ProjectEditor;
use crate::project::is_project;
use crate::project::remote::{Found, found};

/// True for addresses that can be those of folders: without an ending, or with a slash at their end.
pub(super) fn may_be_folder(address: &Address) -> bool {
    let name = address.name();
    !address.is_web() && (address.is_prefix() || !name.contains('.') || name.ends_with(".hardcase"))
}

impl App {
    /// Lists a folder in object storage and opens what it holds.
    pub(super) fn open_remote_folder(&mut self, address: Address) {
        let home = self.session.folder().map(PathBuf::from);
        let title = format!("Opening {address}");
        self.jobs.spawn(JobKind::OpenRecording, title, move |progress, outbox| {
            let path = match found(&address, progress)? {
                Found::File => address.path(),
                Found::Folder(folder) if !is_project(&folder) => folder,
                other @ (Found::Folder(_) | Found::Recordings(_)) => {
                    let home = home.ok_or_else(|| {
                        anyhow!("there is no folder for labels of remote recordings, set HARDCASE_HOME")
                    })?;
                    let place = own_folder(&home, &address.path());
                    match other {
                        Found::Recordings(recordings) => list(&place, &address, recordings)?,
                        // What somebody did in the copy stays.
                        Found::Folder(folder) if !is_project(&place) => {
                            copy_to(&ProjectEditor::open(&folder)?, &place)?;
                        }
                        Found::Folder(_) | Found::File => {}
                    }
                    place
                }
            };
            if progress.cancelled() {
                return Ok(());
            }
            outbox.send(move |app| {
                if Address::of(&path).is_some() {
                    app.open_recording(crate::project::recordings::Wanted::Files {
                        first: path,
                        others: Vec::new(),
                    });
                } else {
                    app.dispatch(Command::Open(OpenCommand::Paths(vec![path])));
                }
            });
            Ok(())
        });
    }
}

/// A project with these recordings; those that it has already stay as they are.
fn list(place: &std::path::Path, address: &Address, recordings: Vec<PathBuf>) -> anyhow::Result<()> {
    let mut editor = ProjectEditor::create(place, &address.name())?;
    let known = editor.project().clips.clone();
    let mut clips = known.clone();
    for path in recordings.into_iter().filter(|path| !known.iter().any(|clip| clip.path == *path)) {
        let mut name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        while clips.iter().any(|clip| clip.name == name) {
            name.push('\'');
        }
        clips.push(ClipRef { name, path, ..ClipRef::default() });
    }
    if clips != known {
        editor.commit("Add recordings", Edit::SetClips(clips))?;
    }
    Ok(())
}
