//! Formulas over time: equal to rtamt, to their definitions, and honest about what is not recorded.
#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "temporal/naive.rs"]
mod naive;

use std::fs;
use std::path::Path;

use hardcase::base::expression::Value::{Number, Truth};
use hardcase::base::expression::{Binary, binary};
use hardcase::base::rng::Rng;
use hardcase::base::temporal::error::{Missing, TemporalError};
use hardcase::base::temporal::formula::{Formula, Judged, Outcome};
use hardcase::base::temporal::grammar::FUNCTIONS;
use hardcase::base::temporal::traces::{Traces, Values};
use hardcase::base::time::{Time, TimeRange};
use naive::{Naive, Recording, below};
use serde_json::Value;

fn range(start: i64, end: i64) -> TimeRange {
    TimeRange { start: Time(start), end: Time(end) }
}

fn judge(text: &str, traces: &Traces<'_>, interval: TimeRange) -> Outcome {
    Formula::parse(text)
        .and_then(|formula| formula.judge(traces, interval))
        .unwrap_or_else(|err| panic!("{text}: {err}"))
}

/// The verdict with windows cut at the end.
fn cut(outcome: &Outcome) -> Option<&Judged> {
    match outcome {
        Outcome::Judged(judged) => Some(judged),
        Outcome::Skipped { so_far, .. } => so_far.as_ref(),
    }
}

