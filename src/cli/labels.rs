//! `hardcase labels`: labels in and out of a project, what is wrong with them, and how far two labellers agree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::app::recordings::open_known;
use crate::base::files::slug;
use crate::base::time::{Span, TimeRange};
use crate::cli::{BadArgument, print, say};
use crate::clips::Clip;
use crate::data::labels::Labels;
use crate::exchange::bundle::Bundle;
use crate::exchange::losses::{fitted, losses};
use crate::exchange::{self, ExchangeKind, Hints};
use crate::project::exchanging::{Meeting, Target, bundle_of, import, size_of};
use crate::project::history::History;
use crate::project::{ClipRef, Project};
use crate::quality::{self, Seen, agreement};

#[derive(Debug, Subcommand)]
pub(super) enum LabelsCommand {
    /// Write the labels of a project; what the format cannot hold is said first, and refused without --allow-lossy.
    Export(ExportArgs),
    /// Take labels into a project; without --merge or --replace only says what would happen if there are labels already.
    Import(ImportArgs),
    /// From one format to another, without a project.
    Convert(ConvertArgs),
    /// The formats, and what each holds.
    Formats {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Look for labels that seem wrong: too small, outside of the picture, drawn twice, changing class, jumping.
    Check(CheckArgs),
    /// Compare two projects or label files: overlap of objects, Cohen's kappa of tags.
    Compare(CompareArgs),
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Folder of the project.
    project: PathBuf,
    /// The format, see `hardcase labels formats`.
    #[arg(long)]
    format: String,
    /// The file or folder to write.
    #[arg(short, long)]
    output: PathBuf,
    /// The recordings; all that carry labels when absent.
    #[arg(long)]
    clip: Vec<String>,
    /// The channels; all that carry labels when absent.
    #[arg(long)]
    channel: Vec<String>,
    /// Write the pictures beside the labels where the format has a place for them.
    #[arg(long)]
    pictures: bool,
    /// Go on although the format cannot hold everything.
    #[arg(long)]
    allow_lossy: bool,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Folder of the project.
    project: PathBuf,
    /// The file or folder with labels.
    input: PathBuf,
    /// The format; by itself what the file looks like.
    #[arg(long)]
    format: Option<String>,
    /// The recording that the labels are about; the first when absent.
    #[arg(long)]
    clip: Option<String>,
    /// The channel that they are about, for files that do not say.
    #[arg(long)]
    channel: Option<String>,
    /// Keep the labels that are there and add what is new.
    #[arg(long, conflicts_with = "replace")]
    merge: bool,
    /// Remove the labels of the same recording and channels first; one undo brings them back.
    #[arg(long)]
    replace: bool,
    /// Only say what would happen.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    /// The file or folder with labels.
    input: PathBuf,
    /// Its format; by itself what the file looks like.
    #[arg(long)]
    from: Option<String>,
    /// The format to write.
    #[arg(long)]
    to: String,
    /// The file or folder to write.
    #[arg(short, long)]
    output: PathBuf,
    /// Go on although the format cannot hold everything.
    #[arg(long)]
    allow_lossy: bool,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Folder of the project.
    project: PathBuf,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// A project or a label file: the rows.
    first: PathBuf,
    /// Another: the columns.
    second: PathBuf,
    /// Least overlap of two boxes of one object, as `IoU`.
    #[arg(long, default_value_t = 0.5)]
    iou: f32,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &LabelsCommand) -> anyhow::Result<ExitCode> {
    match command {
        LabelsCommand::Export(args) => export(args),
        LabelsCommand::Import(args) => take_in(args),
        LabelsCommand::Convert(args) => convert(args),
        LabelsCommand::Formats { json } => {
            formats(*json);
            Ok(ExitCode::SUCCESS)
        }
        LabelsCommand::Check(args) => check(args),
        LabelsCommand::Compare(args) => compare(args),
    }
}

fn known_kind(id: &str) -> anyhow::Result<&'static ExchangeKind> {
    exchange::kind(id).map_err(|err| BadArgument(err.to_string()).into())
}

fn opened(project: &Project, clip: &ClipRef) -> anyhow::Result<Arc<dyn Clip>> {
    open_known(&project.folder, clip)
        .with_context(|| format!("the recording {:?} cannot be opened", clip.name))
}

