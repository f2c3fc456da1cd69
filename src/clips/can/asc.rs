//! Text logs of Vector (`.asc`).

use can_dbc::MessageId;

use super::{Format, Frame, lines, seconds};

/// Text with one frame per line, headers and events between them.
pub(super) static FORMAT: Format = Format {
    accepts: |path, _| path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("asc")),
    read: |bytes| Ok(lines(bytes, frame, |_| false)),
};

/// `0.015991 1 36F Rx d 8 05 00 …`, CAN FD as `0.015991 CANFD 1 Rx 36F 1 0 d 32 05 00 …`; an `x` ends a long id.
fn frame(line: &str) -> Option<Frame> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let time = seconds(words.first()?)?;
    let id = |word: &str| match word.strip_suffix('x') {
        Some(long) => u32::from_str_radix(long, 16).ok().map(|id| MessageId::Extended(id & 0x1FFF_FFFF)),
        None => u16::from_str_radix(word, 16).ok().map(MessageId::Standard),
    };
    let bytes = |words: &[&str], count: usize| -> Option<Vec<u8>> {
        words.get(..count)?.iter().map(|word| u8::from_str_radix(word, 16).ok()).collect()
    };
    if words.get(1) == Some(&"CANFD") {
        let (bus, sender) = (*words.get(2)?, id(words.get(4)?)?);
        // A name may stand between the id and the flags.
        let rest = words.get(5..)?;
        let rest =
            if rest.first().is_some_and(|word| *word != "0" && *word != "1") { rest.get(1..)? } else { rest };
        let count = rest.get(3)?.parse().ok()?;
        return Some(Frame { time, bus: bus.to_owned(), id: sender, data: bytes(rest.get(4..)?, count)? });
    }
    let (bus, sender) = (*words.get(1)?, id(words.get(2)?)?);
    if !matches!(*words.get(3)?, "Rx" | "Tx") || *words.get(4)? != "d" {
        return None;
    }
    let count = usize::from_str_radix(words.get(5)?, 16).ok()?;
    Some(Frame { time, bus: bus.to_owned(), id: sender, data: bytes(words.get(6..)?, count)? })
}