/// Equal up to 10⁻⁹, or both infinite.
fn close(a: f64, b: f64) -> bool {
    if a.is_finite() || b.is_finite() {
        (a - b).abs() < 1e-9
    } else {
        a.is_sign_positive() == b.is_sign_positive()
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn robustness_is_that_of_rtamt() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/temporal/goldens.json");
    let golden: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for (kind, least) in [("discrete", 60), ("irregular", 40)] {
        let mut seen = 0;
        for set in golden[kind].as_array().unwrap() {
            let signals: Vec<(&String, Vec<Time>, Vec<f64>)> = (set["traces"].as_object().unwrap().iter())
                .map(|(name, trace)| {
                    let times = trace["times"].as_array().unwrap();
                    let times = times.iter().map(|time| Time(time.as_i64().unwrap())).collect();
                    (name, times, numbers(&trace["values"]))
                })
                .collect();
            let mut traces = Traces::default();
            for (name, times, values) in &signals {
                traces.insert(name, times, Values::Numbers(values));
            }
            for case in set["cases"].as_array().unwrap() {
                let formula = case["formula"].as_str().unwrap();
                let theirs = &case["robustness"];
                let infinite = || theirs.as_str().unwrap().parse().unwrap();
                let theirs = theirs.as_f64().unwrap_or_else(infinite);
                let outcome = judge(formula, &traces, range(0, set["end"].as_i64().unwrap()));
                let ours = cut(&outcome).unwrap().margin;
                assert!(close(ours, theirs), "{formula}: {ours} is not {theirs}");
                seen += 1;
            }
        }
        assert!(seen >= least, "{seen} formulas");
    }
}

#[test]
fn fast_windows_give_what_the_definitions_give() {
    let mut finite = 0;
    for seed in 0..3_000 {
        let mut rng = Rng::split(7, seed);
        let recording = Recording::random(&mut rng, 40);
        let depth = 1 + below(&mut rng, 3);
        let formula = naive::Formula::random(&mut rng, depth, true);
        let (start, end) = (below(&mut rng, 5) as i64, 20 + below(&mut rng, 8) as i64);
        let definition = Naive { recording: &recording, start, end, horizon: end, beyond: None };
        let text = formula.text();
        let traces = recording.traces();
        let Ok(outcome) = Formula::parse(&text).unwrap().judge(&traces, range(start, end)) else { continue };
        let Some(judged) = cut(&outcome) else { continue };
        let expected = definition.margin(&formula, start);
        assert!(close(judged.margin, expected), "{seed}: {text}: {} is not {expected}", judged.margin);
        assert_eq!(judged.holds, definition.holds(&formula, start), "{seed}: {text}");
        // The worst moment attains the margin.
        if let Some(leaf) = formula.leaf(&judged.part) {
            let there = definition.margin(leaf, judged.moment.0);
            assert!(close(there.abs(), judged.margin.abs()), "{seed}: {text}: {there} in {judged:?}");
            assert!(range(start, end).contains(judged.moment), "{seed}: {judged:?}");
            finite += usize::from(judged.margin.is_finite());
        }
    }
    assert!(finite > 500, "{finite} formulas with a margin");
}

#[test]
fn always_is_the_dual_of_eventually() {
    for seed in 0..300 {
        let mut rng = Rng::split(11, seed);
        let recording = Recording::random(&mut rng, 40);
        let traces = recording.traces();
        let inner = naive::Formula::random(&mut rng, 2, false).text();
        for window in ["", ", 0.000000005", ", 0.000000003, 0.000000011"] {
            let one = judge(&format!("always({inner}{window})"), &traces, range(0, 30));
            let other = judge(&format!("not eventually(not ({inner}){window})"), &traces, range(0, 30));
            let judged =
                |outcome: &Outcome| cut(outcome).map(|judged| (judged.holds, judged.margin, judged.moment));
            assert_eq!(judged(&one), judged(&other), "{inner}{window}");
            assert_eq!(
                matches!(one, Outcome::Judged(_)),
                matches!(other, Outcome::Judged(_)),
                "{inner}{window}"
            );
        }
    }
}

#[test]
fn no_verdict_depends_on_what_is_not_recorded() {
    let (mut judged_all, mut skipped) = (0, 0);
    for seed in 0..1_500 {
        let mut rng = Rng::split(13, seed);
        let recording = Recording::random(&mut rng, 60);
        let (start, end) = (2, 22);
        let mut lost = recording.clone();
        lost.hold_at(end);
        for values in &mut lost.numbers {
            for value in values.iter_mut().filter(|_| below(&mut rng, 12) == 0) {
                *value = f64::NAN;
            }
        }
        let depth = 1 + below(&mut rng, 2);
        let formula = naive::Formula::random(&mut rng, depth, true);
        let text = formula.text();
        let traces = lost.traces();
        let Ok(outcome) = Formula::parse(&text).unwrap().judge(&traces, range(start, end)) else { continue };
        let Outcome::Judged(judged) = outcome else {
            skipped += 1;
            continue;
        };
        judged_all += 1;
        for _ in 0..12 {
            // Anything in the place of lost values and after the end.
            let mut possible = lost.clone();
            let other = |rng: &mut Rng| below(rng, 9) as f64 / 2.0 - 2.0;
            for (times, values) in lost.times.iter().zip(&mut possible.numbers) {
                let unknown = times.iter().zip(values).filter(|(time, value)| value.is_nan() || time.0 > end);
                unknown.for_each(|(_, value)| *value = other(&mut rng));
            }
            possible.hold_at(end);
            let later = |signal: usize| lost.times[signal].iter().position(|time| time.0 > end).unwrap();
            possible.flags[later(3)..].fill_with(|| below(&mut rng, 2) == 0);
            possible.kinds[later(4)..].fill_with(|| if below(&mut rng, 2) == 0 { "car" } else { "bus" });
            let beyond = if below(&mut rng, 2) == 0 { f64::INFINITY } else { f64::NEG_INFINITY };
            let definition =
                Naive { recording: &possible, start, end, horizon: i64::MAX, beyond: Some(beyond) };
            assert_eq!(judged.holds, definition.holds(&formula, start), "{seed}: {text}");
        }
    }
    assert!(judged_all > 300 && skipped > 100, "{judged_all} judged, {skipped} skipped");
}

#[test]
fn infinite_numbers_compare_like_others() {
    let check = |operator, a, b, expected| {
        assert_eq!(binary(operator, Number(a), Number(b)), Ok(Truth(expected)), "{a} {operator:?} {b}");
    };
    let infinite = f64::INFINITY;
    check(Binary::Greater, infinite, 1.5, true);
    check(Binary::Equal, infinite, 1.5, false);
    check(Binary::Less, -infinite, infinite, true);
    check(Binary::AtLeast, infinite, infinite, true);
    check(Binary::Greater, infinite, infinite, false);
    check(Binary::Equal, 0.1 + 0.2, 0.3, true);
}

const SECOND: i64 = 1_000_000_000;

/// A drive of ten seconds: speed at 10 Hz falls from 10 to 0.1 m/s, the brake at 5 Hz is pressed from 2 to 4 s and from
/// 6 s on, a gap of TTC at 7 s, and a class that changes.
struct Drive {
    tenths: Vec<Time>,
    fifths: Vec<Time>,
    speed: Vec<f64>,
    ttc: Vec<f64>,
    brake: Vec<f64>,
    lane: Vec<bool>,
    class: Vec<&'static str>,
}

impl Drive {
    fn new() -> Self {
        let tenths: Vec<Time> = (0..100).map(|i| Time(i * SECOND / 10)).collect();
        let fifths: Vec<Time> = (0..50).map(|i| Time(i * SECOND / 5)).collect();
        Self {
            speed: (0..100).map(|i| 10.0 - f64::from(i) / 10.0).collect(),
            ttc: (0..100).map(|i| if i == 70 { 1.2 } else { f64::INFINITY }).collect(),
            brake: (0..50).map(|i| if (10..20).contains(&i) || i >= 30 { 0.5 } else { 0.0 }).collect(),
            lane: (0..50).map(|i| i < 25).collect(),
            class: (0..50).map(|i| if i == 40 { "truck" } else { "car" }).collect(),
            tenths,
            fifths,
        }
    }

    fn traces(&self) -> Traces<'_> {
        let mut traces = Traces::default();
        traces.insert("ego.speed", &self.tenths, Values::Numbers(&self.speed));
        traces.insert("ttc", &self.tenths, Values::Numbers(&self.ttc));
        traces.insert("/vehicle/brake", &self.fifths, Values::Numbers(&self.brake));
        traces.insert("in_lane", &self.fifths, Values::Truths(&self.lane));
        traces.insert("class", &self.fifths, Values::Texts(self.class.clone()));
        traces
    }
}

