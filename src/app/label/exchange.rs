//! Labels in and out of the open project. All of it happens in jobs that open the project themselves, so that the window
//! never waits; what they change is taken in like that of another window.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording};
use crate::base::escape::csv::Formulas;
use crate::base::name::Name;
use crate::base::text::{counted, quoted};
use crate::clips::Clip;
use crate::data::clip::ChannelKind;
use crate::data::labels::index::Labels;
use crate::data::labels::label::Label;
use crate::data::labels::ontology::Ontology;
use crate::data::labels::tag::Tag;
use crate::exchange::losses::{Loss, fitted, losses};
use crate::exchange::{self, ExchangeKind, Hints};
use crate::project::edit::Edit;
use crate::project::editor::ProjectEditor;
use crate::project::exchanging::{bundle_of, size_of};
use crate::project::importing::{Meeting, Target, import};
use crate::project::recordings::open_known;
use crate::project::{Project, is_project};
use crate::quality::agreement::{self, Comparison, Side};

/// About labels in files.
#[derive(Clone, Debug)]
pub enum ExchangeCommand {
    /// Looks at what taking in a file would do.
    Preview(PathBuf),
    /// Takes in the file that was looked at.
    Take(Meeting),
    /// Does not.
    Forget,
    /// Takes over the words of a file and none of its labels.
    Words(PathBuf),
    /// Compares the labels of the open recording with those of another project or a file.
    Compare(PathBuf),
    /// Check the losses of a format.
    Weigh(String),
    /// Writes the labels of the open recording.
    Export {
        /// Name of the format.
        format: String,
        /// The folder to write into.
        folder: PathBuf,
    },
}

/// Labels on their way in or out.
#[derive(Debug, Default)]
pub struct Exchange {
    /// A file that somebody wants to take in, with what would happen.
    pub preview: Option<Preview>,
    /// Losses of the chosen format, with its name.
    pub weighed: Option<(String, Vec<Loss>)>,
    /// Agreement with other labels, with their name.
    pub compared: Option<(String, Comparison)>,
}

/// Least `IoU` at which two boxes are one object in the agreement of annotators.
const SAME_IOU: f32 = 0.5;

/// Another annotator's labels of a recording, from a project or a label file in any format.
fn other_side(path: &Path, name: &str, clip: &dyn Clip) -> anyhow::Result<Side> {
    if is_project(path) {
        let mut editor = ProjectEditor::open(path)?;
        let clips = editor.project().clips.iter().map(|clip| clip.name.clone()).collect::<Vec<_>>();
        // The same drive may have another name there; with one recording there is no doubt which it is.
        let theirs = match clips.as_slice() {
            [only] => only.clone(),
            _ if clips.iter().any(|clip| clip == name) => name.to_owned(),
            _ => bail!(
                "that project has several recordings and none is named {}, so none can be compared",
                quoted(name)
            ),
        };
        editor.learn_motions(&theirs, clip);
        let project = editor.project();
        let labels = project.labels.iter().filter(|label| *label.clip == *theirs).cloned();
        let own = Name::from(name);
        let labels: Labels = labels.map(|label| Label { clip: own.clone(), ..label }).collect();
        let tags = project.tags.iter().filter(|tag| tag.clip == theirs);
        let tags = tags.map(|tag| Tag { clip: name.to_owned(), ..tag.clone() }).collect();
        return Ok(Side { labels: labels.with_motions_of(&project.labels), tags });
    }
    let (_, read) = read(path, clip)?;
    let target = Target { name, clip, channel: None };
    let plan = import(&Project::default(), &read.bundle, &target, Meeting::Merge);
    let (mut labels, mut tags) = (Vec::new(), Vec::new());
    for edit in plan.edits {
        match edit {
            Edit::AddLabel(label) => labels.push(label),
            Edit::AddTag(tag) => tags.push(tag),
            Edit::Group(_)
            | Edit::SetTag(_)
            | Edit::RemoveTag(_)
            | Edit::SetLabel(_)
            | Edit::RemoveLabel(_)
            | Edit::AddCase(_)
            | Edit::SetCase(_)
            | Edit::RemoveCase { .. }
            | Edit::SetReview(_)
            | Edit::RemoveReview(_)
            | Edit::SetOntology(_)
            | Edit::SetClips(_)
            | Edit::SetModels(_)
            | Edit::SetQuestion { .. } => {}
        }
    }
    if labels.is_empty() && tags.is_empty() {
        bail!("it holds no labels of this recording: {}", path.display());
    }
    Ok(Side { labels: labels.into_iter().collect(), tags })
}

