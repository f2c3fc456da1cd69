//! Labels out of a project, into it, and from one format to another.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Args;

use crate::base::escape::csv::Formulas;
use crate::base::files::visible_in;
use crate::base::inputs::{self, InputKind};
use crate::base::name::Name;
use crate::base::outputs::{self, file_names};
use crate::base::text;
use crate::cli::labels::{known_kind, opened};
use crate::cli::{BadArgument, print, say};
use crate::clips::Clip;
use crate::exchange::bundle::Bundle;
use crate::exchange::losses::{fitted, losses};
use crate::exchange::{self, ExchangeKind, Hints};
use crate::project::edit::Edit;
use crate::project::editor::ProjectEditor;
use crate::project::exchanging::{bundle_of, size_of};
use crate::project::importing::{Import, Meeting, Target, import};
use crate::project::{ClipRef, Project};

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// Folder of the project
    project: PathBuf,
    /// Label format, see `hardcase labels formats`
    #[arg(long)]
    format: String,
    /// File or folder to write
    #[arg(short, long)]
    output: PathBuf,
    /// Recordings to export; all with labels if absent
    #[arg(long)]
    clip: Vec<String>,
    /// Channels to export; all with labels if absent
    #[arg(long)]
    channel: Vec<String>,
    /// Write the images beside the labels where the format has a place for them
    #[arg(long = "images", alias = "pictures")]
    pictures: bool,
    /// Export even if the format cannot hold everything
    #[arg(long)]
    allow_lossy: bool,
    /// Write an apostrophe before text that a spreadsheet would take for a formula, in CSV
    #[arg(long)]
    guard_formulas: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// Folder of the project
    project: PathBuf,
    /// File or folder with labels
    input: PathBuf,
    /// Label format; detected if absent
    #[arg(long)]
    format: Option<String>,
    /// Recording of the labels; the first if absent
    #[arg(long)]
    clip: Option<String>,
    /// Channel of the labels, for files that do not name it
    #[arg(long)]
    channel: Option<String>,
    /// Keep present labels and add new ones
    #[arg(long, conflicts_with = "replace")]
    merge: bool,
    /// Remove present labels of the same recording and channels first; one undo restores them
    #[arg(long)]
    replace: bool,
    /// Only report the changes
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ConvertArgs {
    /// File or folder with labels
    input: PathBuf,
    /// Its format; detected if absent
    #[arg(long)]
    from: Option<String>,
    /// Format to write
    #[arg(long)]
    to: String,
    /// File or folder to write
    #[arg(short, long)]
    output: PathBuf,
    /// Export even if the format cannot hold everything
    #[arg(long)]
    allow_lossy: bool,
    /// Write an apostrophe before text that a spreadsheet would take for a formula, in CSV
    #[arg(long)]
    guard_formulas: bool,
}

/// Report the losses; true to continue.
fn agreed(kind: &ExchangeKind, bundle: &Bundle, allow_lossy: bool) -> bool {
    let lost = losses(bundle, &kind.holds);
    for loss in &lost {
        let mark = if loss.lossy { "lost" } else { "note" };
        say(&format!("{mark}: {}", loss.text()));
    }
    let lossy = lost.iter().any(|loss| loss.lossy);
    if lossy && !allow_lossy {
        say(&format!(
            "{} cannot hold everything, nothing was exported; allow it with --allow-lossy",
            kind.title
        ));
    }
    !lossy || allow_lossy
}

/// The labels of a bundle as they are counted: `12 labels`, or `12 labels (16 shapes)`.
fn counted(bundle: &Bundle) -> String {
    // Where an object is out of view there is no shape of it.
    let present = || bundle.labels.iter().filter(|label| label.state.present());
    let shapes = present().map(|label| label.shape.shapes().count()).sum();
    labels_and_shapes(present().count(), shapes)
}

fn labels_and_shapes(labels: usize, shapes: usize) -> String {
    let labels_text = text::counted(labels, "label");
    if labels == shapes { labels_text } else { format!("{labels_text} ({})", text::counted(shapes, "shape")) }
}

/// Path of a file inside of a given folder, or the given file.
fn place(kind: &ExchangeKind, output: &Path, folder: Option<&str>) -> PathBuf {
    let output = folder.map_or_else(|| output.to_owned(), |folder| output.join(folder));
    match kind.one_file {
        Some(name) if output.extension().is_none() => output.join(name),
        _ => output,
    }
}