#[test]
fn verdicts_name_the_worst_moment() {
    let drive = Drive::new();
    let traces = drive.traces();
    let check = |text: &str, holds: bool, margin: f64, secs: f64, part: &str| {
        let outcome = judge(text, &traces, range(0, 10 * SECOND));
        let Outcome::Judged(judged) = outcome else { panic!("{text}: {outcome:?}") };
        assert_eq!((judged.holds, judged.part.as_str()), (holds, part), "{text}: {judged:?}");
        assert!(close(judged.margin, margin), "{text}: {judged:?}");
        assert_eq!(judged.moment, Time::from_secs(secs), "{text}: {judged:?}");
    };
    let infinite = f64::INFINITY;
    check("always(ttc > 1.5)", false, -0.3, 7.0, "ttc > 1.5");
    check("always(ttc > 1)", true, 0.2, 7.0, "ttc > 1");
    check("always(ttc > 1.5, 6)", true, infinite, 0.0, "ttc > 1.5");
    check("not eventually(for(ttc < 1.5, 0.2))", true, infinite, 0.0, "ttc < 1.5");
    check("not eventually(for(ttc < 1.5, 0.1))", false, -0.3, 7.0, "ttc < 1.5");
    check("eventually(ego.speed < 6, 5)", true, 1.0, 5.0, "ego.speed < 6");
    check(
        "within(signal(\"/vehicle/brake\") > 0.3, 1.9)",
        false,
        -0.3,
        0.0,
        "signal(\"/vehicle/brake\") > 0.3",
    );
    check("until(ego.speed > 5, not in_lane)", true, 0.1, 4.9, "ego.speed > 5");
    check("always(ego.speed >= 0.1)", true, 0.0, 9.9, "ego.speed >= 0.1");
    check("always(ego.speed > 0.1)", false, 0.0, 9.9, "ego.speed > 0.1");
    check("always(class == \"car\")", false, -infinite, 8.0, "class == \"car\"");
    check("always(in_lane == true, 4)", true, infinite, 0.0, "in_lane == true");
    check(
        "count(signal(\"/vehicle/brake\") > 0.3) <= 1",
        false,
        -1.0,
        6.0,
        "count(signal(\"/vehicle/brake\") > 0.3) <= 1",
    );
    check("eventually(falls(in_lane))", true, infinite, 5.0, "in_lane");
    check(
        "then(signal(\"/vehicle/brake\") > 0.3, ego.speed < 6.8, 1.15)",
        false,
        -0.1,
        3.1,
        "ego.speed < 6.8",
    );
}

