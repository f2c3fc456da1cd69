//! `hardcase transform`: the list of transforms, and a stack applied to an image, a point cloud, a table of signals or texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use crate::base::escape::csv::{Formulas, text as guarded};
use crate::base::inputs::{self, InputKind};
use crate::base::outputs::write_named;
use crate::base::progress::Progress;
use crate::base::time::Time;
use crate::cli::{BadArgument, print, print_json};
use crate::clips::{self, point_files};
use crate::data::cases::stack::Stack;
use crate::data::clip::ChannelKind;
use crate::data::image::Image;
use crate::data::input::{Input, Medium};
use crate::data::time::signals::{Series, Signals};
use crate::data::time::window::Reach;
use crate::imaging::look::Look;
use crate::predictions::image_models;
use crate::transforms::catalog::Catalog;
use crate::transforms::{built_in, stack};

/// Quality of images written as JPEG.
const JPEG_QUALITY: u8 = 95;

#[derive(Debug, Subcommand)]
pub(super) enum TransformCommand {
    /// List transforms with their parameters
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Apply a stack to an image, a point cloud, the signals of a table or each line of a text
    Apply {
        /// An image, a point cloud (.pcd, .ply, .bin, .las), a table of signals (.csv, .parquet) or texts (.txt)
        input: PathBuf,
        /// The stack: "fog:0.4,rotate:5"
        #[arg(long)]
        with: String,
        /// Random seed
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Image-to-image model, used in the stack under its card's name; may be repeated
        #[arg(long = "image-model", alias = "painter", value_name = "FILE")]
        image_model: Vec<PathBuf>,
        /// Only these signals of a table; may be repeated
        #[arg(long, value_name = "NAME")]
        signal: Vec<String>,
        /// Write an apostrophe before names of signals that a spreadsheet would take for formulas, in .csv files
        #[arg(long)]
        guard_formulas: bool,
        /// Output file: an image as .png or .jpg, a point cloud as .pcd (or its top view as .png), signals
        /// as .csv
        #[arg(short, long)]
        output: PathBuf,
    },
}

