//! `hardcase data`: label errors, near duplicates and leaks between sets.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::base::files::visible_in;
use crate::base::inputs::{self, InputKind};
use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::base::sheet::Sheet;
use crate::base::text::counted;
use crate::cli::columns::{JsonArg, column, numbers, put_json, table};
use crate::cli::{BadArgument, print, say, threads, with_progress_line};
use crate::data::image::Image;
use crate::evaluation::column_faults::faults;
use crate::evaluation::image_properties::of_image;
use crate::imaging::hashes::{HashKind, ImageHash};
use crate::metrics::label_errors::{Finder, Labeled, SUSPICIOUS_ACCURACY};
use crate::metrics::near_duplicates::{MOST_BITS, groups, pairs};

#[derive(Debug, Subcommand)]
pub(super) enum DataCommand {
    /// List labels that are probably wrong, from the probabilities of a model that was trained without the samples
    #[command(
        after_help = "Example:\n  hardcase data label-errors predictions.csv --label given --classes cat,dog,bird"
    )]
    LabelErrors(LabelErrorArgs),
    /// List images that are nearly the same, within a folder or between two
    #[command(
        after_help = "Examples:\n  hardcase data duplicates images\n  hardcase data duplicates train --against test --fail"
    )]
    Duplicates(DuplicateArgs),
    /// List faults of the columns of a table: missing, constant, mistyped and copied cells, columns that give the label away
    #[command(after_help = "Example:\n  hardcase data columns loans.csv --label repaid --fail")]
    Columns(ColumnArgs),
}

#[derive(Debug, Args)]
pub(super) struct ColumnArgs {
    /// The table
    table: PathBuf,
    /// Column with the label
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// End with 1 if a column has a fault
    #[arg(long)]
    fail: bool,
    #[command(flatten)]
    json: JsonArg,
}

