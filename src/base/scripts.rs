//! Scripts that the letters of the window do not have, and the packages with fonts that have them.

/// A script with a letter of it, and where its fonts come from.
pub struct Script {
    /// Its name, for people.
    pub name: &'static str,
    /// A letter that every font of the script has.
    pub sample: char,
    /// Its code in ISO 15924.
    pub code: [u8; 4],
    /// Blocks of its letters, both ends included.
    blocks: &'static [(char, char)],
    /// The Debian package with a font for it.
    pub package: &'static str,
}

/// The scripts whose fonts are looked for in the system.
pub static SCRIPTS: &[Script] = &[
    script("Chinese", '中', *b"Hani", &[('\u{3400}', '\u{4dbf}'), ('\u{4e00}', '\u{9fff}')], CJK),
    script("Japanese", 'あ', *b"Hira", &[('\u{3040}', '\u{30ff}')], CJK),
    script("Korean", '한', *b"Hang", &[('\u{1100}', '\u{11ff}'), ('\u{ac00}', '\u{d7af}')], CJK),
    script("Arabic", 'ع', *b"Arab", &[('\u{600}', '\u{6ff}'), ('\u{750}', '\u{77f}')], CORE),
    script("Hebrew", 'א', *b"Hebr", &[('\u{590}', '\u{5ff}')], CORE),
    script("Devanagari", 'अ', *b"Deva", &[('\u{900}', '\u{97f}')], CORE),
    script("Thai", 'ก', *b"Thai", &[('\u{e00}', '\u{e7f}')], CORE),
    script("Bengali", 'অ', *b"Beng", &[('\u{980}', '\u{9ff}')], CORE),
    script("Tamil", 'அ', *b"Taml", &[('\u{b80}', '\u{bff}')], CORE),
    script("Georgian", 'ა', *b"Geor", &[('\u{10a0}', '\u{10ff}')], CORE),
    script("Armenian", 'ա', *b"Armn", &[('\u{530}', '\u{58f}')], CORE),
];

const CJK: &str = "fonts-noto-cjk";
const CORE: &str = "fonts-noto-core";

const fn script(
    name: &'static str,
    sample: char,
    code: [u8; 4],
    blocks: &'static [(char, char)],
    package: &'static str,
) -> Script {
    Script { name, sample, code, blocks, package }
}

/// The script of a letter; none for scripts that are not looked for.
pub fn script_of(letter: char) -> Option<&'static Script> {
    SCRIPTS.iter().find(|script| script.blocks.iter().any(|(from, to)| (*from..=*to).contains(&letter)))
}

impl Script {
    /// The sentence for a system without a font for it.
    pub fn missing(&self) -> String {
        format!("no font has {} letters, install one with `apt install {}`", self.name, self.package)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_of_its_script() {
        for script in SCRIPTS {
            assert_eq!(script_of(script.sample).map(|found| found.name), Some(script.name));
        }
        assert!(script_of('a').is_none() && script_of('é').is_none() && script_of('→').is_none());
    }
}
