//! `hardcase coverage`: what recordings cover of tags, of the map and of signals, and what is missing.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::cli::mine::recordings::Places;
use crate::cli::{BadArgument, print, print_json, say, with_progress_line};
use crate::data::clip::ChannelKind;
use crate::mining::coverage::axis::Axis;
use crate::mining::coverage::cells::{LEVEL, MapCoverage, map};
use crate::mining::coverage::factors::{self, Factor, scenes};
use crate::mining::coverage::ranges::{RangeCoverage, ranges};
use crate::mining::coverage::record::Record;
use crate::mining::coverage::tuples::{TagCoverage, TagTerms, tags};

const EXAMPLES: &str = "\
Examples:
  hardcase coverage my_project
  hardcase coverage my_project --factor 'light=day|night' --factor 'weather=rain|snow' --exclude 'night & snow' --array 2
  hardcase coverage my_project --signals speed,curvature --signals vehicle.brake,speed --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CoverageArgs {
    /// Projects, or recordings
    #[arg(required = true)]
    places: Vec<PathBuf>,
    /// A group of tags that are alternatives: "light=day|night"; may be repeated. Each group of the domain with tags in the
    /// project, and each other tag by itself, if absent
    #[arg(long = "factor", value_name = "NAME=TAG|TAG")]
    factors: Vec<String>,
    /// Tags that cannot come together: "night & sun ahead"; may be repeated
    #[arg(long = "exclude", value_name = "TAG & TAG")]
    excluded: Vec<String>,
    /// Pairs of tags in fewer recordings are thin
    #[arg(long, value_name = "N", default_value_t = 5)]
    thin: usize,
    /// Print a covering array: scenes that hold every combination of this many factors
    #[arg(long, value_name = "FACTORS")]
    array: Option<usize>,
    /// Level of the tiles of the map: 18 is about 150 m
    #[arg(long, value_name = "LEVEL", default_value_t = LEVEL, value_parser = clap::value_parser!(u8).range(1..=22))]
    level: u8,
    /// Cells with fewer passes are gaps
    #[arg(long, value_name = "N", default_value_t = 2)]
    passes: usize,
    /// Corners of an area that should be covered: "48.1,11.5 48.1,11.6 48.2,11.6"
    #[arg(long, value_name = "LAT,LON …")]
    area: Option<String>,
    /// Two signals whose ranges count together; may be repeated. `speed`, `curvature` and `yaw_rate` are those of the vehicle
    #[arg(long, value_name = "X,Y", default_value = "speed,curvature")]
    signals: Vec<String>,
    /// Most holes of each list
    #[arg(long, value_name = "N", default_value_t = 10)]
    most: usize,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CoverageArgs) -> anyhow::Result<ExitCode> {
    let axes = axes(&args.signals)?;
    let area = args.area.as_deref().map(polygon).transpose()?.unwrap_or_default();
    let places = Places::read(&args.places)?;
    let mut records = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for recording in &places.recordings {
        let clip = places.open(recording);
        let clip = clip.with_context(|| format!("the recording {:?} cannot be opened", recording.name))?;
        let project = places.project_of(recording);
        let progress = Progress::default();
        let record = with_progress_line(&recording.name, &progress, || {
            Record::read(&clip, &recording.name, project, &axes, &progress)
        })?;
        known.extend(clip.info().of_kind(ChannelKind::Signal).map(|(_, channel)| channel.name.clone()));
        records.push(record);
    }
    let bad = |err: &dyn std::fmt::Display| BadArgument(err.to_string());
    let factors: Vec<Factor> = if args.factors.is_empty() {
        factors::usual(&records)
    } else {
        args.factors
            .iter()
            .map(|text| factors::parse(text))
            .collect::<Result<_, _>>()
            .map_err(|err| bad(&err))?
    };
    let excluded = args.excluded.iter().map(|text| factors::constraint(text, &factors));
    let excluded = excluded.collect::<Result<_, _>>().map_err(|err| bad(&err))?;
    let terms = TagTerms { excluded, thin: args.thin, strength: args.array };
    let by_tags = tags(&records, &factors, &scenes(&records, &factors), &terms).map_err(|err| bad(&err))?;
    let by_map = map(&records, args.level, args.passes, &area);
    let by_signals: Vec<RangeCoverage> = (0..axes.len() / 2)
        .map(|pair| ranges(&records, [&axes[2 * pair], &axes[2 * pair + 1]], 2 * pair, &known))
        .collect();
    if args.json {
        let recordings: Vec<_> =
            records.iter().map(|record| json!({ "name": record.name, "seconds": record.secs() })).collect();
        let report =
            json!({ "recordings": recordings, "tags": by_tags, "map": by_map, "signals": by_signals });
        print_json(&format!("{report:#}"));
        return Ok(ExitCode::SUCCESS);
    }
    let secs: f64 = records.iter().map(Record::secs).sum();
    print(&format!("{}, {secs:.0} s", counted(records.len(), "recording")));
    show_tags(&by_tags, args);
    show_map(&by_map, args.most);
    for of in &by_signals {
        show_ranges(of, args.most);
    }
    Ok(ExitCode::SUCCESS)
}

fn axes(texts: &[String]) -> Result<Vec<Axis>, BadArgument> {
    let mut axes = Vec::new();
    for text in texts {
        match text.split(',').map(str::trim).collect::<Vec<_>>().as_slice() {
            [x, y] if !x.is_empty() && !y.is_empty() => axes.extend([Axis::named(x), Axis::named(y)]),
            _ => {
                return Err(BadArgument(format!(
                    "{text:?} is no pair of signals, expected one like speed,curvature"
                )));
            }
        }
    }
    Ok(axes)
}

