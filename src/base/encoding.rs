//! Text of any encoding. UTF-8 and UTF-16 are recognized for certain, older encodings are guessed from the bytes.

use encoding_rs::{Encoding, GB18030, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252};

/// Decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// Name of the encoding, in lower case: `utf-8`, `gb18030`.
    pub encoding: String,
    /// True if the encoding was neither named nor certain.
    pub guessed: bool,
    /// Bytes that are no text in this encoding were replaced by U+FFFD.
    pub damaged: bool,
}

/// A name of no encoding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown encoding {label:?}, expected a name such as utf-8, utf-16le, windows-1252, gbk, shift_jis")]
pub struct UnknownEncoding {
    /// The name.
    pub label: String,
}

/// Decodes text; `named` is a label such as `gbk` or `windows-1252`, else the encoding is recognized.
pub fn decode(bytes: &[u8], named: Option<&str>) -> Result<Decoded, UnknownEncoding> {
    if let Some(label) = named {
        let known = Encoding::for_label(label.as_bytes());
        let encoding = known.ok_or_else(|| UnknownEncoding { label: label.to_owned() })?;
        return Ok(decoded(encoding, bytes, false));
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok(decoded(encoding, bytes, false));
    }
    if let Some(encoding) = wide(bytes) {
        return Ok(decoded(encoding, bytes, false));
    }
    if is_mostly_utf8(bytes) {
        return Ok(decoded(UTF_8, bytes, false));
    }
    Ok(decoded(guess(bytes), bytes, true))
}

fn decoded(encoding: &'static Encoding, bytes: &[u8], guessed: bool) -> Decoded {
    let (text, damaged) = encoding.decode_with_bom_removal(bytes);
    Decoded { text: text.into_owned(), encoding: encoding.name().to_lowercase(), guessed, damaged }
}

/// UTF-16 without a byte order mark: only there every second byte is often zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let (pairs, _) = bytes.get(..bytes.len().min(1 << 16))?.as_chunks::<2>();
    let first = pairs.iter().filter(|pair| pair[0] == 0).count();
    let second = pairs.iter().filter(|pair| pair[1] == 0).count();
    let enough = pairs.len() / 10;
    let encoding = if second > enough && second > 4 * first {
        UTF_16LE
    } else if first > enough && first > 4 * second {
        UTF_16BE
    } else {
        return None;
    };
    // What is no text has characters that no text has.
    let (text, _) = encoding.decode_without_bom_handling(pairs.as_flattened());
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    text.chars().all(is_text).then_some(encoding)
}

/// True for UTF-8, also where a few bytes of it are damaged.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad == 0 || good > 10 * bad
}

