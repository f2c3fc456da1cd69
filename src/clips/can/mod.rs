//! CAN logs, decoded by the DBC files beside them. A format of logs is one file with a `static FORMAT`,
//! and its line in [`FORMATS`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use can_dbc::{Dbc, MessageId};

use crate::base::time::Time;
use crate::clips::assembled::Assembled;
use crate::clips::{Clip, ClipError, ClipKind, mapped};
use crate::data::clip::ChannelKind;

mod asc;
mod blf;
mod candump;
mod dbc;
mod trc;

/// Reads CAN logs.
pub static KIND: ClipKind = ClipKind { id: "can", title: "CAN log", accepts, open };

/// A format of logs.
struct Format {
    /// Detection by file name and first bytes.
    accepts: fn(&Path, &[u8]) -> bool,
    /// Extracts the frames; the error is a sentence without the path.
    read: fn(&[u8]) -> Result<Frames, String>,
}

static FORMATS: &[&Format] = &[&blf::FORMAT, &asc::FORMAT, &trc::FORMAT, &candump::FORMAT];

/// Contents of a log.
#[derive(Default)]
struct Frames {
    frames: Vec<Frame>,
    /// Parts that could not be read.
    warnings: Vec<String>,
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
    File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    FORMATS.iter().copied().find(|format| (format.accepts)(path, &head))
}

fn accepts(path: &Path) -> bool {
    path.is_file() && format_of(path).is_some()
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |problem: String| ClipError::Damaged { problem, path: path.to_owned() };
    let format = format_of(path).ok_or_else(|| damaged("not a CAN log".to_owned()))?;
    let Frames { mut frames, warnings } = (format.read)(&mapped(path)?).map_err(damaged)?;
    if frames.is_empty() {
        return Err(damaged(
            "no CAN frame in this log, expected candump -L, Vector (ASC, BLF) or PEAK (TRC)".to_owned(),
        ));
    }
    frames.sort_by_key(|frame| frame.time);
    let mut clip = Assembled::new(path, "can");
    for warning in warnings {
        clip.warn(warning);
    }
    let descriptions = dbc::beside(path, &mut clip);
    fill(&mut clip, &frames, &descriptions);
    Ok(Arc::new(clip))
}

/// Reads a log of lines; `strange` tells if a line that is not a frame deserves a warning.
fn lines(bytes: &[u8], frame: impl Fn(&str) -> Option<Frame>, strange: impl Fn(&str) -> bool) -> Frames {
    let (mut found, mut left_out) = (Frames::default(), 0_usize);
    for line in String::from_utf8_lossy(bytes).lines() {
        match frame(line) {
            Some(frame) => found.frames.push(frame),
            None => left_out += usize::from(strange(line)),
        }
    }
    if left_out > 0 {
        found.warnings.push(format!("{left_out} lines are not CAN frames and were skipped"));
    }
    found
}

fn fill(clip: &mut Assembled, frames: &[Frame], descriptions: &[Dbc]) {
    let mut groups: BTreeMap<(&str, u32), Vec<&Frame>> = BTreeMap::new();
    for frame in frames {
        groups.entry((&frame.bus, frame.id.raw())).or_default().push(frame);
    }
    let buses: BTreeSet<&str> = frames.iter().map(|frame| frame.bus.as_str()).collect();
    for ((bus, raw), frames) in groups {
        let prefix = if buses.len() > 1 { format!("{bus}/") } else { String::new() };
        let id = raw & 0x1FFF_FFFF;
        let described = descriptions.iter().find_map(|dbc| {
            dbc.messages.iter().find(|message| message.id.raw() == raw).map(|message| (dbc, message))
        });
        let Some((dbc, message)) = described else {
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
        for signal in &message.signals {
            let (mut times, mut values) = (Vec::new(), Vec::new());
            for frame in &frames {
                if let Some(value) = dbc::value(dbc, message, signal, &frame.data) {
                    times.push(frame.time);
                    values.push(value);
                }
            }
            let unit = if signal.unit.is_empty() { String::new() } else { format!(" in {}", signal.unit) };
            let name = format!("{prefix}{}.{}", message.name, signal.name);
            clip.add_signal(&name, &format!("CAN {id:#05x}{unit}"), times, values);
        }
    }
}

/// Seconds with up to nine decimals, without the rounding of floats.
fn seconds(text: &str) -> Option<Time> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let digits = part.get(..part.len().min(9))?;
    let nanos: i64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let scale = 10_i64.checked_pow(9 - digits.len() as u32)?;
    Some(Time(whole.checked_mul(1_000_000_000)?.checked_add(nanos * scale)?))
}

/// A standard id, or an extended one.
fn id(number: u32, extended: bool) -> MessageId {
    if extended { MessageId::Extended(number & 0x1FFF_FFFF) } else { MessageId::Standard(number as u16) }
}
