//! Logs of candump: files of `candump -L`, and its lines on the screen.

use super::error::CanError;
use super::{Format, Frame, Line, Log, lines, seconds};
use crate::base::encoding::decode;
use crate::base::sheet::moments::{Moment, moment};
use crate::base::sheet::settings::{Clock, DateOrder, Settings};
use crate::base::text::agreeing;
use crate::base::time::Time;

/// Text with one frame per line.
pub(super) static FORMAT: Format = Format {
    accepts: |path, head| {
        let named = ["log", "txt", "candump"];
        path.extension().is_some_and(|ext| named.iter().any(|known| ext.eq_ignore_ascii_case(known)))
            && decode(head, None).is_ok_and(|head| {
                head.text.lines().take(20).any(|line| matches!(read_line(line).0, Line::Frame(_)))
            })
    },
    read,
};

/// Time between frames of a log without times.
const APART: i64 = 10_000_000;
/// Times below this are not since 1970: eleven days.
const NO_DATE: Time = Time(1_000_000 * 1_000_000_000);

/// Form of a line's time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stamp {
    None,
    /// In a file: always since 1970.
    File,
    /// On the screen: since 1970, since the start, or since the line before.
    Screen,
}

fn read(bytes: &[u8], settings: &Settings) -> Result<Log, CanError> {
    let text = decode(bytes, settings.encoding.as_deref())?.text;
    let mut stamps = Vec::new();
    let mut found = lines(&text, |line| {
        let (line, stamp) = read_line(line);
        if matches!(line, Line::Frame(_)) {
            stamps.push(stamp);
        }
        line
    });
    if !stamps.is_empty() && stamps.iter().all(|stamp| *stamp == Stamp::None) {
        for (at, frame) in found.frames.iter_mut().enumerate() {
            frame.time = Time((at as i64).saturating_mul(APART));
        }
        found.warnings.push("the log has no times, assuming 100 frames a second in their order".to_owned());
    } else if stamps.contains(&Stamp::None) {
        let mut stamps = stamps.iter();
        let before = found.frames.len();
        found.frames.retain(|_| stamps.next() != Some(&Stamp::None));
        let lost = before - found.frames.len();
        found.warnings.push(agreeing(
            lost,
            "frame has no time and was skipped",
            "frames have no time and were skipped",
        ));
    }
    let screen = stamps.iter().all(|stamp| *stamp == Stamp::Screen);
    let relative = match settings.times {
        Some(clock) => clock == Clock::Relative,
        None => screen && are_differences(&found.frames),
    };
    if relative {
        let mut now = 0_i64;
        for frame in &mut found.frames {
            now = now.saturating_add(frame.time.0);
            frame.time = Time(now);
        }
        if settings.times.is_none() {
            found.warnings.push(
                "the times look like differences to the line before (candump -t d) and are added up; if that is wrong, set \
                 times = \"absolute\" in the settings"
                    .to_owned(),
            );
        }
    }
    found.clock = format!("times {}", if relative { "relative to the line before" } else { "absolute" });
    Ok(found)
}

/// True for times that fall, or that are all the same, after a first one of zero.
fn are_differences(frames: &[Frame]) -> bool {
    let Some((first, rest)) = frames.split_first() else { return false };
    if first.time != Time(0) || frames.iter().any(|frame| frame.time >= NO_DATE) {
        return false;
    }
    let falls = rest.windows(2).any(|pair| pair[0].time > pair[1].time);
    let same = rest.len() > 1 && rest.windows(2).all(|pair| pair[0].time == pair[1].time);
    falls || same && rest.first().is_some_and(|frame| frame.time > Time(0))
}

