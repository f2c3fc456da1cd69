//! Tables as text, as people have them: the encoding, the separator, the decimal mark, comments, and the lines with names and
//! units are found in the file, or named by settings beside it.

pub mod error;
mod layout;
pub mod moments;
pub mod numbers;
mod rows;
pub mod settings;
mod units;

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::encoding::decode;
use crate::base::inputs::{self, InputKind};
use crate::base::sheet::error::SheetError;
use crate::base::sheet::numbers::{Evidence, evidence, is_missing, plain};
use crate::base::sheet::rows::{Row, Separator};
use crate::base::sheet::settings::{Settings, name_beside};
use crate::base::text::counted;

/// A table read from text.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The columns in their order, all with as many cells.
    pub columns: Vec<Column>,
    /// Number of the line of each row, counted from 1.
    pub lines: Vec<usize>,
    /// The form in which the file was read, in words.
    pub read_as: String,
    /// Guesses that may be wrong, and parts that could not be read.
    pub warnings: Vec<String>,
}

/// One column of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Name as written; "" if it has none.
    pub name: String,
    /// Unit as written; "" if there is none.
    pub unit: String,
    /// The cells; numbers have a decimal point and no groups.
    pub cells: Vec<String>,
}

/// Reads a table, with the settings beside it. No path is in the error.
pub fn open(path: &Path) -> Result<(Sheet, Settings), SheetError> {
    let settings = Settings::of(path)?;
    let bytes = inputs::read(path, InputKind::Labels).map_err(|source| SheetError::Io { source })?;
    Ok((read(&bytes, &settings, &name_beside(path))?, settings))
}

/// Reads a table as [`open`] does, with columns of the names that are asked for.
///
/// A first line with cells like them is the one with the names, whatever it looks like, where there are none: names of classes
/// may be numbers.
pub fn open_naming(path: &Path, wanted: &[&str]) -> Result<(Sheet, Settings), SheetError> {
    let (sheet, mut settings) = open(path)?;
    let has = |name: &&str| sheet.columns.iter().any(|column| column.name == *name);
    if settings.header.is_some() || wanted.iter().all(has) {
        return Ok((sheet, settings));
    }
    let bytes = inputs::read(path, InputKind::Labels).map_err(|source| SheetError::Io { source })?;
    let Some(first) = first_row(&bytes) else { return Ok((sheet, settings)) };
    if !wanted.iter().all(|name| first.cells.iter().any(|cell| cell.trim() == *name)) {
        return Ok((sheet, settings));
    }
    settings.header = Some(first.line);
    Ok((read(&bytes, &settings, &name_beside(path))?, settings))
}

/// The first line of a table in cells.
fn first_row(head: &[u8]) -> Option<Row> {
    let decoded = decode(head, None).ok()?;
    let (separator, text) = layout::separator(&decoded.text, &Settings::default());
    rows::rows(text, separator, 1, false).into_iter().next()
}

/// Names of the columns in the first line of a table, from its first bytes.
pub fn names(head: &[u8]) -> Vec<String> {
    first_row(head).map(|row| row.cells).unwrap_or_default()
}

/// Reads the bytes of a table; `beside` is the name of the file for settings, for messages.
pub fn read(bytes: &[u8], settings: &Settings, beside: &str) -> Result<Sheet, SheetError> {
    let decoded = decode(bytes, settings.encoding.as_deref())?;
    let mut warnings = Vec::new();
    if decoded.guessed {
        warnings.push(format!(
            "the text is not UTF-8 and is read as {}; if that is wrong, set encoding in {beside}",
            decoded.encoding
        ));
    }
    if decoded.damaged {
        warnings.push(format!(
            "some bytes are not {} text and were replaced; set encoding in {beside} if it is another one",
            decoded.encoding
        ));
    }
    let (separator, text) = match &settings.separator {
        Some(name) => (Separator::named(name)?, decoded.text.as_str()),
        None => layout::separator(&decoded.text, settings),
    };
    let mut all = rows::rows(text, separator, usize::MAX, settings.keep_spaces);
    // A line that names the separator counts as a line.
    let skipped = usize::from(text.len() < decoded.text.len());
    for row in &mut all {
        row.line += skipped;
    }
    let found = layout::layout(all, separator, settings, beside, &mut warnings)?;
    let mut columns = found.columns;
    let decimals = canonical(&mut columns, separator, settings, beside, &mut warnings);
    name_apart(&mut columns, &mut warnings);
    let read_as = format!(
        "encoding {:?}, separator {:?}, decimal {decimals}, {}",
        decoded.encoding,
        separator.name(),
        found.said
    );
    Ok(Sheet { columns, lines: found.lines, read_as, warnings })
}