/// Result of an import before it is done.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The file or folder.
    pub path: PathBuf,
    /// Its format.
    pub format: &'static str,
    /// Name of the recording that the labels are about.
    pub clip: String,
    /// Labels and tags that would be added.
    pub added: usize,
    /// Labels and tags that exist already, counted one by one.
    pub same: usize,
    /// Labels and tags of the recording that are there now.
    pub present: usize,
    /// Words that would be new.
    pub words: usize,
    /// Skipped parts, one sentence each.
    pub warnings: Vec<String>,
}

/// A project and one of its recordings, opened by a job.
struct Opened {
    editor: ProjectEditor,
    clip: std::sync::Arc<dyn Clip>,
}

fn opened(folder: &Path, name: &str) -> anyhow::Result<Opened> {
    let mut editor = ProjectEditor::open(folder)?;
    let known = editor.project().clips.iter().find(|known| known.name == name);
    let known = known.ok_or_else(|| anyhow!("the recording {} is no longer in the project", quoted(name)))?;
    let clip = open_known(folder, known)?;
    editor.learn_motions(name, &*clip);
    Ok(Opened { editor, clip })
}

fn read(path: &Path, clip: &dyn Clip) -> anyhow::Result<(&'static ExchangeKind, exchange::Read)> {
    let (kind, path) = exchange::locate::located(None, path)?;
    let camera = clip.info().of_kind(ChannelKind::Camera).next().map(|(id, _)| id);
    let size = camera.and_then(|camera| size_of(clip, camera));
    Ok((kind, exchange::read(kind, &path, &Hints { size })?))
}