#[derive(Debug, Args)]
pub(super) struct LabelErrorArgs {
    /// Table with a row for each sample
    table: PathBuf,
    /// Column with the given label: the name of a class, or its number
    #[arg(long, value_name = "COLUMN")]
    label: String,
    /// Columns with the probability of each class, in the order of the classes
    #[arg(long, value_delimiter = ',', required = true, value_name = "COLUMN,…")]
    classes: Vec<String>,
    /// Selection of the samples
    #[arg(long, value_enum, default_value_t = FinderArg::PruneByNoiseRate)]
    finder: FinderArg,
    /// Samples to list
    #[arg(long, value_name = "N", default_value_t = 20)]
    listed: usize,
    #[command(flatten)]
    json: JsonArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum FinderArg {
    PruneByNoiseRate,
    PruneByClass,
    Both,
    ConfidentLearning,
    PredictedNeqGiven,
    LowSelfConfidence,
    LowNormalizedMargin,
}

impl FinderArg {
    fn finder(self) -> Finder {
        match self {
            Self::PruneByNoiseRate => Finder::PruneByNoiseRate,
            Self::PruneByClass => Finder::PruneByClass,
            Self::Both => Finder::Both,
            Self::ConfidentLearning => Finder::ConfidentLearning,
            Self::PredictedNeqGiven => Finder::PredictedNotGiven,
            Self::LowSelfConfidence => Finder::LowSelfConfidence,
            Self::LowNormalizedMargin => Finder::LowNormalizedMargin,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct DuplicateArgs {
    /// Folder of images; those of the folders in it count as well
    folder: PathBuf,
    /// Other folder: only pairs of one image of each are listed
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Rule of the hash
    #[arg(long, value_enum, default_value_t = HashArg::Perceptual)]
    hash: HashArg,
    /// Most bits of 64 in which two images differ: 4 for the same, 10 for similar ones
    #[arg(long, value_name = "BITS", default_value_t = 4)]
    most: u32,
    /// End with 1 if any were found, or if an image cannot be read
    #[arg(long)]
    fail: bool,
    #[command(flatten)]
    json: JsonArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HashArg {
    Perceptual,
    Difference,
    Average,
}

impl HashArg {
    fn kind(self) -> HashKind {
        match self {
            Self::Perceptual => HashKind::Perceptual,
            Self::Difference => HashKind::Difference,
            Self::Average => HashKind::Average,
        }
    }
}

pub(super) fn run(command: &DataCommand) -> anyhow::Result<ExitCode> {
    match command {
        DataCommand::LabelErrors(args) => label_errors(args),
        DataCommand::Duplicates(args) => duplicates(args),
        DataCommand::Columns(args) => columns(args),
    }
}

fn columns(args: &ColumnArgs) -> anyhow::Result<ExitCode> {
    let sheet = table(&args.table, &args.label.as_deref().into_iter().collect::<Vec<_>>())?;
    if let Some(label) = &args.label {
        column(&sheet, label)?;
    }
    let found = faults(&sheet, args.label.as_deref());
    if let Some(place) = &args.json.json {
        put_json(place, &json!({ "rows": sheet.lines.len(), "columns": found }))?;
    }
    let faulty: Vec<_> = found.iter().filter(|faults| !faults.told().is_empty()).collect();
    if args.json.json.as_ref().is_none_or(|place| place != Path::new("-")) {
        for faults in &faulty {
            print(&format!("  {:<24} {}", faults.name, faults.told()));
        }
        print(&format!("{} of {} with faults", faulty.len(), counted(found.len(), "column")));
    }
    Ok(ExitCode::from(u8::from(args.fail && !faulty.is_empty())))
}

fn label_errors(args: &LabelErrorArgs) -> anyhow::Result<ExitCode> {
    let named = std::iter::once(&args.label).chain(&args.classes);
    let sheet = table(&args.table, &named.map(String::as_str).collect::<Vec<_>>())?;
    let classes = args.classes.len();
    // Where the names of classes are numbers, a number is a name.
    let by_number = args.classes.iter().all(|class| class.trim().parse::<f64>().is_err());
    let label = |(row, cell): (usize, &String)| {
        let named = args.classes.iter().position(|class| class == cell.trim());
        let number = || cell.trim().parse().ok().filter(|label| by_number && *label < classes);
        named.or_else(number).with_context(|| {
            let line = sheet.lines.get(row).copied().unwrap_or(row + 1);
            format!("line {line} has the label {cell:?}, which is none of the classes")
        })
    };
    let labels: Vec<usize> =
        column(&sheet, &args.label)?.iter().enumerate().map(label).collect::<anyhow::Result<_>>()?;
    let columns: Vec<Vec<f64>> =
        args.classes.iter().map(|class| numbers(&sheet, class)).collect::<anyhow::Result<_>>()?;
    check_sums(&sheet, &columns)?;
    let probabilities =
        (0..labels.len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
    let labeled = Labeled::new(labels.clone(), probabilities, classes)?;
    if labeled.accuracy() > SUSPICIOUS_ACCURACY {
        say(&format!(
            "the model agrees with {:.2} % of the labels, it has probably seen these samples in training",
            labeled.accuracy() * 100.0
        ));
    }
    let found = labeled.issues(args.finder.finder());
    let confidence = labeled.self_confidence();
    let margins = labeled.normalized_margin();
    let mut ranked = found;
    ranked.sort_by(|a, b| margins[*a].total_cmp(&margins[*b]).then(a.cmp(b)));
    let estimated = labeled.issues(Finder::ConfidentLearning).len();
    let class = |at: usize| args.classes.get(at).map(String::as_str).unwrap_or_default();
    if let Some(place) = &args.json.json {
        let issues: Vec<_> = ranked
            .iter()
            .map(|at| {
                json!({
                    "row": at, "given": class(labels[*at]), "predicted": class(labeled.predicted(*at)),
                    "self_confidence": confidence[*at], "normalized_margin": margins[*at],
                })
            })
            .collect();
        let document = json!({
            "samples": labeled.count(), "estimated_errors": estimated, "accuracy": labeled.accuracy(),
            "thresholds": labeled.thresholds(), "confident_joint": labeled.calibrated_joint(), "issues": issues,
        });
        put_json(place, &document)?;
    }
    if args.json.json.as_ref().is_none_or(|place| place != Path::new("-")) {
        print(&format!(
            "{} of {} are listed, about {estimated} labels are wrong",
            counted(ranked.len(), "sample"),
            labeled.count()
        ));
        for at in ranked.iter().take(args.listed) {
            let line = sheet.lines.get(*at).copied().unwrap_or(at + 1);
            print(&format!(
                "  line {line:<7} given {:<16} predicted {:<16} self confidence {:.4}",
                class(labels[*at]),
                class(labeled.predicted(*at)),
                confidence[*at]
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Distance of the sum of the probabilities of a row from 1 that rounding explains.
const ROUNDING: f64 = 0.01;

/// Refuses rows whose numbers are no probabilities of all classes.
fn check_sums(sheet: &Sheet, columns: &[Vec<f64>]) -> anyhow::Result<()> {
    for row in 0..columns.first().map_or(0, Vec::len) {
        let line = sheet.lines.get(row).copied().unwrap_or(row + 1);
        let own = columns.iter().filter_map(|column| column.get(row).copied());
        if let Some(wrong) = own.clone().find(|p| !(-ROUNDING..=1.0 + ROUNDING).contains(p)) {
            anyhow::bail!("line {line} has {wrong} among the probabilities of the classes, expected 0 to 1");
        }
        let sum: f64 = own.sum();
        if (sum - 1.0).abs() > ROUNDING {
            anyhow::bail!(
                "the probabilities of line {line} sum up to {sum:.4}, expected 1: name the columns of all classes with --classes"
            );
        }
    }
    Ok(())
}

/// An image of a folder with its hash and its sharpness.
struct Hashed {
    path: PathBuf,
    hash: u64,
    sharpness: f64,
}

/// Folders below a folder that are looked into at most, one inside of the other; links in a circle end here.
const DEEPEST: usize = 32;

/// Files in a folder and in the folders in it, in order.
fn files_in(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let inside = visible_in(folder).with_context(|| format!("could not list {}", folder.display()))?;
    for path in inside {
        if !path.is_dir() {
            found.push(path);
        } else if depth < DEEPEST {
            files_in(&path, depth + 1, found)?;
        } else {
            say(&format!("{}: left out, too many folders in folders", path.display()));
        }
    }
    Ok(())
}

/// The images of a folder and of the folders in it in order, and the number of those that cannot be read; each of them and the
/// number of files that are no images is said.
fn hashed(folder: &Path, kind: HashKind) -> anyhow::Result<(Vec<Hashed>, usize)> {
    let images = ["png", "jpg", "jpeg", "bmp", "webp"];
    let ending =
        |path: &Path| path.extension().and_then(|ext| ext.to_str()).unwrap_or_default().to_lowercase();
    let mut files = Vec::new();
    files_in(folder, 0, &mut files)?;
    let (paths, others): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|path| images.contains(&ending(path).as_str()));
    if paths.is_empty() {
        return Err(BadArgument(format!("there are no images in {}", folder.display())).into());
    }
    if !others.is_empty() {
        let endings: BTreeSet<String> = others.iter().map(|path| format!(".{}", ending(path))).collect();
        let endings: Vec<String> = endings.into_iter().take(5).collect();
        let count = counted(others.len(), "file");
        say(&format!("{}: {count} left out, no images by name ({})", folder.display(), endings.join(", ")));
    }
    let progress = Progress::default();
    progress.begin(paths.len() as u64);
    let make = |at: usize| -> anyhow::Result<Hashed> {
        let image = Image::decode(&inputs::read(&paths[at], InputKind::Media)?)?;
        let hash = ImageHash::new(&image, kind).words().first().copied().unwrap_or(0);
        Ok(Hashed { path: paths[at].clone(), hash, sharpness: of_image(&image)[2] })
    };
    let (mut all, mut unread) = (Vec::with_capacity(paths.len()), 0);
    with_progress_line("hashing", &progress, || {
        in_order(paths.len(), threads(), make, |at, hashed| {
            match hashed {
                Ok(hashed) => all.push(hashed),
                Err(err) => {
                    unread += 1;
                    say(&format!("{}: left out, {err}", paths[at].display()));
                }
            }
            progress.step()
        })
    })?;
    Ok((all, unread))
}

fn duplicates(args: &DuplicateArgs) -> anyhow::Result<ExitCode> {
    if args.most > MOST_BITS {
        return Err(BadArgument(format!(
            "--most may be {MOST_BITS} at most, unrelated images differ in 22 to 40 bits"
        ))
        .into());
    }
    let (mut all, mut unread) = hashed(&args.folder, args.hash.kind())?;
    let own = all.len();
    if let Some(other) = &args.against {
        let (more, unread_too) = hashed(other, args.hash.kind())?;
        all.extend(more);
        unread += unread_too;
    }
    let hashes: Vec<u64> = all.iter().map(|image| image.hash).collect();
    let mut alike = pairs(&hashes, args.most);
    if args.against.is_some() {
        alike.retain(|pair| pair.first < own && pair.second >= own);
    }
    let name = |at: usize| all[at].path.display().to_string();
    // The sharpest of a group is the one to keep.
    let groups: Vec<Vec<usize>> = groups(all.len(), &alike)
        .into_iter()
        .map(|mut group| {
            group.sort_by(|a, b| all[*b].sharpness.total_cmp(&all[*a].sharpness).then(a.cmp(b)));
            group
        })
        .collect();
    if let Some(place) = &args.json.json {
        let pairs: Vec<_> = alike
            .iter()
            .map(|pair| json!({ "first": name(pair.first), "second": name(pair.second), "bits": pair.bits }))
            .collect();
        let groups: Vec<Vec<String>> =
            groups.iter().map(|group| group.iter().map(|at| name(*at)).collect()).collect();
        let hashes: Vec<_> = all.iter().map(|image| json!({ "image": image.path.display().to_string(), "hash": format!("{:016x}", image.hash) })).collect();
        let document = json!({
            "images": all.len(), "unread": unread, "pairs": pairs, "groups": groups, "hashes": hashes,
        });
        put_json(place, &document)?;
    }
    if args.json.json.as_ref().is_none_or(|place| place != Path::new("-")) {
        print(&format!("{} in {}", counted(groups.len(), "group"), counted(all.len(), "image")));
        for pair in &alike {
            print(&format!("  {:>2} bits  {}  {}", pair.bits, name(pair.first), name(pair.second)));
        }
    }
    if args.fail && unread > 0 {
        say(&format!(
            "{} could not be read and so not be compared, which is no pass",
            counted(unread, "image")
        ));
    }
    Ok(ExitCode::from(u8::from(args.fail && (!alike.is_empty() || unread > 0))))
}