/// Rewrites the numbers of all columns with a decimal point; gives the decimal marks in words.
fn canonical(
    columns: &mut [Column],
    separator: Separator,
    settings: &Settings,
    beside: &str,
    warnings: &mut Vec<String>,
) -> String {
    /// Counts of cells: decimal point, decimal comma, ambiguous point, ambiguous comma, words.
    #[derive(Clone, Copy, Default)]
    struct Counts {
        point: usize,
        comma: usize,
        ambiguous_point: usize,
        ambiguous_comma: usize,
        neither: usize,
        words: usize,
    }
    let count = |cells: &[String]| {
        cells.iter().filter(|cell| !is_missing(cell)).fold(Counts::default(), |mut counts, cell| {
            match evidence(cell) {
                Evidence::Word => counts.words += 1,
                Evidence::Neither => counts.neither += 1,
                Evidence::Decimal(',') => counts.comma += 1,
                Evidence::Decimal(_) => counts.point += 1,
                Evidence::Ambiguous(',') => counts.ambiguous_comma += 1,
                Evidence::Ambiguous(_) => counts.ambiguous_point += 1,
            }
            counts
        })
    };
    let counts: Vec<Counts> = columns.iter().map(|column| count(&column.cells)).collect();
    let all = |part: fn(&Counts) -> usize| counts.iter().map(part).sum::<usize>();
    let (points, commas) = (all(|c| c.point), all(|c| c.comma));
    // Where nothing is certain, a comma that does not separate is a decimal mark.
    let doubtful_comma = separator != Separator::Char(',')
        && all(|c| c.ambiguous_comma) > 0
        && all(|c| c.ambiguous_point) == 0;
    let usual = if points < commas || points == commas && doubtful_comma { ',' } else { '.' };
    let (mut marks, mut doubtful) = (Vec::new(), Vec::new());
    for (column, counts) in columns.iter_mut().zip(&counts) {
        let certain = counts.point + counts.comma;
        let decimal = settings.decimal.unwrap_or(match (counts.point, counts.comma) {
            (0, 0) => usual,
            (points, commas) if points < commas => ',',
            _ => '.',
        });
        let numbers = certain + counts.neither + counts.ambiguous_point + counts.ambiguous_comma;
        if numbers == 0 || numbers < counts.words {
            continue;
        }
        if counts.comma + counts.point + counts.ambiguous_comma + counts.ambiguous_point > 0
            && !marks.contains(&decimal)
        {
            marks.push(decimal);
        }
        // A point is a decimal point unless the column or the file says otherwise.
        let grouped = if decimal == '.' { counts.ambiguous_comma } else { counts.ambiguous_point };
        let unusual = decimal == ',' && counts.comma == 0 && commas == 0;
        if settings.decimal.is_none()
            && certain == 0
            && (grouped > 0 || unusual && counts.ambiguous_comma > 0)
        {
            let example = column.cells.iter().find(|cell| matches!(evidence(cell), Evidence::Ambiguous(_)));
            if let Some((cell, number)) = example.and_then(|cell| Some((cell, plain(cell, decimal)?))) {
                doubtful.push(format!("{:?} in column {:?} as {number}", cell, column.name));
            }
        }
        for cell in &mut column.cells {
            let plain_already =
                decimal == '.' && cell.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-'));
            if plain_already || is_missing(cell) {
                continue;
            }
            if let Some(number) = plain(cell, decimal) {
                *cell = number;
            }
        }
    }
    if let Some(first) = doubtful.first() {
        warnings.push(format!(
            "numbers that can be read in two ways: {first}{}; if that is wrong, set decimal in {beside}",
            if doubtful.len() > 1 {
                format!(", and {} more columns", doubtful.len() - 1)
            } else {
                String::new()
            }
        ));
    }
    match marks[..] {
        [only] => format!("{:?}", only.to_string()),
        [] => format!("{:?}", settings.decimal.unwrap_or('.').to_string()),
        _ => "\".\" or \",\" by column".to_owned(),
    }
}