pub(super) fn run(command: &TransformCommand) -> anyhow::Result<ExitCode> {
    match command {
        TransformCommand::List { json } => list(*json),
        TransformCommand::Apply { input, with, seed, image_model, signal, guard_formulas, output } => {
            let mut catalog = Catalog::default();
            for path in image_model {
                image_models::load_into(&mut catalog, path)?;
            }
            let formulas = Formulas::guarded_if(*guard_formulas);
            apply(&catalog, (input, output), (with, *seed), signal, formulas)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(as_json: bool) {
    if as_json {
        let all: Vec<_> = built_in()
            .map(|kind| {
                let params: Vec<_> = kind
                    .params
                    .iter()
                    .map(|p| json!({ "id": p.id, "unit": p.unit, "min": p.min, "max": p.max, "neutral": p.neutral, "initial": p.initial }))
                    .collect();
                json!({ "id": kind.id, "title": kind.title, "summary": kind.summary, "changes": kind.medium().title(), "group": kind.group.title(), "geometric": kind.geometric, "seeded": kind.seeded, "params": params })
            })
            .collect();
        print_json(&format!("{:#}", json!(all)));
        return;
    }
    for kind in built_in() {
        let range =
            kind.strength().map_or(String::new(), |p| format!("{} {}..{} {}", p.id, p.min, p.max, p.unit));
        print(&format!("{:<16} {:<32} {}", kind.id, range, kind.summary));
    }
}

fn apply(
    catalog: &Catalog,
    (input, output): (&Path, &Path),
    (with, seed): (&str, u64),
    only: &[String],
    formulas: Formulas,
) -> anyhow::Result<()> {
    let change = stack::parse(catalog, with, seed).map_err(|err| BadArgument(err.to_string()))?;
    let ends = |wanted: &[&str]| {
        output.extension().and_then(|ext| ext.to_str()).is_some_and(|ext| wanted.contains(&ext))
    };
    let refused = |what: &str, endings: &str| {
        BadArgument(format!("{what} are written as {endings}, not as {}", output.display()))
    };
    let bytes = match read(input, ends(&["csv"]))? {
        Given::Input(given) => {
            let changed = stack::apply(catalog, &change, &given)?;
            match &changed {
                Input::Image(image) if ends(&["jpg", "jpeg"]) => image.to_jpeg(JPEG_QUALITY)?,
                Input::Image(image) if ends(&["png"]) => image.to_png()?,
                Input::Points(cloud) if ends(&["pcd"]) => point_files::to_pcd(cloud),
                Input::Points(_) if ends(&["png"]) => Look::of(&given).draw(&changed).to_png()?,
                Input::Image(_) | Input::Window(_) | Input::Text(_) => {
                    return Err(refused("images", ".png or .jpg").into());
                }
                Input::Points(_) => return Err(refused("point clouds", ".pcd or .png").into()),
            }
        }
        Given::Texts(lines) => {
            if !ends(&["txt"]) {
                return Err(refused("texts", ".txt").into());
            }
            let mut changed = String::new();
            for (number, line) in lines.iter().enumerate() {
                // The first line as a text alone would be.
                let seed = change.seed.wrapping_add(number as u64);
                changed.push_str(&stack::apply(catalog, &Stack { seed, ..change.clone() }, line)?);
                changed.push('\n');
            }
            changed.into_bytes()
        }
        Given::Signals(all) => {
            if !ends(&["csv"]) {
                return Err(refused("signals", ".csv").into());
            }
            as_csv(&changed_signals(catalog, &all, &change, only)?, formulas).into_bytes()
        }
    };
    write_named(output, &bytes).with_context(|| format!("could not write {}", output.display()))
}

/// Content of an input file.
enum Given {
    Input(Input),
    Texts(Vec<Arc<str>>),
    Signals(Signals),
}

/// Reads an input; of a recording with texts and signals the signals if `table` is set.
fn read(path: &Path, table: bool) -> anyhow::Result<Given> {
    let context = || format!("could not read {}", path.display());
    let bytes = inputs::read(path, InputKind::Media).with_context(context)?;
    let problem = match Image::decode(&bytes) {
        Ok(image) => return Ok(Given::Input(image.into())),
        Err(problem) => problem,
    };
    // A file that is no image may be a point cloud or a table; otherwise the error is that of the image.
    let Ok(clip) = clips::open(path) else { return Err(problem).with_context(context) };
    clip.index(&Progress::default()).with_context(context)?;
    let info = clip.info();
    if let Some((channel, _)) = info.of_kind(ChannelKind::Points).next() {
        return Ok(Given::Input(clip.input(channel, 0).with_context(context)?));
    }
    let signals = info.of_kind(ChannelKind::Signal).next().is_some();
    if let Some((channel, _)) = info.asked(Medium::Text, &Reach::default()).first()
        && !(table && signals)
    {
        let all = (0..clip.times(*channel).len()).map(|index| clip.input(*channel, index));
        let all = all.collect::<Result<Vec<_>, _>>().with_context(context)?;
        return Ok(Given::Texts(all.iter().filter_map(Input::text).map(Arc::from).collect()));
    }
    let series: Vec<Series> = info
        .of_kind(ChannelKind::Signal)
        .map(|(id, channel)| Series {
            name: channel.name.clone(),
            times: clip.times(id).to_vec(),
            values: clip.values(id).to_vec(),
        })
        .collect();
    if series.is_empty() {
        return Err(problem).with_context(context);
    }
    Ok(Given::Signals(Signals { series }))
}

/// All signals, with the selected ones transformed.
fn changed_signals(
    catalog: &Catalog,
    all: &Signals,
    change: &Stack,
    only: &[String],
) -> anyhow::Result<Signals> {
    let meant = |series: &Series| only.is_empty() || only.contains(&series.name);
    if let Some(unknown) = only.iter().find(|name| all.named(name).is_none()) {
        let known = all.series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(BadArgument(format!("there is no signal {unknown:?}, known are {known}")).into());
    }
    let part = Signals { series: all.series.iter().filter(|series| meant(series)).cloned().collect() };
    let mut changed = stack::apply(catalog, change, &part)?.series.into_iter();
    let series = all.series.iter().map(|series| {
        if meant(series) { changed.next().unwrap_or_else(|| series.clone()) } else { series.clone() }
    });
    Ok(Signals { series: series.collect() })
}

/// A row for each time at which any signal has a value; empty cells for the others.
fn as_csv(signals: &Signals, formulas: Formulas) -> String {
    let mut rows: BTreeMap<Time, Vec<Option<f64>>> = BTreeMap::new();
    for (column, series) in signals.series.iter().enumerate() {
        for (time, value) in series.times.iter().zip(&series.values) {
            rows.entry(*time).or_insert_with(|| vec![None; signals.series.len()])[column] = Some(*value);
        }
    }
    let quoted = |name: &str| {
        let name = guarded(name, formulas);
        if name.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", name.replace('"', "\"\""))
        } else {
            name.into_owned()
        }
    };
    let names: Vec<String> = signals.series.iter().map(|series| quoted(&series.name)).collect();
    let mut text = format!("time,{}\n", names.join(","));
    for (time, values) in rows {
        let values: Vec<String> =
            values.iter().map(|value| value.map_or(String::new(), |value| value.to_string())).collect();
        // Writing to a string cannot fail.
        writeln!(text, "{},{}", time.0 as f64 / 1e9, values.join(",")).unwrap_or_default();
    }
    text
}
