//! `hardcase subsample`: few frames that cover most, to be labeled first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::base::outputs::check_named;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::base::time::{Span, Time};
use crate::cli::columns::share;
use crate::cli::mine::recordings::Places;
use crate::cli::{BadArgument, print, print_json, say, with_progress_line};
use crate::clips::Clip;
use crate::data::clip::{ChannelKind, Sample};
use crate::mining::coverage::cells::{LEVEL, tile};
use crate::mining::coverage::factors::{scenes, usual};
use crate::mining::coverage::record::Record;
use crate::mining::subsample::{Chosen, described, farthest_first, most_new};
use crate::reports::table::{ColumnKind, EXTENSIONS, TableWriter, Value};

const EXAMPLES: &str = "\
Examples:
  hardcase subsample my_project -n 200 -o to_label.csv
  hardcase subsample my_project --by tags -o to_label.jsonl";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SubsampleArgs {
    /// Projects, recordings, or folders of recordings
    #[arg(required = true)]
    places: Vec<PathBuf>,
    /// Number of frames; with --by tags fewer if they cover enough
    #[arg(short = 'n', long, default_value_t = 100)]
    count: usize,
    /// Measure of difference: `images` by colors and edges, farthest first; `tags` by new pairs of tags and cells of the map
    #[arg(long, value_enum, default_value_t = By::Images)]
    by: By,
    /// Stop when no frame is farther than this from a chosen one
    #[arg(long, default_value_t = 0.0)]
    radius: f64,
    /// Stop when this part of pairs and cells is covered
    #[arg(long, value_name = "SHARE", default_value_t = 0.95, value_parser = share)]
    enough: f64,
    /// Only this camera
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Seconds between frames that are looked at
    #[arg(long, value_name = "SECONDS", default_value_t = 0.5)]
    step: f64,
    /// Write the list to a file: .csv, .jsonl or .parquet
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Images,
    Tags,
}

/// A frame of a camera.
struct Frame {
    clip: String,
    channel: String,
    index: usize,
    time: Time,
    record: usize,
}

pub(super) fn run(args: &SubsampleArgs) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.output {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if !EXTENSIONS.contains(&ending) {
            let known = EXTENSIONS.map(|ending| format!(".{ending}")).join(", ");
            return Err(BadArgument(format!("cannot write {}, expected {known}", path.display())).into());
        }
        check_named(path).with_context(|| format!("could not write {}", path.display()))?;
    }
    if args.count == 0 {
        return Err(BadArgument("-n 0 asks for no frame, expected 1 or more".to_owned()).into());
    }
    if !(args.radius >= 0.0 && args.radius.is_finite()) {
        return Err(
            BadArgument(format!("{} is no distance, expected a number from 0 on", args.radius)).into()
        );
    }
    if !(args.step >= 0.0 && args.step < 1e9) {
        return Err(BadArgument(format!(
            "{} is no time between frames, expected seconds from 0 on",
            args.step
        ))
        .into());
    }
    let places = Places::read(&args.places)?;
    let (mut frames, mut vectors, mut records) = (Vec::new(), Vec::new(), Vec::new());
    for recording in &places.recordings {
        let clip = places.open(recording);
        let clip = clip.with_context(|| format!("the recording {:?} cannot be opened", recording.name))?;
        let progress = Progress::default();
        let project = places.project_of(recording);
        if args.by == By::Tags {
            records.push(Record::read(&clip, &recording.name, project, &[], &progress)?);
        } else {
            records.push(Record { name: recording.name.clone(), ..Record::default() });
        }
        with_progress_line(&recording.name, &progress, || {
            looked_at(
                args,
                &*clip,
                (&recording.name, records.len() - 1),
                &mut frames,
                &mut vectors,
                &progress,
            )
        })?;
    }
    if frames.is_empty() {
        return Err(BadArgument("no frames were found, name a recording with a camera".to_owned()).into());
    }
    let chosen = match args.by {
        By::Images => farthest_first(&vectors, args.count, args.radius),
        By::Tags => most_new(&elements(&frames, &records), args.count, args.enough),
    };
    if chosen.is_empty() {
        say("nothing to cover: the recordings have neither tags nor positions, try --by images");
    }
    write(args, &frames, &chosen)?;
    Ok(ExitCode::SUCCESS)
}

