//! Text logs of Vector (`.asc`).

use can_dbc::MessageId;

use super::error::CanError;
use super::{Format, Frame, Line, Log, lines, seconds};
use crate::base::encoding::decode;
use crate::base::sheet::settings::{Clock, Settings};
use crate::base::time::Time;

/// Text with one frame per line, headers and events between them.
pub(super) static FORMAT: Format =
    Format { accepts: |path, _| path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("asc")), read };

/// State of reading, set by the header `base hex timestamps absolute`.
struct Reader {
    /// Base of ids and bytes.
    base: u32,
    relative: bool,
    /// True if settings say what times are, whatever the header says.
    fixed: bool,
    /// Time of the line before.
    last: Time,
}

fn read(bytes: &[u8], settings: &Settings) -> Result<Log, CanError> {
    let text = decode(bytes, settings.encoding.as_deref())?.text;
    let relative = settings.times == Some(Clock::Relative);
    let mut reader = Reader { base: 16, relative, fixed: settings.times.is_some(), last: Time(0) };
    let mut found = lines(&text, |line| reader.line(line));
    found.clock = format!(
        "{} numbers, times {}",
        if reader.base == 16 { "hexadecimal" } else { "decimal" },
        if reader.relative { "relative to the line before" } else { "absolute" }
    );
    Ok(found)
}

impl Reader {
    fn line(&mut self, line: &str) -> Line {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(first) = words.first() else { return Line::Nothing };
        if first.eq_ignore_ascii_case("base") {
            self.header(&words);
            return Line::Nothing;
        }
        let Some(written) = seconds(first).filter(|_| words.len() > 1) else { return Line::Nothing };
        // Every line with a time counts, also those without a frame.
        self.last = if self.relative { Time(self.last.0.saturating_add(written.0)) } else { written };
        self.event(&words, self.last)
    }

    fn header(&mut self, words: &[&str]) {
        for pair in words.windows(2) {
            match (pair[0].to_ascii_lowercase().as_str(), pair[1].to_ascii_lowercase().as_str()) {
                ("base", "dec") => self.base = 10,
                ("base", "hex") => self.base = 16,
                ("timestamps", "relative") if !self.fixed => self.relative = true,
                ("timestamps", "absolute") if !self.fixed => self.relative = false,
                _ => {}
            }
        }
    }

    /// `0.015991 1 36F Rx d 8 05 00 …`, CAN FD as `0.015991 CANFD 1 Rx 36F 1 0 d 32 05 00 …`; an `x` ends a long id.
    fn event(&self, words: &[&str], time: Time) -> Line {
        let word = |at: usize| words.get(at).copied().unwrap_or_default();
        if word(1).eq_ignore_ascii_case("CANFD") {
            if words.iter().skip(3).take(3).any(|word| *word == "ErrorFrame") {
                return Line::Other("error frame");
            }
            return self.long_frame(words, time).map_or(Line::Strange, Line::Frame);
        }
        if word(2).starts_with("ErrorFrame") {
            return Line::Other("error frame");
        }
        match (word(3), word(4)) {
            ("Rx" | "Tx", "r") => Line::Other("remote frame"),
            ("Rx" | "Tx", "d") => self.frame(words, time).map_or(Line::Strange, Line::Frame),
            _ => Line::Other("event"),
        }
    }

    fn frame(&self, words: &[&str], time: Time) -> Option<Frame> {
        // Length codes above eight also stand for eight bytes.
        let count = usize::from_str_radix(words.get(5)?, self.base).ok()?.min(8);
        let data = self.bytes(words.get(6..)?, count)?;
        Some(Frame { time, bus: (*words.get(1)?).to_owned(), id: self.id(words.get(2)?)?, data })
    }

    fn long_frame(&self, words: &[&str], time: Time) -> Option<Frame> {
        let (bus, id) = (*words.get(2)?, self.id(words.get(4)?)?);
        // A name may stand between the id and the flags.
        let rest = words.get(5..)?;
        let named = rest.first().is_some_and(|word| *word != "0" && *word != "1");
        let rest = if named { rest.get(1..)? } else { rest };
        let count = rest.get(3)?.parse().ok()?;
        Some(Frame { time, bus: bus.to_owned(), id, data: self.bytes(rest.get(4..)?, count)? })
    }

    fn id(&self, word: &str) -> Option<MessageId> {
        if let Some(long) = word.strip_suffix(['x', 'X']) {
            let id = u32::from_str_radix(long, self.base).ok().filter(|id| *id < 1 << 29)?;
            return Some(MessageId::Extended(id));
        }
        let id = u16::from_str_radix(word, self.base).ok().filter(|id| *id < 1 << 11)?;
        Some(MessageId::Standard(id))
    }

    fn bytes(&self, words: &[&str], count: usize) -> Option<Vec<u8>> {
        words.get(..count)?.iter().map(|word| u8::from_str_radix(word, self.base).ok()).collect()
    }
}