impl App {
    pub(in crate::app) fn exchange(&mut self, command: ExchangeCommand) -> anyhow::Result<()> {
        let folder = self.project().ok_or(NoRecording)?.folder.clone();
        let clip = self.open.clip.as_ref().ok_or(NoRecording)?.name.clone();
        match command {
            ExchangeCommand::Preview(path) => {
                self.jobs.spawn(JobKind::ImportLabels, "Reading labels", move |_, outbox| {
                    let opened = opened(&folder, &clip)?;
                    let (kind, read) = read(&path, &*opened.clip)?;
                    let target = Target { name: &clip, clip: &*opened.clip, channel: None };
                    let plan = import(opened.editor.project(), &read.bundle, &target, Meeting::Merge);
                    let warnings = read.warnings.into_iter().chain(plan.warnings).collect();
                    let preview = Preview {
                        path,
                        format: kind.title,
                        added: plan.labels + plan.tags,
                        same: plan.same,
                        present: plan.present,
                        words: plan.words,
                        warnings,
                        clip,
                    };
                    outbox.send(move |app| app.open.exchange.preview = Some(preview));
                    Ok(())
                });
            }
            ExchangeCommand::Take(meeting) => {
                let Some(preview) = self.open.exchange.preview.take() else { return Ok(()) };
                self.take_labels(folder, preview, meeting);
            }
            ExchangeCommand::Forget => self.open.exchange.preview = None,
            ExchangeCommand::Compare(path) => {
                self.compare(folder, clip, path);
            }
            ExchangeCommand::Words(path) => {
                let (kind, path) = exchange::locate::located(None, &path)?;
                let read = (kind.read)(&path, &Hints { size: Some((1, 1)) })?;
                let mut ontology: Ontology =
                    self.project().map(|project| project.ontology.clone()).unwrap_or_default();
                let count = ontology.join(&read.bundle.ontology);
                self.set_ontology("Import ontology", ontology)?;
                self.notices.done(format!("{count} new entries in the ontology; Ctrl+Z to undo"));
            }
            ExchangeCommand::Weigh(format) => {
                self.jobs.spawn(JobKind::CheckExport, "Checking export", move |_, outbox| {
                    let kind = exchange::kind(&format)?;
                    let opened = opened(&folder, &clip)?;
                    let bundle = bundle_of(opened.editor.project(), &clip, &*opened.clip, None);
                    let lost = losses(&bundle, &kind.holds);
                    outbox.send(move |app| app.open.exchange.weighed = Some((format, lost)));
                    Ok(())
                });
            }
            ExchangeCommand::Export { format, folder: to } => {
                let formulas = Formulas::guarded_if(self.session.guard_formulas);
                self.jobs.spawn(JobKind::ExportLabels, "Exporting labels", move |progress, outbox| {
                    let kind = exchange::kind(&format)?;
                    let opened = opened(&folder, &clip)?;
                    let bundle =
                        fitted(&bundle_of(opened.editor.project(), &clip, &*opened.clip, None), &kind.holds);
                    // What lies in the folder already is never written over.
                    let name = kind
                        .one_file
                        .map_or_else(|| kind.id.to_owned(), |name| format!("{}_{name}", kind.id));
                    let mut path = to.join(&name);
                    for number in 2.. {
                        if !path.exists() {
                            break;
                        }
                        path = to.join(format!("{number}_{name}"));
                    }
                    progress.check()?;
                    exchange::write(kind, &bundle, &path, formulas)?;
                    let (labels, tags) = (bundle.labels.len(), bundle.tags.len());
                    let done = format!(
                        "{} and {} exported to {}",
                        counted(labels, "label"),
                        counted(tags, "tag"),
                        path.display()
                    );
                    outbox.done(done);
                    Ok(())
                });
            }
        }
        Ok(())
    }

    /// Imports the labels of a preview, in a job.
    fn take_labels(&mut self, folder: PathBuf, preview: Preview, meeting: Meeting) {
        self.jobs.spawn(JobKind::ImportLabels, "Importing labels", move |progress, outbox| {
            let mut opened = opened(&folder, &preview.clip)?;
            let (_, read) = read(&preview.path, &*opened.clip)?;
            let target = Target { name: &preview.clip, clip: &*opened.clip, channel: None };
            let plan = import(opened.editor.project(), &read.bundle, &target, meeting);
            let name = preview.path.file_name().map(|name| name.to_string_lossy().into_owned());
            let done = format!(
                "{} and {} imported, {} removed; Ctrl+Z to undo",
                counted(plan.labels, "label"),
                counted(plan.tags, "tag"),
                plan.removed
            );
            progress.check()?;
            if !plan.edits.is_empty() {
                opened
                    .editor
                    .commit(&format!("Import {}", name.unwrap_or_default()), Edit::Group(plan.edits))?;
            }
            outbox.done(done);
            Ok(())
        });
    }

    /// Compares the labels of a recording with those of somebody else, in a job.
    fn compare(&mut self, folder: PathBuf, clip: String, path: PathBuf) {
        self.open.exchange.compared = None;
        self.jobs.spawn(JobKind::Agreement, "Comparing labels", move |_, outbox| {
            let opened = opened(&folder, &clip)?;
            let second = other_side(&path, &clip, &*opened.clip)?;
            let project = opened.editor.project();
            let own = project.labels.iter().filter(|label| *label.clip == *clip).cloned();
            let own: Labels = own.collect();
            let labels = own.with_motions_of(&project.labels);
            let tags = project.tags.iter().filter(|tag| tag.clip == clip).cloned().collect();
            let found = agreement::compare(&Side { labels, tags }, &second, SAME_IOU);
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            outbox.send(move |app| app.open.exchange.compared = Some((name.unwrap_or_default(), found)));
            Ok(())
        });
    }
}