pub(super) fn export(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let kind = known_kind(&args.format)?;
    let mut editor = ProjectEditor::open(&args.project)?;
    let project = editor.project();
    for wanted in &args.clip {
        if !project.clips.iter().any(|clip| clip.name == *wanted) {
            let known = project.clips.iter().map(|clip| clip.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(BadArgument(format!(
                "there is no recording {wanted:?} in the project, known are {known}"
            ))
            .into());
        }
    }
    let labeled = |clip: &&ClipRef| {
        project.labels.channels().any(|(name, _)| *name == clip.name)
            || project.tags.iter().any(|tag| tag.clip == clip.name)
    };
    let wanted = |clip: &&ClipRef| args.clip.is_empty() || args.clip.contains(&clip.name);
    let clips: Vec<ClipRef> = project.clips.iter().filter(labeled).filter(wanted).cloned().collect();
    if clips.is_empty() {
        return Err(anyhow!("there are no labels to export: {}", args.project.display()));
    }
    let channels = (!args.channel.is_empty()).then_some(args.channel.as_slice());
    let mut bundles = Vec::new();
    let mut whole = Bundle::empty();
    for clip in &clips {
        let recording = opened(editor.project(), clip)?;
        editor.learn_motions(&clip.name, &*recording);
        let bundle = bundle_of(editor.project(), &clip.name, &*recording, channels);
        whole.labels.extend(bundle.labels.iter().cloned());
        whole.tags.extend(bundle.tags.iter().cloned());
        bundles.push((clip, recording, bundle));
    }
    if !agreed(kind, &whole, args.allow_lossy) {
        return Ok(ExitCode::from(3));
    }
    let several = bundles.len() > 1;
    // Of all recordings, so that an import finds the same names.
    let project = editor.project();
    let names = file_names(project.clips.iter().map(|clip| clip.name.as_str()));
    for (clip, recording, bundle) in &bundles {
        // Each recording has a place of its own, so that names never meet.
        let folder = names.get(clip.name.as_str()).filter(|_| several);
        let path = place(kind, &args.output, folder.map(String::as_str));
        let fitted = fitted(bundle, &kind.holds);
        exchange::write(kind, &fitted, &path, Formulas::guarded_if(args.guard_formulas))?;
        let mut written = 0;
        if args.pictures {
            written = pictures(kind, &fitted, &**recording, &path)?;
        }
        let pictures = if written > 0 { format!(", {written} images") } else { String::new() };
        let tags = text::counted(fitted.tags.len(), "tag");
        print(&format!("{}: {}, {tags}{pictures}", path.display(), counted(&fitted)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Write the labeled images to the place that the format has for them.
fn pictures(kind: &ExchangeKind, bundle: &Bundle, clip: &dyn Clip, path: &Path) -> anyhow::Result<usize> {
    let Some(folder) = kind.pictures else {
        say(&format!("{} has no place for images, none were written", kind.title));
        return Ok(0);
    };
    let base = if kind.one_file.is_some() { path.parent().unwrap_or(path) } else { path };
    let labels = bundle.index();
    let mut written = 0;
    for stream in &bundle.streams {
        let Some(channel) = clip.info().channel_named(&stream.channel) else { continue };
        for frame in labels.samples(&stream.clip, &stream.channel).keys() {
            let Some(sample) = stream.samples.get(*frame) else { continue };
            let bytes = match clip.file(channel, *frame) {
                Some(file) => inputs::read(file, InputKind::Media)?,
                None => clip.picture(channel, *frame)?.to_jpeg(95)?,
            };
            let to = Path::new(folder).join(&sample.file);
            outputs::write(base, &to, &bytes).with_context(|| format!("could not write {}", to.display()))?;
            written += 1;
        }
    }
    Ok(written)
}

fn located(format: Option<&str>, input: &Path) -> anyhow::Result<(&'static ExchangeKind, PathBuf)> {
    let wrong = |err: exchange::ExchangeError| BadArgument(err.to_string());
    let kind = format.map(|format| exchange::kind_at(format, input)).transpose().map_err(wrong)?;
    Ok(exchange::locate::located(kind, input)?)
}

pub(super) fn take_in(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let mut editor = ProjectEditor::open(&args.project)?;
    let folders = if args.clip.is_none() { folders_of(editor.project(), &args.input) } else { Vec::new() };
    if !folders.is_empty() {
        let mut codes = Vec::new();
        for (clip, folder) in folders {
            codes.push(take_in_one(args, &mut editor, &clip, &folder)?);
        }
        // What was refused for one recording is told as it is for one alone.
        let refused = codes.into_iter().find(|code| *code != ExitCode::SUCCESS);
        return Ok(refused.unwrap_or(ExitCode::SUCCESS));
    }
    let project = editor.project();
    let clip = match &args.clip {
        Some(name) => project.clips.iter().find(|clip| clip.name == *name),
        None => project.clips.first(),
    };
    let clip = clip
        .ok_or_else(|| BadArgument("the project has no such recording, name one with --clip".to_owned()))?
        .clone();
    take_in_one(args, &mut editor, &clip, &args.input)
}

/// The recordings of a project by the folders that an export of several made for each; none unless every folder is one of them.
fn folders_of(project: &Project, input: &Path) -> Vec<(ClipRef, PathBuf)> {
    let names = file_names(project.clips.iter().map(|clip| clip.name.as_str()));
    let inside: BTreeSet<PathBuf> = visible_in(input).unwrap_or_default().into_iter().collect();
    let folder = |clip: &ClipRef| Some(input.join(names.get(clip.name.as_str())?));
    let found: Vec<(ClipRef, PathBuf)> = project
        .clips
        .iter()
        .filter_map(|clip| Some((clip.clone(), folder(clip)?)))
        .filter(|(_, folder)| folder.is_dir() && inside.contains(folder))
        .collect();
    if found.len() == inside.len() && project.clips.len() > 1 { found } else { Vec::new() }
}

/// Imports labels of one recording.
fn take_in_one(
    args: &ImportArgs,
    editor: &mut ProjectEditor,
    clip: &ClipRef,
    input: &Path,
) -> anyhow::Result<ExitCode> {
    let (kind, input) = located(args.format.as_deref(), input)?;
    let project = editor.project();
    let recording = opened(project, clip)?;
    let camera = args.channel.as_deref().and_then(|channel| recording.info().channel_named(channel));
    if let (Some(channel), None) = (&args.channel, camera) {
        return Err(BadArgument(format!("the recording has no channel {channel:?}")).into());
    }
    let info = recording.info();
    let first = || info.of_kind(crate::data::clip::ChannelKind::Camera).next().map(|(id, _)| id);
    let size = camera.or_else(first).and_then(|camera| size_of(&*recording, camera));
    let read = exchange::read(kind, &input, &Hints { size })?;
    for warning in &read.warnings {
        say(&format!("warning: {warning}"));
    }
    let name = clip.name.clone();
    let target = Target { name: &name, clip: &*recording, channel: args.channel.as_deref() };
    let meeting = if args.replace { Meeting::Replace } else { Meeting::Merge };
    let plan = import(project, &read.bundle, &target, meeting);
    for warning in &plan.warnings {
        say(&format!("warning: {warning}"));
    }
    print(&summary(&name, kind, &plan));
    if args.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if plan.present > 0 && !args.merge && !args.replace {
        let present = text::counted(plan.present, "label");
        let verb = if plan.present == 1 { "is" } else { "are" };
        say(&format!(
            "there {verb} {present} already, nothing was changed; --merge keeps them, --replace removes them first"
        ));
        return Ok(ExitCode::from(3));
    }
    let file = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut first = Some(plan);
    editor.commit_again(&format!("Import {file}"), |project| {
        // What another import added in the meantime is present now.
        let plan = first.take().unwrap_or_else(|| import(project, &read.bundle, &target, meeting));
        (!plan.edits.is_empty()).then_some(Edit::Group(plan.edits))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn summary(name: &str, kind: &ExchangeKind, plan: &Import) -> String {
    let words = if plan.words == 1 { "entry" } else { "entries" };
    format!(
        "{name} ({}): {} and {} to add, {} new ontology {words}, {} already present, {} to remove",
        kind.title,
        labels_and_shapes(plan.labels, plan.shapes),
        text::counted(plan.tags, "tag"),
        plan.words,
        plan.same,
        plan.removed
    )
}

pub(super) fn convert(args: &ConvertArgs) -> anyhow::Result<ExitCode> {
    let to = known_kind(&args.to)?;
    let (from, input) = located(args.from.as_deref(), &args.input)?;
    let mut read = exchange::read(from, &input, &Hints::default())?;
    for warning in &read.warnings {
        say(&format!("warning: {warning}"));
    }
    if !agreed(to, &read.bundle, args.allow_lossy) {
        return Ok(ExitCode::from(3));
    }
    let several = read.bundle.streams.iter().any(|stream| stream.clip != read.bundle.streams[0].clip);
    let clips: Vec<Name> = read.bundle.streams.iter().map(|stream| stream.clip.clone()).collect();
    let names = file_names(clips.iter().map(|clip| &**clip));
    for stream in &mut read.bundle.streams {
        // Recordings count their frames alike.
        let own = names.get(&*stream.clip).filter(|_| several);
        let folder = own.map(|own| format!("{own}/")).unwrap_or_default();
        for sample in stream.samples.iter_mut().filter(|sample| sample.file.is_empty()) {
            sample.file = format!("{folder}{:06}.jpg", sample.frame);
        }
    }
    let fitted = fitted(&read.bundle, &to.holds);
    let path = place(to, &args.output, None);
    exchange::write(to, &fitted, &path, Formulas::guarded_if(args.guard_formulas))?;
    let tags = text::counted(fitted.tags.len(), "tag");
    print(&format!("{}: {}, {tags}", path.display(), counted(&fitted)));
    Ok(ExitCode::SUCCESS)
}