/// Gives the second column of the same name another one.
fn name_apart(columns: &mut [Column], warnings: &mut Vec<String>) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut twice = 0;
    for column in columns.iter_mut().filter(|column| !column.name.is_empty()) {
        let times = seen.entry(column.name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            column.name = format!("{} ({times})", column.name);
            twice += 1;
        }
    }
    if twice > 0 {
        warnings.push(format!(
            "{} of a name that was there before got a number behind it",
            counted(twice, "column")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Sheet {
        read(text.as_bytes(), &Settings::default(), "x.csv.toml").unwrap()
    }

    fn check(text: &str, expected: &[(&str, &[&str])]) {
        let found = sheet(text);
        let columns: Vec<(&str, Vec<&str>)> = found
            .columns
            .iter()
            .map(|c| (c.name.as_str(), c.cells.iter().map(String::as_str).collect()))
            .collect();
        let expected: Vec<(&str, Vec<&str>)> =
            expected.iter().map(|(name, cells)| (*name, cells.to_vec())).collect();
        assert_eq!(columns, expected, "{text:?}: {}", found.read_as);
    }

    #[test]
    fn separators_and_decimal_marks_are_found() {
        let two: &[(&str, &[&str])] = &[("time", &["0", "1"]), ("speed", &["10.5", "11.5"])];
        for text in [
            "time,speed\n0,10.5\n1,11.5\n",
            "time;speed\n0;10.5\n1;11.5\n",
            "time;speed\r\n0;10,5\r\n1;11,5\r\n",
            "time\tspeed\r0\t10,5\r1\t11,5",
            "time|speed\n0|10.5\n1|11.5\n",
            "time speed\n0  10.5\n1  11.5\n",
            "  time  speed\n  0     10.5\n  1     11.5\n",
            "\"time\",\"speed\"\n\"0\",\"10,5\"\n\"1\",\"11,5\"\n",
            "sep=;\ntime;speed\n0;10,5\n1;11,5\n",
            "time,speed,\n0,10.5,\n1,11.5,\n",
            "time,speed\n0,10.5,\n1,11.5,\n",
            "# logger 3, vehicle 7\ntime,speed\n0,10.5\n1,11.5\n",
            "# time,speed\n0,10.5\n1,11.5\n",
            "% time speed\n0 10.5\n1 11.5\n",
            "Logger 3.1\nVehicle;7\n\ntime;speed\n0;10,5\n1;11,5\n",
            "time,speed\ns,km/h\n0,10.5\n// paused, twice\n1,11.5\n",
        ] {
            check(text, two);
        }
        check(
            "time [s]   v (m/s)\n0  10.5\n1  11.5\n",
            &[("time [s]", &["0", "1"]), ("v (m/s)", &["10.5", "11.5"])],
        );
        check("speed\n10,5\n11,5\n", &[("speed", &["10.5", "11.5"])]);
        check("a;b\n1.234,5;1\n2.000,0;2\n", &[("a", &["1234.5", "2000.0"]), ("b", &["1", "2"])]);
        check("a,b\n\"1,234.5\",1\n\"12,000\",2\n", &[("a", &["1234.5", "12000"]), ("b", &["1", "2"])]);
    }

    #[test]
    fn texts_stay_texts() {
        check(
            "text,label\n\"Hello, you\",1\n#happy,0\n",
            &[("text", &["Hello, you", "#happy"]), ("label", &["1", "0"])],
        );
        check("text\ngood car, good brakes\nbad\n", &[("text", &["good car, good brakes", "bad"])]);
        check("name,note\na,b\nc,d\n", &[("name", &["a", "c"]), ("note", &["b", "d"])]);
    }

    #[test]
    fn names_and_units_are_found() {
        check(",speed\n0,1\n1,2\n", &[("", &["0", "1"]), ("speed", &["1", "2"])]);
        check(
            "speed,angle\n0,1,5\n1,2,6\n",
            &[("", &["0", "1"]), ("speed", &["1", "2"]), ("angle", &["5", "6"])],
        );
        check("0.5,1\n1.5,2\n", &[("", &["0.5", "1.5"]), ("", &["1", "2"])]);
        check(
            "Logger;X1\nDriver;Anna\n\ntime;speed;rate\nsince start;of wheels;of yaw\ns;km/h;deg\n0,1;2;3\n",
            &[("time", &["0.1"]), ("speed", &["2"]), ("rate", &["3"])],
        );
        check(
            "time,speed,x\n2,30,1\n0,10\n1,20,1,9\n",
            &[("time", &["2", "0", "1"]), ("speed", &["30", "10", "20"]), ("x", &["1", "", "1"])],
        );
        check("a,a\n1,2\n", &[("a", &["1"]), ("a (2)", &["2"])]);
        check(
            "Engine,,Wheel\ntime,rpm,turns\ns,1/min,-\n0,1,2\n",
            &[("time", &["0"]), ("rpm", &["1"]), ("turns", &["2"])],
        );
        check("time,v\n0,1\n1,2\n", &[("time", &["0", "1"]), ("v", &["1", "2"])]);
        check("t;v;w\n0;1;2\n1;2;4\n", &[("t", &["0", "1"]), ("v", &["1", "2"]), ("w", &["2", "4"])]);
        check("# t;v\n0;1\n1;2\n", &[("t", &["0", "1"]), ("v", &["1", "2"])]);
        check("# t;v;w\n0;1;2\n", &[("t", &["0"]), ("v", &["1"]), ("w", &["2"])]);
        check("Logger;3;x\nt;v;w\n0;1;2\n", &[("t", &["0"]), ("v", &["1"]), ("w", &["2"])]);
        check("Logger;X1;Anna\nt;v;w\ns;m/s;W\n0;1;2\n", &[("t", &["0"]), ("v", &["1"]), ("w", &["2"])]);
        let units = |text: &str| sheet(text).columns.iter().map(|c| c.unit.clone()).collect::<Vec<_>>();
        assert_eq!(units("time,speed\ns,km/h\n0,1\n"), ["s", "km/h"]);
        assert_eq!(units("Logger;X1;Anna\nt;v;w\ns;m/s;W\n0;1;2\n"), ["s", "m/s", "W"]);
        assert_eq!(units("mass;force\nt;N\n0;1\n1;5\n"), ["t", "N"]);
        assert_eq!(units("Time [ms];speed (km/h);\"a, b\"\n0;1;2\n"), ["ms", "km/h", ""]);
    }

    #[test]
    fn doubt_is_said() {
        let warned = |text: &str, part: &str| {
            let found = sheet(text);
            assert!(found.warnings.iter().any(|w| w.contains(part)), "{text:?}: {:?}", found.warnings);
        };
        warned("a;b\n1,234;x\n", "1.234");
        warned("a,b\n\"1,234\",x\n", "1234");
        warned("1,2\n3,4\n", "no line with names");
        warned("a,b\n1,2\n3\n4,5,6\n", "1 row has more cells");
        warned("a,a\n1,2\n", "1 column of a name");
        assert!(sheet("a,b\n1,2\n3.5,4\n").warnings.is_empty());
    }
}
