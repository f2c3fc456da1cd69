//! The page about two set-ups.

use crate::base::text::{agreeing, counted, probability};
use crate::evaluation::setups::cases::CasePair;
use crate::evaluation::setups::examples::Example;
use crate::evaluation::setups::numbers::Difference;
use crate::evaluation::setups::verdict::{Compared, PartTally, lost};
use crate::evaluation::slices::Cut;
use crate::reports::page::{Cell, Figure, Page, Part, Section};

/// A set-up in words: names with values.
pub type Facts = Vec<(String, String)>;

/// Everything on the page beside the comparison.
pub struct Shown<'a> {
    /// Names of both set-ups.
    pub names: [&'a str; 2],
    /// Both set-ups in words.
    pub facts: [Facts; 2],
    /// Things that the second set-up lost.
    pub lost: &'a [Example],
    /// Things that only the second set-up got right.
    pub gained: &'a [Example],
    /// Level of the tests.
    pub alpha: f64,
    /// The cases of suites, and the number of those that were not judged under both set-ups; `None` for recordings.
    pub cases: Option<(&'a [CasePair], usize)>,
    /// Tolerance of stamps in seconds, where the recordings are different ones.
    pub tolerance: Option<f64>,
}

/// The page about a comparison.
pub fn page(compared: &Compared, shown: &Shown<'_>) -> Page {
    let [first, second] = shown.names;
    let mut sections = vec![setups(compared, shown), outcomes(compared, shown)];
    sections.push(by_part(compared, Cut::Distance, "Lost objects by distance"));
    sections.push(by_part(compared, Cut::Size, "Lost objects by size in the image"));
    let mut numbers = Section::new("Numbers");
    numbers.table(
        &[
            "Number",
            "Things",
            "First",
            "Second",
            "Second minus first",
            "Signed ranks",
            "Signs",
            "Better mean",
        ],
        compared.numbers.iter().map(number).collect(),
    );
    if compared.numbers.is_empty() {
        numbers.missing("Both set-ups have no number about the same things.");
    } else {
        numbers.text(meanings(&compared.numbers));
    }
    sections.push(numbers);
    for (cut, title) in [
        (Cut::Class, "By class"),
        (Cut::Tag, "By tag"),
        (Cut::Channel, "By channel"),
        (Cut::Clip, "By recording"),
    ] {
        sections.push(by_part(compared, cut, title));
    }
    if let Some((pairs, _)) = shown.cases {
        sections.push(differing("Lost: the case passes under the first set-up only", pairs, [true, false]));
        sections.push(differing(
            "Gained: the case passes under the second set-up only",
            pairs,
            [false, true],
        ));
    }
    sections.push(shown_examples("Lost: only the first set-up is right", shown.lost, compared.all.first));
    sections.push(shown_examples(
        "Gained: only the second set-up is right",
        shown.gained,
        compared.all.second,
    ));
    sections.retain(|section| !section.parts.is_empty());
    Page { title: format!("{first} and {second}"), about: about(compared, shown), sections }
}

/// Conclusion in a sentence.
pub fn about(compared: &Compared, shown: &Shown<'_>) -> String {
    let second = shown.names[1];
    let worse: Vec<String> = compared
        .decisions
        .iter()
        .filter(|one| one.worse && one.p_adjusted < shown.alpha)
        .map(|one| format!("{} (p = {}, {})", one.name, probability(one.p_adjusted), one.test))
        .collect();
    if worse.is_empty() {
        return format!("No test shows that {second} is worse, at the level {}.", shown.alpha);
    }
    format!("{second} is worse: {}.", worse.join("; "))
}

fn setups(compared: &Compared, shown: &Shown<'_>) -> Section {
    let mut section = Section::new("Set-ups");
    for (name, facts) in shown.names.iter().zip(&shown.facts) {
        section.heading(*name);
        section.parts.push(Part::Facts(facts.clone()));
    }
    if let Some((pairs, unjudged)) = shown.cases {
        let mut about = vec![format!("{} judged under both.", counted(pairs.len(), "case"))];
        if unjudged > 0 {
            about.push(format!(
                "{} not judged under both and left out.",
                agreeing(unjudged, "case was", "cases were")
            ));
        }
        section.text(about.join(" "));
        return section;
    }
    let paired = &compared.paired;
    let mut about = vec![format!(
        "{} of the same moment, {} of the ground truth of both.",
        agreeing(paired.samples.len(), "pair of samples", "pairs of samples"),
        counted(paired.pairs.len(), "thing")
    )];
    if let Some(tolerance) = shown.tolerance {
        let clocks: Vec<&str> = paired.clocks.iter().copied().collect();
        about.push(format!(
            "Samples were paired by {}, within {tolerance} s; the largest difference is {:.4} s.",
            clocks.join(" and by "),
            paired.largest.secs()
        ));
    }
    for (at, name) in shown.names.iter().enumerate() {
        let lone =
            [&paired.lone_samples, &paired.lone_objects].map(|both| both.get(at).copied().unwrap_or(0));
        if lone != [0, 0] {
            about.push(format!(
                "Of {name} {} and {} of the ground truth have no counterpart and are left out.",
                counted(lone[0], "sample"),
                counted(lone[1], "thing")
            ));
        }
    }
    section.text(about.join(" "));
    section
}

fn outcomes(compared: &Compared, shown: &Shown<'_>) -> Section {
    let mut section = Section::new("Outcomes");
    let all = &compared.all;
    if all.all() > 0 {
        let words = if shown.cases.is_some() {
            [
                "pass under both",
                "pass under the first only: lost",
                "pass under the second only: gained",
                "fail under both",
            ]
        } else {
            [
                "both are right",
                "only the first is right: lost",
                "only the second is right: gained",
                "neither is right",
            ]
        };
        let row = |name: &str, count: usize| vec![Cell::Text(name.to_owned()), Cell::Count(count)];
        section.table(
            &[if shown.cases.is_some() { "Cases" } else { "Ground truth" }, "Count"],
            vec![
                row(words[0], all.both),
                row(words[1], all.first),
                row(words[2], all.second),
                row(words[3], all.neither),
            ],
        );
    }
    section.table(
        &["Test", "Of", "p", "p, adjusted", "Second is"],
        compared
            .decisions
            .iter()
            .map(|one| {
                let direction = if one.p >= 1.0 {
                    "alike"
                } else if one.worse {
                    "worse"
                } else {
                    "better"
                };
                [
                    one.test.to_owned(),
                    one.name.clone(),
                    probability(one.p),
                    probability(one.p_adjusted),
                    direction.to_owned(),
                ]
                .map(Cell::Text)
                .into()
            })
            .collect(),
    );
    section.text(format!(
        "The second set-up counts as worse if one of these tests says so at the level {}. P-values are two-sided and adjusted for \
         the number of tests (Holm). Frames that follow each other are alike, so true p-values are larger: choose recordings \
         that differ.",
        shown.alpha
    ));
    section
}

fn by_part(compared: &Compared, cut: Cut, title: &str) -> Section {
    let mut section = Section::new(title);
    let Some(parts) = compared.parts.get(&cut) else { return section };
    // One part is all of it.
    if parts.len() < 2 && !matches!(cut, Cut::Distance | Cut::Size) {
        return section;
    }
    section.table(
        &["Part", "Things", "Lost, of those that the first got right", "Gained", "p, adjusted"],
        parts.iter().map(part).collect(),
    );
    section
}

fn part(part: &PartTally) -> Vec<Cell> {
    vec![
        Cell::Text(part.name.clone()),
        Cell::Count(part.tally.all()),
        Cell::Rate(lost(&part.tally)),
        Cell::Count(part.tally.second),
        Cell::Text(probability(part.p_adjusted)),
    ]
}

fn number(number: &Difference) -> Vec<Cell> {
    let unit = |value: f64| match number.unit {
        "" => format!("{value:.4}"),
        unit => format!("{value:.4} {unit}"),
    };
    let better = if number.p_signed_rank >= 1.0 {
        "alike"
    } else if number.is_worse() {
        "first"
    } else {
        "second"
    };
    vec![
        Cell::Text(number.name.clone()),
        Cell::Count(number.count),
        Cell::Text(unit(number.means[0])),
        Cell::Text(unit(number.means[1])),
        match number.interval {
            Some(ends) => Cell::Number(number.difference, ends),
            None => Cell::Text(unit(number.difference)),
        },
        Cell::Text(probability(number.p_signed_rank)),
        Cell::Text(probability(number.p_sign)),
        Cell::Text(better.to_owned()),
    ]
}

fn meanings(numbers: &[Difference]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for number in numbers {
        let side = if number.less_is_better { "less is better" } else { "more is better" };
        let line = format!("{}: {}; {side}.", number.name, number.meaning);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.push(
        "Means, the mean difference with its 95 % interval by drawing frames, and p-values of the signed-rank test of Wilcoxon \
         and of the sign test."
            .to_owned(),
    );
    lines.join("\n")
}

fn shown_examples(title: &str, examples: &[Example], all: usize) -> Section {
    let mut section = Section::new(title);
    if examples.is_empty() {
        return section;
    }
    if examples.len() < all {
        section.text(format!("{} of {all}, evenly spaced.", examples.len()));
    }
    let mut rows = Vec::new();
    for example in examples {
        let (clip, channel, frame) = &example.place;
        let place = format!("{clip} {channel} {frame}, {:.2} s", example.seconds);
        if let Some([first, second]) = &example.images {
            let titled =
                |name: &str, outcome: &str, jpeg: &[u8]| (format!("{name}: {outcome}"), jpeg.to_vec());
            section.parts.push(Part::Figure(Figure {
                caption: format!("{}, {place}", example.class),
                images: vec![
                    titled("First", &example.outcomes[0], first),
                    titled("Second", &example.outcomes[1], second),
                ],
            }));
            continue;
        }
        let distance = example.distance.map_or_else(|| "–".to_owned(), |meters| format!("{meters:.1} m"));
        let [first, second] = example.outcomes.clone();
        rows.push([place, example.class.clone(), distance, first, second].map(Cell::Text).into());
    }
    section.table(&["Sample", "Class", "Distance", "First", "Second"], rows);
    section
}

/// Cases that differ, with the reason of the set-up that fails.
fn differing(title: &str, pairs: &[CasePair], passed: [bool; 2]) -> Section {
    let mut section = Section::new(title);
    let row = |pair: &CasePair| {
        let why = if passed[0] { &pair.why[1] } else { &pair.why[0] };
        [pair.id.clone(), pair.claim.clone(), pair.tags.join(", "), why.clone()].map(Cell::Text).into()
    };
    let rows = pairs.iter().filter(|pair| pair.passed == passed).map(row).collect();
    section.table(&["Case", "Claim", "Tags", "Reason of the failure"], rows);
    section
}
