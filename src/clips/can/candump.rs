//! Logs of `candump -L`.

use super::{Format, Frame, lines, seconds};

/// Text with one frame per line.
pub(super) static FORMAT: Format = Format {
    accepts: |path, head| {
        path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("log"))
            && String::from_utf8_lossy(head).lines().take(20).any(|line| frame(line).is_some())
    },
    read: |bytes| Ok(lines(bytes, frame, |line| !line.trim().is_empty())),
};

/// `(1436509052.249713) vcan0 044#2A366C2BBA`, CAN FD with `##` and a digit of flags.
fn frame(line: &str) -> Option<Frame> {
    let mut words = line.split_whitespace();
    let time = words.next()?.strip_prefix('(')?.strip_suffix(')')?;
    let (bus, frame) = (words.next()?, words.next()?);
    let (id, data) = frame.split_once('#')?;
    let data = match data.strip_prefix('#') {
        Some(fd) => fd.get(1..)?,
        None => data,
    };
    if data.starts_with('R') {
        return None;
    }
    let number = u32::from_str_radix(id, 16).ok()?;
    let id = super::id(number, id.len() > 3);
    Some(Frame { time: seconds(time)?, bus: bus.to_owned(), id, data: hex(data)? })
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