/// The likeliest older encoding, by how usual its characters would be.
fn guess(bytes: &[u8]) -> &'static Encoding {
    type Score = fn(&[u8]) -> f64;
    let sample = bytes.get(..bytes.len().min(1 << 20)).unwrap_or(bytes);
    let mut best = (WINDOWS_1252, 0.0);
    let candidates: [(&'static Encoding, Score); 4] =
        [(WINDOWS_1252, western), (GB18030, chinese), (SHIFT_JIS, japanese), (WINDOWS_1251, cyrillic)];
    for (encoding, score) in candidates {
        let score = score(sample);
        if score > best.1 + 1e-9 {
            best = (encoding, score);
        }
    }
    best.0
}

/// Runs of bytes beyond ASCII.
fn runs(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(u8::is_ascii).filter(|run| !run.is_empty())
}

fn mean(weights: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for weight in weights {
        sum += weight;
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Accents and signs stand alone between letters of ASCII.
fn western(bytes: &[u8]) -> f64 {
    mean(runs(bytes).flat_map(|run| {
        let alone = match run.len() {
            1 => 1.0,
            2 => 0.5,
            _ => 0.1,
        };
        run.iter().map(move |byte| match byte {
            0xA0..=0xFF => alone,
            0x80 | 0x85 | 0x91..=0x97 | 0x99 => 0.3 * alone,
            _ => -1.0,
        })
    }))
}

/// Pairs of the first level of GB 2312 and its full-width signs.
fn chinese(bytes: &[u8]) -> f64 {
    mean(pairs(bytes, |lead| (0x81..=0xFE).contains(&lead)).map(|(lead, trail)| match (lead, trail) {
        (0xB0..=0xD7 | 0xA1..=0xA3, 0xA1..=0xFE) => 1.0,
        (0xD8..=0xF7, 0xA1..=0xFE) => 0.6,
        (_, 0x40..=0xFE) => 0.0,
        _ => -1.0,
    }))
}

/// Kana and characters of JIS X 0208.
fn japanese(bytes: &[u8]) -> f64 {
    let lead = |byte| matches!(byte, 0x81..=0x9F | 0xE0..=0xFC);
    mean(pairs(bytes, lead).map(|(lead, trail)| match (lead, trail) {
        (0x82, 0x9F..=0xF1) | (0x83, 0x40..=0x96) => 1.0,
        (0x81 | 0x82 | 0x88..=0x9F | 0xE0..=0xEA, 0x40..=0x7E | 0x80..=0xFC) => 0.8,
        // A half-width kana is a byte alone.
        (0xA1..=0xDF, 0) => 0.2,
        _ => -1.0,
    }))
}

/// Long runs of lower-case letters.
fn cyrillic(bytes: &[u8]) -> f64 {
    mean(runs(bytes).flat_map(|run| {
        let word = run.len() >= 3;
        run.iter().map(move |byte| match byte {
            0xE0..=0xFF | 0xB8 if word => 0.95,
            0xC0..=0xDF | 0xA8 if word => 0.7,
            _ => -0.5,
        })
    }))
}

/// Characters of one or two bytes: those whose first byte is a lead take the next byte, others have a 0 there.
fn pairs(bytes: &[u8], is_lead: impl Fn(u8) -> bool) -> impl Iterator<Item = (u8, u8)> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let from = rest.iter().position(|byte| !byte.is_ascii())?;
        let (first, after) = rest.get(from..)?.split_first()?;
        rest = after;
        if !is_lead(*first) {
            return Some((*first, 0));
        }
        let second = after.first().copied().unwrap_or(0);
        rest = after.get(1..).unwrap_or_default();
        Some((*first, second))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognized() {
        let check = |text: &str, encoding: &'static Encoding, guessed: bool| {
            let (bytes, _, lossy) = encoding.encode(text);
            assert!(!lossy, "{text}");
            let found = decode(&bytes, None).unwrap();
            assert_eq!(found.text, text, "{} taken for {}", encoding.name(), found.encoding);
            assert_eq!(found.guessed, guessed, "{text}");
        };
        check("time,speed,angle [\u{b0}]\n0,1,2\n", WINDOWS_1252, true);
        check(
            "Zeit;Geschwindigkeit;K\u{fc}hlwassertemperatur [\u{b0}C];Stra\u{df}e \u{fc}ber\n",
            WINDOWS_1252,
            true,
        );
        check("temps;acc\u{e9}l\u{e9}ration m/s\u{b2};\u{b5}m\n", WINDOWS_1252, true);
        check("\u{65f6}\u{95f4},\u{901f}\u{5ea6},\u{89d2}\u{5ea6}\n0,1,2\n", GB18030, true);
        check("\u{6642}\u{9593},\u{901f}\u{5ea6},\u{89d2}\u{5ea6}\n0,1,2\n", SHIFT_JIS, true);
        check("\u{30b9}\u{30d4}\u{30fc}\u{30c9},\u{6642}\u{523b}\n", SHIFT_JIS, true);
        check(
            "\u{432}\u{440}\u{435}\u{43c}\u{44f};\u{441}\u{43a}\u{43e}\u{440}\u{43e}\u{441}\u{442}\u{44c}\n",
            WINDOWS_1251,
            true,
        );
        check("time,\u{901f}\u{5ea6}\n", UTF_8, false);
    }

    #[test]
    fn utf16_needs_no_mark() {
        let text = "time,speed\n0,10.5\n";
        for mark in ["", "\u{feff}"] {
            let units: Vec<u16> = format!("{mark}{text}").encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            assert_eq!(decode(&little, None).unwrap().text, text);
            assert_eq!(decode(&big, None).unwrap().text, text);
        }
        assert_eq!(decode(b"\xef\xbb\xbfa", None).unwrap().text, "a");
    }

    #[test]
    fn a_named_encoding_is_obeyed() {
        assert_eq!(decode(b"\xc4", Some("latin1")).unwrap().text, "\u{c4}");
        assert_eq!(decode(b"\xc4\xe3", Some("gbk")).unwrap().text, "\u{4f60}");
        assert!(decode(b"a", Some("klingon")).unwrap_err().label == "klingon");
        assert!(decode(b"a\xffb", Some("utf-8")).unwrap().damaged);
    }
}