#[test]
fn what_is_missing_is_said() {
    let mut drive = Drive::new();
    drive.speed[40] = f64::NAN;
    let backwards = [Time(0), Time(5 * SECOND), Time(4 * SECOND), Time(9 * SECOND)];
    let late = [Time(3 * SECOND), Time(4 * SECOND), Time(5 * SECOND)];
    let mut traces = drive.traces();
    traces.insert("backwards", &backwards, Values::Numbers(&[0.0; 4]));
    traces.insert("late", &late, Values::Numbers(&[1.0; 3]));
    traces.insert("short", &late, Values::Numbers(&[1.0; 2]));
    traces.insert("empty", &[], Values::Numbers(&[]));
    let why = |text: &str, interval: TimeRange| match judge(text, &traces, interval) {
        Outcome::Skipped { why, .. } => why.to_string(),
        Outcome::Judged(judged) => panic!("{text}: {judged:?}"),
    };
    let whole = range(0, 10 * SECOND);
    let check = |text: &str, expected: &str| assert_eq!(why(text, whole), expected, "{text}");
    check("always(ego.speed > 0)", "\"ego.speed\" is not a number 4 s after the beginning of the interval");
    check("always(backwards < 1)", "the times of \"backwards\" go backwards at sample 2");
    check("always(short < 1)", "\"short\" has 3 times for 2 values");
    check("always(empty < 1)", "\"empty\" has no samples in the interval");
    check(
        "always(1 / (late - 1) > 0, 4, 5)",
        "1 / (late - 1) > 0 has no value 4 s after the beginning of the interval",
    );
    let no_value =
        "\"late\" has no value 0 s after the beginning of the interval, its first sample comes later";
    check("always(late > 0)", no_value);
    check(
        "eventually(ttc < 1, 20)",
        "the interval ends before ttc < 1 is decided, make it longer or the windows shorter",
    );
    assert_eq!(why("always(ttc > 1)", range(0, 0)), "the interval is empty");
    assert_eq!(why("always(ttc > 1)", range(5, 1)), "the interval is empty");
    assert_eq!(
        why("always(ttc > 1)", range(20 * SECOND, 30 * SECOND)),
        "\"ttc\" has no samples in the interval"
    );
    // Before the recording nothing is known, but for the time of a sample.
    assert!(why("always(ttc > 1)", range(-SECOND, SECOND)).contains("has no value 0 s after"));
    assert!(matches!(judge("always(ttc > 1)", &traces, range(-SECOND / 10, SECOND)), Outcome::Judged(_)));
    // Where the rest cannot change it there is a verdict.
    let holds = |text: &str| match judge(text, &traces, whole) {
        Outcome::Judged(judged) => judged.holds,
        Outcome::Skipped { why, .. } => panic!("{text}: {why}"),
    };
    assert!(holds("eventually(ego.speed < 5)"));
    assert!(!holds("always(ego.speed > 2)"));
    assert!(holds("eventually(ttc < 2, 20)"));
    assert!(!holds("always(ttc > 2, 20)"));
    assert!(holds("always(ttc > 1, 10)"));
    assert!(holds("ego.speed > 5 or late > 0"));
    // The margin with windows cut at the end stays known.
    let outcome = judge("always(ttc > 1, 20)", &traces, whole);
    assert!(matches!(&outcome, Outcome::Skipped { why: Missing::Short { .. }, .. }), "{outcome:?}");
    assert!(close(cut(&outcome).unwrap().margin, 0.2));
}

#[test]
fn of_equal_stamps_the_last_one_counts() {
    let times = [Time(0), Time(10), Time(10), Time(10), Time(20)];
    let mut traces = Traces::default();
    traces.insert("x", &times, Values::Numbers(&[1.0, -5.0, 7.0, 2.0, 3.0]));
    let least = |interval| cut(&judge("always(x > 0)", &traces, interval)).unwrap().clone();
    assert_eq!(
        least(range(0, 30)),
        Judged { holds: true, margin: 1.0, moment: Time(0), part: "x > 0".to_owned() }
    );
    assert!(close(least(range(10, 30)).margin, 2.0));
    assert_eq!(least(range(12, 30)).moment, Time(12));
}