/// `(1436509052.249713) vcan0 044#2A366C2BBA`, or ` (1436509052.249713)  vcan0  044   [5]  2A 36 6C 2B BA`.
fn read_line(line: &str) -> (Line, Stamp) {
    let line = line.trim();
    if line.is_empty() {
        return (Line::Nothing, Stamp::None);
    }
    let (time, rest) = match line.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((time, rest)) => (Some(time.trim()), rest),
        None => (None, line),
    };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let Some((bus, words)) = words.split_first() else { return (Line::Strange, Stamp::None) };
    let at = match time {
        None => Some(Time(0)),
        Some(text) => seconds(text).or_else(|| match moment(text, DateOrder::DayFirst) {
            Some(Moment::Instant(nanos)) => Some(Time(nanos)),
            Some(Moment::Day(_) | Moment::Clock(_)) | None => None,
        }),
    };
    let Some(at) = at else { return (Line::Strange, Stamp::None) };
    let in_file = words.first().and_then(|word| word.split_once('#'));
    let stamp = match (time, in_file) {
        (None, _) => Stamp::None,
        (Some(_), Some(_)) => Stamp::File,
        (Some(_), None) => Stamp::Screen,
    };
    let contents = match in_file {
        Some((id, data)) => in_a_file(id, data),
        None => on_the_screen(words),
    };
    let line = match contents {
        Contents::Data(number, long, data) => {
            Line::Frame(Frame { time: at, bus: (*bus).to_owned(), id: super::id(number, long), data })
        }
        Contents::Other(name) => Line::Other(name),
        // Explanations of an error frame follow it, indented and without a bus.
        Contents::Strange => Line::Strange,
    };
    (line, stamp)
}

enum Contents {
    /// Id, true if it is an extended one, and bytes.
    Data(u32, bool, Vec<u8>),
    Other(&'static str),
    Strange,
}

/// Flag of error frames in their id.
const ERROR: u32 = 1 << 29;

/// A number of three digits, or of eight for an extended id.
fn number(id: &str) -> Option<(u32, bool)> {
    let number = u32::from_str_radix(id, 16).ok()?;
    Some((number, id.len() > 3))
}

/// `044#2A366C2BBA`, with points between bytes or not, a remote frame as `044#R5`, CAN FD with `##` and a digit of flags, a
/// raw length code behind `_`.
fn in_a_file(id: &str, data: &str) -> Contents {
    let Some((number, long)) = number(id) else { return Contents::Strange };
    if long && number & ERROR != 0 {
        return Contents::Other("error frame");
    }
    if data.starts_with('R') {
        return Contents::Other("remote frame");
    }
    let data = match data.strip_prefix('#') {
        Some(fd) => fd.get(1..).unwrap_or_default(),
        None => data,
    };
    let data = data.split('_').next().unwrap_or_default();
    let digits: String = data.chars().filter(|c| *c != '.').collect();
    hex(&digits).map_or(Contents::Strange, |data| Contents::Data(number, long, data))
}

/// `044   [5]  2A 36 6C 2B BA`, behind directions and flags of `candump -x`, before text of `candump -a`; bytes in binary
/// digits of `candump -i`.
fn on_the_screen(words: &[&str]) -> Contents {
    let flags = words.iter().take_while(|word| ["RX", "TX", "-", "B", "E"].contains(word)).count();
    let Some([id, length, rest @ ..]) = words.get(flags..) else { return Contents::Strange };
    let count = length.strip_prefix(['[', '{']).and_then(|rest| rest.strip_suffix([']', '}']));
    let Some(count) = count.and_then(|count| count.parse::<usize>().ok()) else { return Contents::Strange };
    let Some((number, long)) = number(id).filter(|_| id.len() == 3 || id.len() == 8) else {
        return Contents::Strange;
    };
    if rest.last() == Some(&"ERRORFRAME") || long && number & ERROR != 0 {
        return Contents::Other("error frame");
    }
    if rest.first() == Some(&"remote") {
        return Contents::Other("remote frame");
    }
    let byte = |word: &&str| match word.len() {
        2 => u8::from_str_radix(word, 16).ok(),
        8 => u8::from_str_radix(word, 2).ok(),
        _ => None,
    };
    let data: Option<Vec<u8>> = rest.get(..count).and_then(|words| words.iter().map(byte).collect());
    data.map_or(Contents::Strange, |data| Contents::Data(number, long, data))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}
