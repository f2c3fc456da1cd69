//! CAN logs, decoded by the DBC files beside them. A format of logs is one file with a `static FORMAT`,
//! and its line in `FORMATS`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use can_dbc::MessageId;

use crate::base::inputs;
use crate::base::sheet::settings::{Settings, name_beside};
use crate::base::text::{agreeing, counted};
use crate::base::time::Time;
use crate::clips::assembled::Assembled;
use crate::clips::can::dbc::{Described, Description};
use crate::clips::can::error::CanError;
use crate::clips::{Clip, ClipError, ClipKind, mapped};
use crate::data::clip::ChannelKind;

mod asc;
mod blf;
mod candump;
mod dbc;
mod error;
mod trc;

/// Reads CAN logs.
pub static KIND: ClipKind = ClipKind { id: "can", title: "CAN log", accepts, open };

/// A format of logs.
struct Format {
    /// Detection by file name and first bytes.
    accepts: fn(&Path, &[u8]) -> bool,
    /// Extracts the frames; the error is a sentence without the path. Settings are those beside the log.
    read: fn(&[u8], &Settings) -> Result<Log, CanError>,
}

static FORMATS: &[&Format] = &[&blf::FORMAT, &asc::FORMAT, &trc::FORMAT, &candump::FORMAT];

/// Contents of a log.
#[derive(Default)]
struct Log {
    frames: Vec<Frame>,
    /// Counts of lines and objects without data, by their name in the singular.
    others: BTreeMap<&'static str, usize>,
    /// The way in which times are read, in words.
    clock: String,
    /// Parts that could not be read, and guesses that may be wrong.
    warnings: Vec<String>,
}

/// A line of a log.
enum Line {
    /// A frame with data.
    Frame(Frame),
    /// Something else that belongs there, by its name in the singular.
    Other(&'static str),
    /// A line without meaning, such as a header.
    Nothing,
    /// A line that cannot be read.
    Strange,
}

/// One frame on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Frame {
    time: Time,
    bus: String,
    id: MessageId,
    data: Vec<u8>,
}

/// Number of bytes that identify a format.
const HEAD: u64 = 4096;

fn format_of(path: &Path) -> Option<&'static Format> {
    let mut head = Vec::new();
    inputs::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    FORMATS.iter().copied().find(|format| (format.accepts)(path, &head))
}

fn accepts(path: &Path) -> bool {
    path.is_file() && format_of(path).is_some()
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged =
        |problem: &dyn Display| ClipError::Damaged { problem: problem.to_string(), path: path.to_owned() };
    let format = format_of(path).ok_or_else(|| damaged(&"not a CAN log"))?;
    let settings = Settings::of(path).map_err(|err| damaged(&err))?;
    let Log { mut frames, others, clock, warnings } =
        (format.read)(&mapped(path)?, &settings).map_err(|err| damaged(&err))?;
    let others: Vec<String> = others.iter().map(|(name, count)| counted(*count, name)).collect();
    if frames.is_empty() {
        return Err(damaged(&if others.is_empty() {
            "no CAN frame in this log, expected candump, Vector (ASC, BLF) or PEAK (TRC)".to_owned()
        } else {
            format!("no CAN frame with data in this log, only {}", others.join(", "))
        }));
    }
    frames.sort_by_key(|frame| frame.time);
    let mut clip = Assembled::new(path, "can");
    for warning in warnings {
        clip.warn(warning);
    }
    if !clock.is_empty() {
        clip.tell("read as", format!("{clock}; to change that, write settings to {}", name_beside(path)));
    }
    if !others.is_empty() {
        clip.tell("without data", others.join(", "));
    }
    let descriptions = dbc::beside(path, &mut clip);
    fill(&mut clip, &frames, &descriptions);
    Ok(Arc::new(clip))
}

