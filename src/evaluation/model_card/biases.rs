//! Sources of bias: what of each was evaluated on a project, or that nothing was.
//!
//! The six of Suresh and Guttag, "A Framework for Understanding Sources of Harm throughout the Machine Learning Life Cycle", 2021.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::stats::Rate;
use crate::base::text::counted;
use crate::data::findings::Decision;
use crate::evaluation::finder::corners;
use crate::evaluation::model_card::given::Given;
use crate::evaluation::samples::Evaluation;
use crate::evaluation::slices::{Cut, LEAST_SUPPORT, names, slices};
use crate::metrics::detection_errors::Outcome;
use crate::metrics::drift::classes::difference;
use crate::reports::page::{Cell, Section};
use crate::reports::report::Status;

/// Rows of a table at most.
const LISTED: usize = 10;

/// A source of bias.
pub struct Bias {
    /// Name in `[bias]` of the statements.
    pub id: &'static str,
    /// Name on the page.
    pub title: &'static str,
    /// Meaning in one sentence.
    pub meaning: &'static str,
    /// Adds what was measured; false if nothing could be.
    pub measure: fn(&Given<'_>, &mut Section) -> bool,
    /// The measurement that is missing, and the command that makes it.
    pub otherwise: &'static str,
}

/// All of them, in the order of the life cycle.
pub static BIASES: [Bias; 6] = [
    Bias {
        id: "historical",
        title: "Historical bias",
        meaning: "The world that was recorded is itself not as it should be. No data can tell that; unequal shares of classes \
                  between conditions are the places to ask about.",
        measure: historical,
        otherwise: "Not evaluated: no tag or recording has enough objects beside the others",
    },
    Bias {
        id: "representation",
        title: "Representation bias",
        meaning: "Some conditions, places or groups are rare or missing in the data.",
        measure: representation,
        otherwise: "Not evaluated: nothing was evaluated",
    },
    Bias {
        id: "measurement",
        title: "Measurement bias",
        meaning: "Labels and signals stand for something else than what is meant, or are less exact for some.",
        measure: measurement,
        otherwise: "Not evaluated: the ground truth has no labels that could be checked; hardcase data label-errors compares labels with predictions",
    },
    Bias {
        id: "aggregation",
        title: "Aggregation bias",
        meaning: "One model, or one number, for groups that differ.",
        measure: aggregation,
        otherwise: "Not evaluated: fewer than two slices of a cut have enough objects; hardcase evaluate --by slices further",
    },
    Bias {
        id: "evaluation",
        title: "Evaluation bias",
        meaning: "The evaluated data are not like those of the use, or too few to tell.",
        measure: evaluation,
        otherwise: "Not evaluated: nothing was evaluated",
    },
    Bias {
        id: "deployment",
        title: "Deployment bias",
        meaning: "The model is used, or its outputs are read, in another way than was tested.",
        measure: deployment,
        otherwise: "Not evaluated: pass the JSON reports of hardcase test as --results, and review findings of hardcase mine; hardcase drift compares with recordings of the use",
    },
];

/// Objects of the ground truth: their class, and the position of an item of each.
fn objects(evaluation: &Evaluation) -> BTreeMap<(usize, usize), usize> {
    let items = evaluation.items.iter().enumerate();
    items.filter_map(|(at, item)| Some(((item.sample, item.object_at?), at))).collect()
}

/// A class whose share in one part of the data differs from its share in the rest.
struct Unequal {
    place: String,
    class: String,
    here: Rate,
    rest: Rate,
    difference: f64,
}

/// The differences beyond chance, the largest first, and how many were looked at.
fn unequal(given: &Evaluation) -> (Vec<Unequal>, usize) {
    let objects: Vec<usize> = objects(given).into_values().collect();
    let (mut found, mut compared) = (Vec::new(), 0);
    for cut in [Cut::Tag, Cut::Clip] {
        let mut parts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for at in &objects {
            for name in names(given, &given.items[*at], cut) {
                parts.entry(name).or_default().push(*at);
            }
        }
        for (name, inside) in parts.iter().filter(|(_, inside)| inside.len() >= LEAST_SUPPORT) {
            let rest = objects.len() - inside.len();
            if rest < LEAST_SUPPORT {
                continue;
            }
            compared += given.classes.len();
            for class in &given.classes {
                let of =
                    |places: &[usize]| places.iter().filter(|at| given.items[**at].truth == *class).count();
                let (here, all) = (of(inside), of(&objects));
                let (apart, low, high) = difference((all - here, rest), (here, inside.len()));
                if low > 0.0 || high < 0.0 {
                    found.push(Unequal {
                        place: format!("{} {name}", cut.id()),
                        class: class.clone(),
                        here: Rate::wilson(here, inside.len()),
                        rest: Rate::wilson(all - here, rest),
                        difference: apart,
                    });
                }
            }
        }
    }
    found.sort_by(|a, b| {
        let size = |one: &Unequal| one.difference.abs();
        size(b).total_cmp(&size(a)).then_with(|| (&a.place, &a.class).cmp(&(&b.place, &b.class)))
    });
    (found, compared)
}

fn historical(given: &Given<'_>, section: &mut Section) -> bool {
    let (found, compared) = unequal(given.evaluation);
    if compared == 0 {
        return false;
    }
    section.text(format!(
        "{} of {compared} shares of classes by tag and recording differ from the share elsewhere; each by an interval of 95 %, so \
         that one in twenty may do so by chance",
        found.len()
    ));
    let rows: Vec<Vec<Cell>> = found
        .iter()
        .take(LISTED)
        .map(|one| {
            vec![
                Cell::Text(one.place.clone()),
                Cell::Text(one.class.clone()),
                Cell::Rate(one.here),
                Cell::Rate(one.rest),
            ]
        })
        .collect();
    if found.len() > LISTED {
        section.text(format!("The {LISTED} largest:"));
    }
    section.table(&["Where", "Class", "Share there", "Share elsewhere"], rows);
    true
}

fn representation(given: &Given<'_>, section: &mut Section) -> bool {
    let samples = &given.evaluation.samples;
    if samples.is_empty() {
        return false;
    }
    let mut frames: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in samples.iter().flat_map(|sample| &sample.tags) {
        *frames.entry(tag).or_default() += 1;
    }
    let untagged = samples.iter().filter(|sample| sample.tags.is_empty()).count();
    let seen: BTreeSet<&str> = frames.keys().copied().collect();
    let row = |(name, count): (&str, usize)| {
        let thin = if count < LEAST_SUPPORT { "too few to judge" } else { "" };
        vec![
            Cell::Text(name.to_owned()),
            Cell::Rate(Rate::wilson(count, samples.len())),
            Cell::Text(thin.to_owned()),
        ]
    };
    let rows: Vec<Vec<Cell>> = frames.into_iter().chain([("untagged", untagged)]).map(row).collect();
    section.table(&["Tag", "Share of the evaluated frames", ""], rows);
    let never: Vec<&str> = given
        .project
        .ontology
        .tags
        .iter()
        .map(|word| word.name.as_str())
        .filter(|name| !seen.contains(name))
        .collect();
    if !never.is_empty() {
        section.text(format!("Tags of the project that no evaluated frame has: {}", never.join(", ")));
    }
    true
}

fn measurement(given: &Given<'_>, section: &mut Section) -> bool {
    let Some(issues) = given.issues else { return false };
    let labels = given.project.labels.len();
    if labels == 0 {
        return false;
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for issue in issues {
        *kinds.entry(issue.kind).or_default() += 1;
    }
    section.text(format!(
        "{} of {} were found without looking at predictions",
        counted(issues.len(), "label issue"),
        counted(labels, "label")
    ));
    let rows = kinds.into_iter().map(|(kind, count)| vec![Cell::Text(kind.to_owned()), Cell::Count(count)]);
    section.table(&["Check", "Issues"], rows.collect());
    true
}

fn aggregation(given: &Given<'_>, section: &mut Section) -> bool {
    let objects = objects(given.evaluation);
    let worst = corners(given.evaluation);
    let supported = |cut: Cut| slices(given.evaluation, cut).iter().filter(|slice| slice.supported()).count();
    // A single slice of a cut is the whole.
    let compared: usize = Cut::ALL.into_iter().map(supported).filter(|count| *count > 1).sum();
    if compared == 0 {
        return false;
    }
    section.text(format!(
        "{} worse than the whole beyond chance, of {} with at least {LEAST_SUPPORT} objects and their pairs",
        if worst.len() == 1 { "1 slice is".to_owned() } else { format!("{} slices are", worst.len()) },
        counted(compared, "slice")
    ));
    let recognized: BTreeSet<(usize, usize)> = given
        .evaluation
        .items
        .iter()
        .filter(|item| item.outcome == Outcome::Right)
        .filter_map(|item| Some((item.sample, item.object_at?)))
        .collect();
    let whole =
        vec![Cell::Text("All data".to_owned()), Cell::Rate(Rate::wilson(recognized.len(), objects.len()))];
    let rows = worst.iter().take(LISTED).map(|one| vec![Cell::Text(one.name()), Cell::Rate(one.recall)]);
    section.table(&["Where", "Recall"], std::iter::once(whole).chain(rows).collect());
    true
}

fn evaluation(given: &Given<'_>, section: &mut Section) -> bool {
    let samples = &given.evaluation.samples;
    if samples.is_empty() {
        return false;
    }
    let clips: BTreeSet<&str> = samples.iter().map(|sample| &*sample.clip).collect();
    section.text(format!(
        "{} of {} were evaluated, {} without ground truth; {} without a prediction at the time",
        counted(samples.len(), "frame"),
        counted(clips.len(), "recording"),
        given.unlabeled,
        given.silent
    ));
    section.text(
        "Frames of one recording are alike, so that the intervals on this page are too narrow; more recordings tell more than \
         more frames",
    );
    let few: Vec<String> = slices(given.evaluation, Cut::Class)
        .into_iter()
        .filter(|slice| slice.recall.of < LEAST_SUPPORT)
        .map(|slice| format!("{} ({})", slice.name, slice.recall.of))
        .collect();
    if !few.is_empty() {
        section.text(format!("Classes with fewer than {LEAST_SUPPORT} objects: {}", few.join(", ")));
    }
    if !given.strange.is_empty() {
        let named: Vec<String> =
            given.strange.iter().map(|(class, count)| format!("{class} ({count})")).collect();
        section.text(format!("Labels of classes that the model does not have: {}", named.join(", ")));
    }
    true
}

fn deployment(given: &Given<'_>, section: &mut Section) -> bool {
    let reviews = given.project.reviews.values();
    let accepted = reviews.clone().filter(|review| review.decision == Decision::Accepted).count();
    let reviewed = reviews.count();
    if reviewed > 0 {
        section.text(format!(
            "{} of recorded drives reviewed, {accepted} of them accepted as worth a look",
            counted(reviewed, "finding")
        ));
    }
    if let Some(results) = given.results {
        let other = given.source.model().is_none_or(|model| model.sha256 != results.model_sha256);
        let cases = || results.suites.iter().flat_map(|suite| &suite.cases);
        let failed = cases().filter(|case| case.status == Status::Fail).count();
        section.text(format!(
            "{} of regression suites, {failed} of them failed{}",
            counted(cases().count(), "case"),
            if other { ", with another model file than the one of this page" } else { "" }
        ));
    }
    reviewed > 0 || given.results.is_some()
}
