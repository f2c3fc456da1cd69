//! Text files in the encodings that people have: UTF-8, UTF-16 with or without a byte order mark, what a file declares,
//! and Windows code pages, which are recognized by their bytes.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// Name of its encoding: `UTF-8`, `GBK`, `windows-1252`.
    pub encoding: &'static str,
    /// True if nothing but the bytes themselves speaks for the encoding.
    pub guessed: bool,
}

/// Bytes that are no text, or not in the encoding that they declare.
#[derive(Debug, thiserror::Error)]
pub enum NoText {
    /// Bytes of a binary file.
    #[error("the file is not text")]
    Binary,
    /// An encoding that is not read.
    #[error("the text is in {0}, which is not supported; save it as UTF-8")]
    Unsupported(String),
    /// Bytes that the encoding does not have.
    #[error("the text is not valid {0}; save it as UTF-8")]
    Invalid(&'static str),
}

/// The text of some bytes. `declared` is the encoding that the format names in the file, such as that of an XML
/// declaration.
pub fn decoded(bytes: &[u8], declared: Option<&str>) -> Result<Decoded, NoText> {
    if bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff") {
        return Err(NoText::Unsupported("UTF-32".to_owned()));
    }
    if let Some((encoding, long)) = Encoding::for_bom(bytes) {
        return strict(encoding, bytes.get(long..).unwrap_or_default(), false);
    }
    if let Some(encoding) = by_zeros(bytes)? {
        return strict(encoding, bytes, false);
    }
    if let Some(name) = declared {
        let encoding = Encoding::for_label(name.trim().as_bytes());
        // Text without zeros cannot be UTF-16, whatever it declares.
        let encoding = encoding.filter(|encoding| !matches!(encoding.name(), "UTF-16LE" | "UTF-16BE"));
        if let Some(encoding) = encoding.filter(|encoding| *encoding != UTF_8)
            && let Ok(decoded) = strict(encoding, bytes, false)
        {
            return Ok(decoded);
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Decoded { text: text.to_owned(), encoding: UTF_8.name(), guessed: false });
    }
    if chinese(bytes)
        && let Ok(decoded) = strict(GB18030, bytes, true)
    {
        return Ok(Decoded { encoding: "GBK", ..decoded });
    }
    strict(WINDOWS_1252, bytes, true)
}

fn strict(encoding: &'static Encoding, bytes: &[u8], guessed: bool) -> Result<Decoded, NoText> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    let text = text.ok_or_else(|| NoText::Invalid(encoding.name()))?.into_owned();
    Ok(Decoded { text, encoding: encoding.name(), guessed })
}

/// UTF-16 by its zeros: the high bytes of letters, digits and signs, all on one side.
fn by_zeros(bytes: &[u8]) -> Result<Option<&'static Encoding>, NoText> {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let enough = head.len() / 8;
    match (even, odd) {
        (0, 0) => Ok(None),
        (0, odd) if odd > enough => Ok(Some(UTF_16LE)),
        (even, 0) if even > enough => Ok(Some(UTF_16BE)),
        _ => Err(NoText::Binary),
    }
}

/// True if every byte beyond ASCII belongs to a pair of GB 2312, whose second byte is beyond ASCII too. Single
/// accented letters of a Western code page stand alone.
fn chinese(bytes: &[u8]) -> bool {
    let mut pairs = 0;
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if first.is_ascii() {
            continue;
        }
        match (first, rest.split_first()) {
            (0xA1..=0xF7, Some((0xA1..=0xFE, after))) => (pairs, rest) = (pairs + 1, after),
            _ => return false,
        }
    }
    pairs > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], declared: Option<&str>, expected: (&str, &str, bool)) {
        let found = decoded(bytes, declared).unwrap();
        assert_eq!((found.text.as_str(), found.encoding, found.guessed), expected);
    }

    #[test]
    fn text_is_read_in_the_encoding_that_it_has() {
        let wide = |text: &str, big: bool| -> Vec<u8> {
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        check("names: [Fußgänger]".as_bytes(), None, ("names: [Fußgänger]", "UTF-8", false));
        check(b"\xef\xbb\xbfcar", None, ("car", "UTF-8", false));
        check(
            &[b"\xff\xfe", wide("car, 汽车", false).as_slice()].concat(),
            None,
            ("car, 汽车", "UTF-16LE", false),
        );
        check(&[b"\xfe\xff", wide("car", true).as_slice()].concat(), None, ("car", "UTF-16BE", false));
        check(&wide("{\"label\": \"车\"}", false), None, ("{\"label\": \"车\"}", "UTF-16LE", false));
        check(&wide("0 0.5 0.5", true), None, ("0 0.5 0.5", "UTF-16BE", false));
        check(b"\xc6\xfb\xb3\xb5", Some("GBK"), ("汽车", "GBK", false));
        check(b"car \xc6\xfb\xb3\xb5", None, ("car 汽车", "GBK", true));
        check(b"Fu\xdfg\xe4nger", None, ("Fußgänger", "windows-1252", true));
        check(b"Fu\xdfg\xe4nger", Some("ISO-8859-1"), ("Fußgänger", "windows-1252", false));
        // A declaration that is not true.
        check("汽车".as_bytes(), Some("ascii-or-so"), ("汽车", "UTF-8", false));
        check(b"car \xc6\xfb\xb3\xb5", Some("utf-8"), ("car 汽车", "GBK", true));
        check(b"car", Some("UTF-16"), ("car", "UTF-8", false));
        check(b"", None, ("", "UTF-8", false));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let refused = |bytes: &[u8]| decoded(bytes, None).unwrap_err().to_string();
        assert_eq!(refused(b"\0\x05\x16\x07\0\x02\0\0Mac OS X"), "the file is not text");
        assert!(refused(b"\xff\xfe\0\0c\0\0\0").contains("UTF-32"));
        assert!(refused(b"\xff\xfe\0\xd8c").contains("not valid UTF-16LE"));
    }
}
