//! A page about a model for those who decide on its use: statements of people beside measurements of a project.
//!
//! After Mitchell et al., "Model Cards for Model Reporting", 2019, with a data sheet after Gebru et al., 2021. A question that
//! nobody answered, and a bias that nothing was measured of, are said to be so.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::text::counted;
use crate::data::cases::case::Case;
use crate::evaluation::model_card::biases::BIASES;
use crate::evaluation::model_card::given::Given;
use crate::evaluation::model_card::statements::FILE;
use crate::evaluation::slices::{Cut, LEAST_SUPPORT, Slice, slices};
use crate::reports::page::{Cell, Page, Part, Section};

pub mod biases;
pub mod given;
pub mod statements;

/// Slices of a cut on the page at most, the worst first.
const SLICES: usize = 20;

/// The page.
pub fn page(given: &Given<'_>) -> Page {
    Page {
        title: format!("Model card of {}", given.source.name()),
        about: format!(
            "{} of project {}, evaluated by Hardcase {}",
            counted(given.evaluation.samples.len(), "evaluated frame"),
            given.project.name,
            env!("CARGO_PKG_VERSION")
        ),
        sections: vec![
            details(given),
            stated("Intended use", given, "use"),
            factors(given),
            metrics(given),
            quantities(given),
            data(given),
            stated("Training", given, "training"),
            biases(given),
            regression(given),
            stated("Caveats", given, "caveats"),
        ],
    }
}

/// A section of answers.
fn stated(title: &str, given: &Given<'_>, table: &'static str) -> Section {
    let mut section = Section::new(title);
    answers(&mut section, given, table);
    section
}

/// Adds the answers of a table of the statements, and which are missing.
fn answers(section: &mut Section, given: &Given<'_>, table: &'static str) {
    let mut facts = Vec::new();
    let mut missing = Vec::new();
    for (question, answer) in given.statements.of(table) {
        match answer {
            Some(answer) => facts.push((question.title.to_owned(), answer.to_owned())),
            None => missing.push(question.title.to_lowercase()),
        }
    }
    if !facts.is_empty() {
        section.parts.push(Part::Facts(facts));
    }
    if !missing.is_empty() {
        section.missing(format!("Not stated in [{table}] of {FILE}: {}", missing.join(", ")));
    }
}

fn details(given: &Given<'_>) -> Section {
    let mut section = Section::new("Model details");
    let mut facts = vec![
        ("Name".to_owned(), given.source.name().to_owned()),
        ("Classes or values".to_owned(), given.source.labels().join(", ")),
        ("Score threshold".to_owned(), given.source.threshold().to_string()),
    ];
    if let Some(model) = given.source.model() {
        facts.push(("SHA-256".to_owned(), model.sha256.clone()));
        facts.push(("Decoder".to_owned(), model.card.decoder.clone()));
        facts.push(("Backend".to_owned(), model.backend.id.clone()));
        let input = &model.card.input;
        if input.width > 0 {
            facts.push(("Input".to_owned(), format!("{} x {} pixels", input.width, input.height)));
        }
    }
    facts.retain(|(_, value)| !value.is_empty());
    section.parts.push(Part::Facts(facts));
    answers(&mut section, given, "model");
    section
}