/// Adds the frames of a recording, and their descriptions.
fn looked_at(
    args: &SubsampleArgs,
    clip: &dyn Clip,
    (name, record): (&str, usize),
    frames: &mut Vec<Frame>,
    vectors: &mut Vec<Vec<f32>>,
    progress: &Progress,
) -> anyhow::Result<()> {
    let info = clip.info();
    let step = Span::from_secs(args.step);
    let wanted = |channel: &str| args.channel.as_ref().is_none_or(|only| only == channel);
    for (id, channel) in info.of_kind(ChannelKind::Camera).filter(|(_, channel)| wanted(&channel.name)) {
        let (mut last, mut unread): (Option<Time>, usize) = (None, 0);
        let times = clip.times(id);
        progress.begin(times.len() as u64);
        for (index, time) in times.iter().enumerate() {
            progress.step()?;
            if last.is_some_and(|last| *time - last < step) {
                continue;
            }
            if args.by == By::Images {
                let Ok(Sample::Image(image)) = clip.read(id, index) else {
                    unread += 1;
                    continue;
                };
                vectors.push(described(&image));
            }
            last = Some(*time);
            let (clip, channel) = (name.to_owned(), channel.name.clone());
            frames.push(Frame { clip, channel, index, time: *time, record });
        }
        if unread > 0 {
            say(&format!("{name}: {} of {} cannot be decoded", counted(unread, "frame"), channel.name));
        }
    }
    Ok(())
}

/// Numbers of the pairs of tags and of the cells that each frame shows.
fn elements(frames: &[Frame], records: &[Record]) -> Vec<Vec<usize>> {
    let factors = usual(records);
    let scenes = scenes(records, &factors);
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut all = Vec::with_capacity(frames.len());
    for frame in frames {
        let mut shown = BTreeSet::new();
        let scene = scenes.iter().rfind(|scene| scene.record == frame.record && scene.start <= frame.time);
        let held: Vec<String> = scene
            .into_iter()
            .flat_map(|scene| scene.values.iter().enumerate())
            .flat_map(|(factor, values)| values.iter().map(move |value| format!("{factor}.{value}")))
            .collect();
        for (at, one) in held.iter().enumerate() {
            shown.insert(one.clone());
            shown.extend(held.iter().skip(at + 1).map(|other| format!("{one}+{other}")));
        }
        let places = &records[frame.record].places;
        let at = places.partition_point(|(time, _)| *time <= frame.time).checked_sub(1);
        if let Some((_, place)) = at.and_then(|at| places.get(at)) {
            shown.insert(format!("{:?}", tile(place, LEVEL)));
        }
        let number = |element: String| {
            let next = numbers.len();
            *numbers.entry(element).or_insert(next)
        };
        all.push(shown.into_iter().map(number).collect());
    }
    all
}

fn write(args: &SubsampleArgs, frames: &[Frame], chosen: &[Chosen]) -> anyhow::Result<()> {
    let listed = chosen.iter().filter_map(|one| frames.get(one.frame).map(|frame| (frame, one.covered)));
    if let Some(path) = &args.output {
        let text = |name: &str| (name.to_owned(), ColumnKind::Text);
        let integer = |name: &str| (name.to_owned(), ColumnKind::Integer);
        let mut columns =
            vec![integer("rank"), text("clip"), text("channel"), integer("frame"), integer("time_ns")];
        columns.push(("covered".to_owned(), ColumnKind::Number));
        let mut writer = TableWriter::create(path, columns, &[])?;
        for (rank, (frame, covered)) in listed.clone().enumerate() {
            writer.row(&[
                Value::Integer(rank as i64 + 1),
                Value::Text(&frame.clip),
                Value::Text(&frame.channel),
                Value::Integer(frame.index as i64),
                Value::Integer(frame.time.0),
                Value::Number(Some(covered)),
            ])?;
        }
        writer.finish()?;
    }
    if args.json {
        let all: Vec<_> = listed
            .map(|(frame, covered)| {
                json!({
                    "clip": frame.clip, "channel": frame.channel, "frame": frame.index,
                    "time_ns": frame.time.0, "covered": covered,
                })
            })
            .collect();
        print_json(&format!("{:#}", json!({ "looked_at": frames.len(), "frames": all })));
        return Ok(());
    }
    print(&format!("{} of {}", chosen.len(), counted(frames.len(), "frame")));
    // The curve: after each doubling, and at the end.
    let mut at = 1;
    while at < chosen.len() {
        print(&format!("  {at:>6}: {:.1} %", 100.0 * chosen[at - 1].covered));
        at *= 2;
    }
    if let Some(last) = chosen.last() {
        print(&format!("  {:>6}: {:.1} %", chosen.len(), 100.0 * last.covered));
    }
    if args.output.is_none() {
        for (frame, covered) in listed {
            print(&format!(
                "{} {} frame {} ({:.1} %)",
                frame.clip,
                frame.channel,
                frame.index,
                100.0 * covered
            ));
        }
    }
    Ok(())
}