/// Says what is lost; whether to go on.
fn agreed(kind: &ExchangeKind, bundle: &Bundle, allow_lossy: bool) -> bool {
    let lost = losses(bundle, &kind.holds);
    for loss in &lost {
        let mark = if loss.lossy { "lost" } else { "note" };
        say(&format!("{mark}: {} {}", loss.count, loss.what));
    }
    let lossy = lost.iter().any(|loss| loss.lossy);
    if lossy && !allow_lossy {
        say(&format!("{} cannot hold everything, nothing was written; go on with --allow-lossy", kind.title));
    }
    !lossy || allow_lossy
}

/// A file inside of a folder that somebody named, or the file they named.
fn place(kind: &ExchangeKind, output: &Path, folder: Option<&str>) -> PathBuf {
    let output = folder.map_or_else(|| output.to_owned(), |folder| output.join(folder));
    match kind.one_file {
        Some(name) if output.extension().is_none() => output.join(name),
        _ => output,
    }
}

fn export(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let kind = known_kind(&args.format)?;
    let history = History::open(&args.project)?;
    let project = history.project();
    for wanted in &args.clip {
        if !project.clips.iter().any(|clip| clip.name == *wanted) {
            let known = project.clips.iter().map(|clip| clip.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(BadArgument(format!(
                "there is no recording {wanted:?} in the project, known are {known}"
            ))
            .into());
        }
    }
    let labelled = |clip: &&ClipRef| {
        project.labels.channels().any(|(name, _)| *name == clip.name)
            || project.tags.iter().any(|tag| tag.clip == clip.name)
    };
    let wanted = |clip: &&ClipRef| args.clip.is_empty() || args.clip.contains(&clip.name);
    let clips: Vec<&ClipRef> = project.clips.iter().filter(labelled).filter(wanted).collect();
    if clips.is_empty() {
        return Err(anyhow!("there are no labels to export: {}", args.project.display()));
    }
    let channels = (!args.channel.is_empty()).then_some(args.channel.as_slice());
    let mut bundles = Vec::new();
    let mut whole = Bundle::empty();
    for clip in &clips {
        let recording = opened(project, clip)?;
        let bundle = bundle_of(project, &clip.name, &*recording, channels);
        whole.labels.extend(bundle.labels.iter().cloned());
        whole.tags.extend(bundle.tags.iter().cloned());
        bundles.push((clip, recording, bundle));
    }
    if !agreed(kind, &whole, args.allow_lossy) {
        return Ok(ExitCode::from(3));
    }
    let several = bundles.len() > 1;
    for (clip, recording, bundle) in &bundles {
        // Each recording has a place of its own, so that names never meet.
        let folder = several.then(|| slug(&clip.name));
        let path = place(kind, &args.output, folder.as_deref());
        let fitted = fitted(bundle, &kind.holds);
        (kind.write)(&fitted, &path)?;
        let mut written = 0;
        if args.pictures {
            written = pictures(kind, &fitted, &**recording, &path)?;
        }
        let pictures = if written > 0 { format!(", {written} pictures") } else { String::new() };
        print(&format!(
            "{}: {} labels, {} tags{pictures}",
            path.display(),
            fitted.labels.len(),
            fitted.tags.len()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the pictures that carry labels to where the format has them.
fn pictures(kind: &ExchangeKind, bundle: &Bundle, clip: &dyn Clip, path: &Path) -> anyhow::Result<usize> {
    let Some(folder) = kind.pictures else {
        say(&format!("{} has no place for pictures, none were written", kind.title));
        return Ok(0);
    };
    let base = if kind.one_file.is_some() { path.parent().unwrap_or(path) } else { path };
    let labels: Labels = bundle.labels.iter().cloned().collect();
    let mut written = 0;
    for stream in &bundle.streams {
        let Some(channel) = clip.info().channel_named(&stream.channel) else { continue };
        for frame in labels.samples(&stream.clip, &stream.channel).keys() {
            let Some(sample) = stream.samples.get(*frame) else { continue };
            let to = base.join(folder).join(&sample.file);
            std::fs::create_dir_all(to.parent().unwrap_or(base))?;
            match clip.file(channel, *frame) {
                Some(file) => drop(std::fs::copy(file, &to)?),
                None => std::fs::write(&to, clip.picture(channel, *frame)?.to_jpeg(95)?)?,
            }
            written += 1;
        }
    }
    Ok(written)
}

fn kind_of(format: Option<&str>, input: &Path) -> anyhow::Result<&'static ExchangeKind> {
    match format {
        Some(format) => known_kind(format),
        None => Ok(exchange::guess(input)?),
    }
}

fn take_in(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let kind = kind_of(args.format.as_deref(), &args.input)?;
    let mut history = History::open(&args.project)?;
    let project = history.project();
    let clip = match &args.clip {
        Some(name) => project.clips.iter().find(|clip| clip.name == *name),
        None => project.clips.first(),
    };
    let clip = clip
        .ok_or_else(|| BadArgument("the project has no such recording, name one with --clip".to_owned()))?;
    let recording = opened(project, clip)?;
    let camera = args.channel.as_deref().and_then(|channel| recording.info().channel_named(channel));
    if let (Some(channel), None) = (&args.channel, camera) {
        return Err(BadArgument(format!("the recording has no channel {channel:?}")).into());
    }
    let info = recording.info();
    let first = || info.of_kind(crate::data::clip::ChannelKind::Camera).next().map(|(id, _)| id);
    let size = camera.or_else(first).and_then(|camera| size_of(&*recording, camera));
    let read = (kind.read)(&args.input, &Hints { size })?;
    for warning in &read.warnings {
        say(&format!("warning: {warning}"));
    }
    let target = Target { name: &clip.name, clip: &*recording, channel: args.channel.as_deref() };
    let meeting = if args.replace { Meeting::Replace } else { Meeting::Merge };
    let plan = import(project, &read.bundle, &target, meeting);
    for warning in &plan.warnings {
        say(&format!("warning: {warning}"));
    }
    let summary = format!(
        "{} ({}): {} labels and {} tags to add, {} new words, {} there already, {} to remove",
        clip.name, kind.title, plan.labels, plan.tags, plan.words, plan.same, plan.removed
    );
    print(&summary);
    if args.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if plan.present > 0 && !args.merge && !args.replace {
        say(&format!(
            "there are {} labels already, nothing was changed; --merge keeps them, --replace removes them first",
            plan.present
        ));
        return Ok(ExitCode::from(3));
    }
    if !plan.edits.is_empty() {
        let name = args.input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        history.commit(&format!("Import {name}"), crate::project::edit::Edit::Group(plan.edits))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn convert(args: &ConvertArgs) -> anyhow::Result<ExitCode> {
    let (from, to) = (kind_of(args.from.as_deref(), &args.input)?, known_kind(&args.to)?);
    let mut read = (from.read)(&args.input, &Hints::default())?;
    for warning in &read.warnings {
        say(&format!("warning: {warning}"));
    }
    if !agreed(to, &read.bundle, args.allow_lossy) {
        return Ok(ExitCode::from(3));
    }
    for stream in &mut read.bundle.streams {
        for sample in stream.samples.iter_mut().filter(|sample| sample.file.is_empty()) {
            sample.file = format!("{:06}.jpg", sample.frame);
        }
    }
    let fitted = fitted(&read.bundle, &to.holds);
    let path = place(to, &args.output, None);
    (to.write)(&fitted, &path)?;
    print(&format!("{}: {} labels, {} tags", path.display(), fitted.labels.len(), fitted.tags.len()));
    Ok(ExitCode::SUCCESS)
}

fn formats(as_json: bool) {
    let holds = |kind: &ExchangeKind| {
        let mut words: Vec<&str> = kind.holds.shapes.iter().map(|shape| shape.title()).collect();
        let more = [
            (kind.holds.tracks, "tracks"),
            (kind.holds.attributes, "attributes"),
            (kind.holds.occluded, "occlusion"),
        ];
        words.extend(more.iter().filter(|(has, _)| *has).map(|(_, word)| *word));
        words.extend((kind.holds.tags != exchange::losses::Tags::None).then_some("tags"));
        words
    };
    if as_json {
        let list: Vec<_> = exchange::KINDS
            .iter()
            .map(|kind| json!({ "id": kind.id, "title": kind.title, "holds": holds(kind) }))
            .collect();
        print(&format!("{:#}", serde_json::Value::Array(list)));
        return;
    }
    for kind in exchange::KINDS {
        print(&format!("{:<16} {:<22} {}", kind.id, kind.title, holds(kind).join(", ")));
    }
}

fn check(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let history = History::open(&args.project)?;
    let project = history.project();
    let mut doubts = Vec::new();
    for (clip, channel) in project.labels.channels() {
        let known = project.clips.iter().find(|known| known.name == **clip);
        let size = known.and_then(|known| match opened(project, known) {
            Ok(recording) => size_of(&*recording, recording.info().channel_named(channel)?),
            Err(err) => {
                say(&format!("warning: {err:#}; whether labels lie inside of its pictures is not checked"));
                None
            }
        });
        doubts.extend(quality::doubts(&Seen { clip, channel, size, labels: &project.labels }));
    }
    if args.json {
        let list: Vec<_> = doubts
            .iter()
            .map(|doubt| json!({ "check": doubt.kind, "clip": doubt.clip, "channel": doubt.channel, "frame": doubt.frame, "object": doubt.object, "why": doubt.why }))
            .collect();
        print(&format!("{:#}", serde_json::Value::Array(list)));
    } else {
        for doubt in &doubts {
            print(&format!(
                "{} {} {}: object {}: {}: {}",
                doubt.clip, doubt.channel, doubt.frame, doubt.object, doubt.kind, doubt.why
            ));
        }
    }
    say(&format!("{} of {} labels looked at seem wrong", doubts.len(), project.labels.len()));
    Ok(ExitCode::from(u8::from(!doubts.is_empty())))
}

/// Labels of a project or a file, under the name of a clip and a channel that both sides share.
fn side(path: &Path) -> anyhow::Result<(Labels, Vec<crate::data::tag::Tag>)> {
    if crate::project::is_project(path) {
        let history = History::open(path)?;
        let project = history.project();
        return Ok((project.labels.clone(), project.tags.clone()));
    }
    let read = (exchange::guess(path)?.read)(path, &Hints::default())?;
    Ok((read.bundle.labels.into_iter().collect(), read.bundle.tags))
}

fn compare(args: &CompareArgs) -> anyhow::Result<ExitCode> {
    let ((first, first_tags), (second, second_tags)) = (side(&args.first)?, side(&args.second)?);
    let mut classes: BTreeMap<String, agreement::ClassAgreement> = BTreeMap::new();
    let mut pairs: Vec<(String, String)> = first
        .channels()
        .chain(second.channels())
        .map(|(clip, channel)| (clip.to_string(), channel.to_string()))
        .collect();
    pairs.sort();
    pairs.dedup();
    for (clip, channel) in &pairs {
        for (class, found) in agreement::objects(&first, &second, clip, channel, args.iou) {
            let sum = classes.entry(class).or_default();
            let before = sum.both as f64;
            sum.both += found.both;
            sum.first_only += found.first_only;
            sum.second_only += found.second_only;
            sum.other_class += found.other_class;
            if sum.both > 0 {
                sum.mean_iou = (sum.mean_iou * before + found.mean_iou * found.both as f64) / sum.both as f64;
            }
        }
    }
    let tags = first_tags.iter().chain(&second_tags);
    let mut kinds: Vec<(String, String)> = tags.map(|tag| (tag.clip.clone(), tag.kind.clone())).collect();
    kinds.sort();
    kinds.dedup();
    let kappas: Vec<(String, String, Option<f64>)> = kinds
        .into_iter()
        .map(|(clip, kind)| {
            let own = first_tags.iter().chain(&second_tags).filter(|tag| tag.clip == clip);
            let range = own.map(crate::data::tag::Tag::range).reduce(TimeRange::with).unwrap_or_default();
            // Steps of a tenth of a second, as a person's finger is not quicker.
            let kappa = agreement::kappa(&first_tags, &second_tags, &clip, &kind, range, Span(100_000_000));
            (clip, kind, kappa)
        })
        .collect();
    if args.json {
        let objects: Vec<_> = classes
            .iter()
            .map(|(class, found)| json!({ "class": class, "both": found.both, "first_only": found.first_only, "second_only": found.second_only, "other_class": found.other_class, "mean_iou": found.mean_iou, "f1": found.f1() }))
            .collect();
        let tags: Vec<_> = kappas
            .iter()
            .map(|(clip, kind, kappa)| json!({ "clip": clip, "type": kind, "kappa": kappa }))
            .collect();
        print(&format!("{:#}", json!({ "objects": objects, "tags": tags })));
        return Ok(ExitCode::SUCCESS);
    }
    print(&format!(
        "{:<20} {:>7} {:>7} {:>7} {:>7} {:>6} {:>6}",
        "class", "both", "first", "second", "other", "IoU", "F1"
    ));
    for (class, found) in &classes {
        let f1 = found.f1().map_or_else(|| "-".to_owned(), |f1| format!("{f1:.3}"));
        print(&format!(
            "{class:<20} {:>7} {:>7} {:>7} {:>7} {:>6.3} {f1:>6}",
            found.both, found.first_only, found.second_only, found.other_class, found.mean_iou
        ));
    }
    for (clip, kind, kappa) in &kappas {
        let kappa = kappa
            .map_or_else(|| "cannot be told from chance".to_owned(), |kappa| format!("kappa {kappa:.3}"));
        print(&format!("tag {kind:?} in {clip}: {kappa}"));
    }
    Ok(ExitCode::SUCCESS)
}