/// Reads a log of lines.
fn lines(text: &str, mut read: impl FnMut(&str) -> Line) -> Log {
    let (mut found, mut strange, mut first) = (Log::default(), 0_usize, 0);
    for (number, line) in text.lines().enumerate() {
        match read(line) {
            Line::Frame(frame) => found.frames.push(frame),
            Line::Other(name) => *found.others.entry(name).or_default() += 1,
            Line::Nothing => {}
            Line::Strange => {
                strange += 1;
                first = if strange == 1 { number + 1 } else { first };
            }
        }
    }
    if strange > 0 {
        found.warnings.push(format!(
            "{}, the first is line {first}",
            agreeing(
                strange,
                "line is not a CAN frame and was skipped",
                "lines are not CAN frames and were skipped"
            )
        ));
    }
    found
}

/// The sender of frames that go into one channel: those of one id, or of one J1939 group from one source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sender {
    Id(u32),
    Group { message: u32, source: u32 },
}

fn fill(clip: &mut Assembled, frames: &[Frame], descriptions: &[Description]) {
    let mut known: BTreeMap<u32, Option<Described<'_>>> = BTreeMap::new();
    let mut groups: BTreeMap<(&str, Sender), Vec<&Frame>> = BTreeMap::new();
    let mut by_group = BTreeSet::new();
    for frame in frames {
        let raw = frame.id.raw();
        let described = known.entry(raw).or_insert_with(|| dbc::described(descriptions, frame.id));
        let sender = match described {
            Some(described) if described.j1939 => {
                if described.by_group {
                    by_group.insert(raw);
                }
                Sender::Group { message: described.raw(), source: raw & 0xFF }
            }
            _ => Sender::Id(raw),
        };
        groups.entry((&frame.bus, sender)).or_default().push(frame);
    }
    if !by_group.is_empty() {
        clip.tell("J1939", format!("{} found by parameter group", counted(by_group.len(), "id")));
    }
    let buses: BTreeSet<&str> = frames.iter().map(|frame| frame.bus.as_str()).collect();
    let mut sources: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (_, sender) in groups.keys() {
        if let Sender::Group { message, source } = sender {
            sources.entry(*message).or_default().insert(*source);
        }
    }
    for ((bus, sender), frames) in groups {
        let prefix = if buses.len() > 1 { format!("{bus}/") } else { String::new() };
        let Some(first) = frames.first() else { continue };
        let raw = first.id.raw();
        let id = raw & 0x1FFF_FFFF;
        let Some(described) = known.get(&raw).and_then(Option::as_ref) else {
            let times = frames.iter().map(|frame| frame.time).collect();
            let name = format!("{prefix}{id:#05x}");
            clip.add_samples(
                &name,
                ChannelKind::Other,
                "CAN frames without a description",
                times,
                Vec::new(),
            );
            continue;
        };
        let message = match sender {
            Sender::Group { message, source } if sources.get(&message).is_some_and(|all| all.len() > 1) => {
                format!("{}@{source:#04x}", described.name())
            }
            Sender::Group { .. } | Sender::Id(_) => described.name().to_owned(),
        };
        for signal in described.signals() {
            let (mut times, mut values) = (Vec::new(), Vec::new());
            for frame in &frames {
                if let Some(value) = signal.value(&frame.data) {
                    times.push(frame.time);
                    values.push(value);
                }
            }
            let unit =
                if signal.unit().is_empty() { String::new() } else { format!(" in {}", signal.unit()) };
            let name = format!("{prefix}{message}.{}", signal.name);
            clip.add_signal(&name, &format!("CAN {id:#05x}{unit}"), times, values);
        }
    }
}

/// Seconds with up to nine decimals, without the rounding of floats.
fn seconds(text: &str) -> Option<Time> {
    crate::base::sheet::moments::nanos(text, 1_000_000_000).map(Time)
}

/// A standard id, or an extended one.
fn id(number: u32, extended: bool) -> MessageId {
    if extended { MessageId::Extended(number & 0x1FFF_FFFF) } else { MessageId::Standard(number as u16) }
}