fn factors(given: &Given<'_>) -> Section {
    let mut section = Section::new("Factors");
    section.text(format!(
        "Results are given by tag, class, size, distance, sensor and recording. A slice with fewer than {LEAST_SUPPORT} objects \
         says little and stands last.",
    ));
    let tags: BTreeSet<&str> =
        given.evaluation.samples.iter().flat_map(|sample| sample.tags.iter().map(String::as_str)).collect();
    if tags.is_empty() {
        section.missing("No evaluated frame has a tag, so that nothing is told by weather, light or place");
    } else {
        section.text(format!(
            "Tags of the evaluated frames: {}",
            tags.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
    section
}

fn metrics(given: &Given<'_>) -> Section {
    let mut section = Section::new("Metrics");
    section.text("Recall and precision with Wilson intervals of 95 % (Wilson, 1927).");
    if given.draws > 0 {
        section.text(format!(
            "Overall numbers with percentile intervals of 95 % by {} bootstrap draws over the frames (Efron, 1979).",
            given.draws
        ));
    }
    section
}

fn quantities(given: &Given<'_>) -> Section {
    let mut section = Section::new("Quantitative analyses");
    let rows = given.intervals.iter();
    section.table(
        &["Metric", "All data"],
        rows.map(|one| vec![Cell::Text(one.name.clone()), Cell::Number(one.value, one.ends)]).collect(),
    );
    for cut in Cut::ALL {
        let slices = slices(given.evaluation, cut);
        // One part is the whole.
        if slices.len() < 2 {
            continue;
        }
        section.heading(format!("By {}", cut.id()));
        let row = |slice: &Slice| {
            vec![Cell::Text(slice.name.clone()), Cell::Rate(slice.recall), Cell::Rate(slice.precision)]
        };
        section.table(&["Slice", "Recall", "Precision"], slices.iter().take(SLICES).map(row).collect());
        if slices.len() > SLICES {
            section.text(format!("and {} more", slices.len() - SLICES));
        }
    }
    if section.parts.is_empty() {
        section.missing("Nothing was evaluated");
    }
    section
}

fn data(given: &Given<'_>) -> Section {
    let mut section = Section::new("Evaluation data");
    let mut frames: BTreeMap<&str, usize> = BTreeMap::new();
    for sample in &given.evaluation.samples {
        *frames.entry(&sample.clip).or_default() += 1;
    }
    let rows = given.project.clips.iter().map(|clip| {
        let labels = given.project.labels.iter().filter(|label| *label.clip == *clip.name).count();
        let size = clip.file.as_ref().map(|file| file.bytes.to_string()).unwrap_or_default();
        let ends = clip.file.as_ref().map(|file| file.ends.chars().take(16).collect()).unwrap_or_default();
        vec![
            Cell::Text(clip.name.clone()),
            Cell::Count(frames.get(clip.name.as_str()).copied().unwrap_or(0)),
            Cell::Count(labels),
            Cell::Text(size),
            Cell::Text(ends),
        ]
    });
    section
        .table(&["Recording", "Evaluated frames", "Labels", "Bytes", "SHA-256 of its ends"], rows.collect());
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    for label in given.project.labels.iter() {
        *classes.entry(&label.class).or_default() += 1;
    }
    section.table(
        &["Class", "Labels"],
        classes
            .into_iter()
            .map(|(name, count)| vec![Cell::Text(name.to_owned()), Cell::Count(count)])
            .collect(),
    );
    answers(&mut section, given, "data");
    section
}

fn biases(given: &Given<'_>) -> Section {
    let mut section = Section::new("Sources of bias");
    for bias in &BIASES {
        section.heading(bias.title);
        section.text(bias.meaning);
        if !(bias.measure)(given, &mut section) {
            section.missing(bias.otherwise);
        }
        match given.statements.get("bias", bias.id) {
            Some(answer) => section.parts.push(Part::Facts(vec![("Stated".to_owned(), answer.to_owned())])),
            None => section.missing(format!("Not stated: {} in [bias] of {FILE}", bias.id)),
        }
    }
    section
}

fn regression(given: &Given<'_>) -> Section {
    let mut section = Section::new("Regression suites and known failures");
    let rows = given.project.suites().into_iter().map(|suite| {
        let cases: Vec<&Case> = given.project.cases_of(&suite).collect();
        let known = cases.iter().filter(|case| case.terms.known_failure.is_some()).count();
        vec![Cell::Text(suite.clone()), Cell::Count(cases.len()), Cell::Count(known)]
    });
    section.table(&["Suite", "Cases", "Known failures"], rows.collect());
    if section.parts.is_empty() {
        section.missing("The project has no saved case");
    }
    let known =
        given.project.cases.iter().filter_map(|case| Some((case, case.terms.known_failure.as_ref()?)));
    let rows = known.map(|(case, known)| {
        vec![Cell::Text(format!("{}/{}", case.suite, case.id)), Cell::Text(known.reason.clone())]
    });
    section.table(&["Known failure", "Reason"], rows.collect());
    if let Some(results) = given.results {
        let rows = results.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)));
        let rows = rows.map(|(suite, case)| {
            vec![
                Cell::Text(format!("{}/{}", suite.name, case.id)),
                Cell::Text(case.status.word().to_owned()),
                Cell::Text(case.claim.clone()),
                Cell::Text(case.why.clone()),
            ]
        });
        section.table(&["Case", "Verdict", "Claim", "Why"], rows.collect());
    } else {
        section.missing("No results were given: --results takes the JSON report of hardcase test");
    }
    section
}
