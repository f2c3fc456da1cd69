//! Text logs of PEAK (`.trc`), versions 1.0 to 2.1.
//!
//! Format: PEAK-System, "PEAK CAN TRC File Format". Times are milliseconds after `$STARTTIME`, which counts days
//! since 1899-12-30.

use super::error::CanError;
use super::{Format, Frame, Line, Log, id};
use crate::base::encoding::decode;
use crate::base::sheet::settings::Settings;
use crate::base::time::Time;

/// Text with one frame per line; the column order depends on the version.
pub(super) static FORMAT: Format =
    Format { accepts: |path, _| path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("trc")), read };

/// Positions of the fields of a frame in its line.
struct Columns {
    time: usize,
    bus: Option<usize>,
    kind: Option<usize>,
    id: usize,
    /// The length, for which FD frames need no table if it is in bytes.
    length: usize,
    length_in_bytes: bool,
    data: usize,
}

const V1_0: Columns =
    Columns { time: 1, bus: None, kind: None, id: 2, length: 3, length_in_bytes: true, data: 4 };
const V1_1: Columns =
    Columns { time: 1, bus: None, kind: Some(2), id: 3, length: 4, length_in_bytes: true, data: 5 };
const V1_2: Columns =
    Columns { time: 1, bus: Some(2), kind: Some(3), id: 4, length: 5, length_in_bytes: true, data: 6 };
const V1_3: Columns =
    Columns { time: 1, bus: Some(2), kind: Some(3), id: 4, length: 6, length_in_bytes: true, data: 7 };

/// Days from 1899-12-30 to 1970-01-01.
const DAYS_BEFORE_1970: f64 = 25_569.0;

fn read(bytes: &[u8], settings: &Settings) -> Result<Log, CanError> {
    let text = decode(bytes, settings.encoding.as_deref())?.text;
    let header = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
    let start = header(";$STARTTIME=").and_then(|days| days.parse::<f64>().ok());
    let start = start.map_or(0.0, |days| (days - DAYS_BEFORE_1970) * 86_400.0);
    let columns = match header(";$FILEVERSION=") {
        None | Some("1.0") => V1_0,
        Some("1.1") => V1_1,
        Some("1.2") => V1_2,
        Some("1.3") => V1_3,
        Some(version) => named(header(";$COLUMNS=").unwrap_or_default())
            .ok_or_else(|| CanError::NoColumns { version: version.to_owned() })?,
    };
    Ok(super::lines(&text, |line| read_line(line, &columns, start)))
}

/// `N,O,T,B,I,d,R,L,D`: number, offset, type, bus, id, direction, reserved, length, data.
fn named(names: &str) -> Option<Columns> {
    let at = |wanted: &str| names.split(',').position(|name| name.trim() == wanted);
    Some(Columns {
        time: at("O")?,
        bus: at("B"),
        kind: Some(at("T")?),
        id: at("I")?,
        length: at("l").or_else(|| at("L"))?,
        length_in_bytes: at("l").is_some(),
        data: at("D")?,
    })
}

fn read_line(line: &str, columns: &Columns, start: f64) -> Line {
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.is_empty() || line.trim_start().starts_with(';') {
        return Line::Nothing;
    }
    if let Some(at) = columns.kind {
        match words.get(at).copied() {
            Some("RR") => return Line::Other("remote frame"),
            Some("ER" | "Error") => return Line::Other("error frame"),
            Some(kind) if is_data(kind) => {}
            Some(_) => return Line::Other("event"),
            None => return Line::Strange,
        }
    }
    // Version 1.0 marks states of the bus by their id.
    if words.get(columns.id) == Some(&"FFFFFFFF") {
        return Line::Other("event");
    }
    if words.get(columns.data) == Some(&"RTR") {
        return Line::Other("remote frame");
    }
    frame(&words, columns, start).map_or(Line::Strange, Line::Frame)
}

fn frame(words: &[&str], columns: &Columns, start: f64) -> Option<Frame> {
    const LENGTHS: [usize; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64];
    let millis: f64 = words.get(columns.time)?.parse().ok()?;
    let sender = words.get(columns.id)?;
    let number = u32::from_str_radix(sender, 16).ok().filter(|number| *number <= 0x1FFF_FFFF)?;
    let length: usize = words.get(columns.length)?.parse().ok()?;
    let length = if columns.length_in_bytes { length } else { *LENGTHS.get(length)? };
    let data = words.get(columns.data..).unwrap_or_default().iter().take(length);
    // The start is known to about a microsecond, the offset exactly: they are rounded separately.
    let time = Time::from_secs(start) + crate::base::time::Span((millis * 1e6).round() as i64);
    Some(Frame {
        time,
        bus: columns.bus.and_then(|at| words.get(at)).copied().unwrap_or("1").to_owned(),
        id: id(number, sender.len() > 4),
        data: data.map(|word| u8::from_str_radix(word, 16).ok()).collect::<Option<_>>()?,
    })
}

/// Data frames: received and sent ones of version 1, classic and FD ones of version 2.
fn is_data(kind: &str) -> bool {
    ["Rx", "Tx", "DT", "FD", "FB", "FE", "BI"].contains(&kind)
}