#[test]
fn mistakes_are_pointed_at() {
    let drive = Drive::new();
    let traces = drive.traces();
    let problem = |text: &str| {
        let judged = Formula::parse(text).and_then(|formula| formula.judge(&traces, range(0, 10 * SECOND)));
        judged.unwrap_err().to_string()
    };
    let check = |text: &str, expected: &str| assert_eq!(problem(text), expected, "{text}");
    check("always(ego.sped > 1)", "unknown signal \"ego.sped\", did you mean \"ego.speed\"?");
    check(
        "always(signal(\"/vehicle/break\") > 1)",
        "unknown signal \"/vehicle/break\", did you mean \"/vehicle/brake\"?",
    );
    check("always(ttc > 1, 3, 2)", "always(ttc > 1, 3, 2): the window ends before it begins");
    check("always(ttc > 1, -1)", "always(ttc > 1, -1): durations must be from 0 to 1000000000 seconds");
    check("always(ttc > 1, ttc)", "always(ttc > 1, ttc): durations must be constant numbers of seconds");
    check("for(ttc > 1, 1 / 0)", "for(ttc > 1, 1 / 0): durations must be from 0 to 1000000000 seconds");
    check("always(ttc)", "expected true or false, found a number in ttc");
    check("always(in_lane > 1)", "expected a number, found true or false in in_lane");
    check("class == 3", "expected a number, found a string in class");
    check(
        "\"/vehicle/brake\" > 3",
        "expected a number, found a string in \"/vehicle/brake\", write signal(\"/vehicle/brake\") for the signal",
    );
    check(
        "(ttc > 1) == in_lane",
        "expected a signal or a constant, found true or false in ttc > 1 == in_lane, join truths by and, or, not",
    );
    assert!(problem("alway(ttc > 1)").contains("did you mean \"always\"?"), "{}", problem("alway(ttc > 1)"));
    assert!(
        problem("always(ttc > 1, 1, 2, 3)").contains("passes 4 arguments to always at 1, expected 1 to 3")
    );
    assert!(problem("within(ttc > 1)").contains("expected 2"));
    assert!(problem("ego. > 1").contains("needs a name after \"ego\""));
    assert!(problem(&"always(".repeat(100_000)).contains("nested"));
    assert!(problem(&"not ".repeat(100_000)).contains("nested"));
    let events = format!("{}in_lane{}", "rises(".repeat(5), ")".repeat(5));
    assert!(matches!(
        Formula::parse(&events).unwrap().judge(&traces, range(0, SECOND)),
        Err(TemporalError::Events { limit: 4, .. })
    ));
    let names = Formula::parse("always(ego.speed > 1 and signal(\"a b\") < ttc)").unwrap();
    assert_eq!(names.names().into_iter().collect::<Vec<_>>(), ["a b", "ego.speed", "ttc"]);
    assert!(names.check_names(&["ego.speed", "ttc"]).is_err());
    assert!(names.check_names(&traces.names().chain(["a b"]).collect::<Vec<_>>()).is_ok());
}

#[test]
fn the_deepest_and_the_longest_formulas_are_judged() {
    let drive = Drive::new();
    let traces = drive.traces();
    let deep = format!("{}ttc > 1{}", "eventually(always(".repeat(30), "))".repeat(30));
    assert!(matches!(judge(&deep, &traces, range(0, 10 * SECOND)), Outcome::Judged(_)));
    let long = vec!["ttc > 1"; 128].join(" and ");
    assert!(matches!(judge(&long, &traces, range(0, 10 * SECOND)), Outcome::Judged(_)));
    let far = judge("always(ttc > 1, 1000000000)", &traces, range(0, 10 * SECOND));
    assert!(matches!(far, Outcome::Skipped { .. }), "{far:?}");
    let edge = TimeRange { start: Time(i64::MIN), end: Time(i64::MAX) };
    assert!(matches!(judge("always(ttc > 1, 5)", &traces, edge), Outcome::Skipped { .. }));
    let ends = [Time(i64::MIN), Time(i64::MAX)];
    let mut extremes = Traces::default();
    extremes.insert("x", &ends, Values::Numbers(&[1.0, 2.0]));
    for text in ["always(x > 0)", "then(x > 1, x < 0, 1)", "count(x > 0, 5) < 3", "until(x > 0, x > 1, 2, 3)"]
    {
        for interval in [edge, range(i64::MIN, 0), range(i64::MAX - 1, i64::MAX)] {
            assert!(Formula::parse(text).unwrap().judge(&extremes, interval).is_ok(), "{text}");
        }
    }
}

#[test]
fn formulas_are_written_as_they_parse() {
    for seed in 0..300 {
        let mut rng = Rng::split(17, seed);
        let text = naive::Formula::random(&mut rng, 3, true).text();
        let formula = Formula::parse(&text).unwrap();
        assert_eq!(Formula::parse(&formula.to_string()).unwrap(), formula, "{text}");
    }
    for (text, _) in FUNCTIONS {
        assert!(Formula::parse(text).is_ok(), "{text}");
    }
    let same = |text: &str| assert_eq!(Formula::parse(text).unwrap().to_string(), text);
    same("a - (b - c) * -d > 1 / (2 / e) and not (p or q)");
    same("always(ego.speed > 1 and signal(\"/a/b c\") < 3, 0, 2.5) or class == \"car\"");
}
