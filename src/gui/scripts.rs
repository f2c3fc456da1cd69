//! Text of scripts that are written from right to left, in the order in which it is drawn.
//!
//! The window lays out words from left to right, and shapes each word in the direction of its script. So words, and what
//! stands between them, are put into the order of the Unicode bidirectional algorithm before.

use std::borrow::Cow;

use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};

/// Text as it is drawn: the same text unless some of it is written from right to left.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_from_right) {
        let lines: Vec<String> = text.split('\n').map(in_order).collect();
        Cow::Owned(lines.join("\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Text as it is drawn, cut where it is read last once it no longer `fits` on its line. Text from left to right is cut by
/// the layout itself; of several lines so is that from right to left.
pub(super) fn cut(text: &str, rows: usize, fits: impl Fn(&str) -> bool) -> String {
    let whole = shown(text);
    if matches!(whole, Cow::Borrowed(_)) || rows > 1 || fits(&whole) || !starts_from_right(text) {
        return whole.into_owned();
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let part = |count: usize| {
        let end = ends.get(count).copied().unwrap_or(text.len());
        in_order(&format!("{}…", text.get(..end).unwrap_or_default()))
    };
    let count = ends.len()
        - (0..ends.len()).collect::<Vec<_>>().partition_point(|left| !fits(&part(ends.len() - left)));
    part(count)
}

/// A character of a script that is written from right to left.
fn is_from_right(letter: char) -> bool {
    // Everything below Hebrew is written from left to right.
    letter >= '\u{590}' && matches!(bidi_class(letter), BidiClass::R | BidiClass::AL)
}

/// True when the first letter that has a direction goes from right to left.
fn starts_from_right(text: &str) -> bool {
    let strong = |letter: &char| matches!(bidi_class(*letter), BidiClass::L | BidiClass::R | BidiClass::AL);
    text.chars().find(strong).is_some_and(is_from_right)
}

/// One line in the order of its places from left to right; each word from right to left stays as it is written.
fn in_order(line: &str) -> String {
    let info = BidiInfo::new(line, None);
    let Some(paragraph) = info.paragraphs.first() else { return line.to_owned() };
    let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
    let mut drawn = String::with_capacity(line.len());
    for run in runs {
        let from_right = levels.get(run.start).is_some_and(Level::is_rtl);
        let part = line.get(run).unwrap_or_default();
        if from_right {
            words(part).iter().rev().for_each(|word| drawn.push_str(word));
        } else {
            drawn.push_str(part);
        }
    }
    drawn
}

/// The words of a run from right to left; brackets and spaces between them one by one, brackets mirrored.
fn words(run: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut within = false;
    for letter in run.chars() {
        let of_word = is_from_right(letter) || bidi_class(letter) == BidiClass::NSM;
        match words.last_mut().filter(|_| within && of_word) {
            Some(word) => word.push(letter),
            None => words.push(mirrored(letter).to_string()),
        }
        within = of_word;
    }
    words
}

fn mirrored(letter: char) -> char {
    const PAIRS: [(char, char); 5] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»')];
    let other = PAIRS.iter().find_map(|(open, close)| match letter {
        letter if letter == *open => Some(*close),
        letter if letter == *close => Some(*open),
        _ => None,
    });
    other.unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_right_to_left_stand_in_their_order() {
        let check = |text: &str, drawn: &str| assert_eq!(shown(text), drawn, "{text}");
        check("pedestrian 12", "pedestrian 12");
        check("行人 歩行者", "行人 歩行者");
        // Each word stays as it is written, for the layout shapes it; their order turns around.
        check("הולך רגל", "רגל הולך");
        check("عابر سبيل 12", "12 سبيل عابر");
        check("tag הולך רגל", "tag רגל הולך");
        check("הולך (רגל)", "(רגל) הולך");
        check("הולך: car 7", "car 7 :הולך");
        check("שלום\nעולם גדול", "שלום\nגדול עולם");
    }

    #[test]
    fn the_end_that_is_read_last_is_cut() {
        let fits = |most: usize| move |text: &str| text.chars().count() <= most;
        assert_eq!(cut("אבג דהו זחט", 1, fits(8)), "…דהו אבג");
        assert_eq!(cut("אבג דהו זחט", 1, fits(20)), "זחט דהו אבג");
        assert_eq!(cut("abc def", 1, fits(3)), "abc def", "the layout cuts it");
        assert_eq!(cut("אבג", 1, fits(0)), "…");
    }
}