fn polygon(text: &str) -> Result<Vec<[f64; 2]>, BadArgument> {
    let corner = |text: &str| -> Option<[f64; 2]> {
        let (latitude, longitude) = text.split_once(',')?;
        let corner: [f64; 2] = [latitude.trim().parse().ok()?, longitude.trim().parse().ok()?];
        (corner[0].abs() <= 85.0 && corner[1].abs() <= 180.0).then_some(corner)
    };
    let corners: Option<Vec<[f64; 2]>> =
        text.split([' ', ';']).filter(|part| !part.is_empty()).map(corner).collect();
    corners.filter(|corners| corners.len() > 2).ok_or_else(|| {
        BadArgument(format!(
            "{text:?} is no area, expected three corners or more, such as \"48.1,11.5 48.1,11.6 48.2,11.6\""
        ))
    })
}

fn show_tags(of: &TagCoverage, args: &CoverageArgs) {
    print("");
    print("Tags");
    if of.factors.is_empty() {
        print("  the recordings have no tags");
        return;
    }
    for (name, values) in &of.factors {
        print(&format!("  {name}: {}", values.join(", ")));
    }
    for ways in &of.ways {
        let percent = 100.0 * ways.covered as f64 / ways.required.max(1) as f64;
        let excluded =
            if ways.excluded > 0 { format!(", {} excluded", ways.excluded) } else { String::new() };
        print(&format!(
            "  combinations of {}: {} of {} seen, {percent:.1} %{excluded}",
            counted(ways.factors, "factor"),
            ways.covered,
            ways.required
        ));
    }
    for pair in of.pairs.iter().take(args.most) {
        let [a, b] = &pair.tags;
        print(&format!("  {a} with {b}: {:.1} s in {}", pair.seconds, counted(pair.recordings, "recording")));
    }
    print(&format!(
        "  {} seen in fewer than {}",
        counted(of.thin.len(), "pair"),
        counted(args.thin, "recording")
    ));
    print(&format!("  {} never seen", counted(of.holes.len(), "pair")));
    for hole in of.holes.iter().take(args.most) {
        let [a, b] = &hole.tags;
        let near = match (&hole.nearest, &hole.nearest_has) {
            (Some(record), Some(tag)) => format!("; nearest {record}, which has {tag}"),
            _ => "; no recording has either".to_owned(),
        };
        let made = hole.synthetic.as_ref().map(|id| format!(", or the transform {id} on it (synthetic)"));
        print(&format!("    {a} with {b}{near}{}", made.unwrap_or_default()));
    }
    if of.array > 0 {
        print(&format!("  every pair fits into {}", counted(of.array, "scene")));
    }
    for next in &of.next {
        print(&format!("    record next: {} ({} new)", next.tags.join(", "), counted(next.pairs, "pair")));
    }
    for row in &of.rows {
        print(&format!("    {}", row.join(", ")));
    }
}

fn show_map(of: &MapCoverage, most: usize) {
    print("");
    print("Map");
    if of.cells.is_empty() {
        print("  no recording has positions of a GPS");
    }
    for name in of.without.iter().filter(|_| !of.cells.is_empty()) {
        say(&format!("{name}: no positions of a GPS"));
    }
    if of.cells.is_empty() && of.gaps.is_empty() {
        return;
    }
    let secs: f64 = of.cells.iter().map(|cell| cell.seconds).sum();
    print(&format!("  {} of level {}, {secs:.0} s", counted(of.cells.len(), "cell"), of.level));
    let mut longest: Vec<_> = of.cells.iter().collect();
    longest.sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then(a.tile.cmp(&b.tile)));
    for cell in longest.into_iter().take(most) {
        let ways: Vec<String> =
            cell.directions.iter().map(|(way, secs)| format!("{way} {secs:.0} s")).collect();
        print(&format!(
            "    {:.5}, {:.5}: {:.0} s, {}, {}; {}",
            cell.middle[0],
            cell.middle[1],
            cell.seconds,
            counted_passes(cell.passes),
            counted(cell.findings, "finding"),
            ways.join(", ")
        ));
    }
    print(&format!("  {} with too few passes", counted(of.gaps.len(), "cell")));
    for gap in of.gaps.iter().take(most) {
        let near = gap.nearest.as_ref().map(|name| format!("; nearest {name}, {:.1} cells away", gap.away));
        print(&format!(
            "    {:.5}, {:.5}: {}{}",
            gap.middle[0],
            gap.middle[1],
            counted_passes(gap.passes),
            near.unwrap_or_default()
        ));
    }
}

fn counted_passes(passes: usize) -> String {
    if passes == 1 { "1 pass".to_owned() } else { format!("{passes} passes") }
}

fn show_ranges(of: &RangeCoverage, most: usize) {
    let [x, y] = &of.signals;
    print("");
    print(&format!("{x} and {y}"));
    for name in &of.without {
        say(&format!("{name}: {x} or {y} is not recorded{}", of.hint));
    }
    if of.bins.is_empty() {
        print("  no recording has both");
        return;
    }
    let ends = |ends: [f64; 2]| format!("{:.3}..{:.3}", ends[0], ends[1]);
    for bin in &of.bins {
        print(&format!("  {} {} | {} {}: {:.1} s", x, ends(bin.x), y, ends(bin.y), bin.seconds));
    }
    print(&format!("  {} between them", counted(of.holes.len(), "empty bin")));
    for hole in of.holes.iter().take(most) {
        let near = hole.nearest.as_ref().map(|name| format!("; nearest {name}")).unwrap_or_default();
        print(&format!("    {} {} | {} {}{near}", x, ends(hole.x), y, ends(hole.y)));
    }
}
