//! Behavioral tests of texts: templates, the released suite of CheckList, its predictions and its expectations, against goldens.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    clippy::large_stack_arrays,
    reason = "helpers of tests; JSON of goldens"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use common::repo;
use hardcase::base::files::sha256_hex;
use hardcase::behavior::data::{Answer, Case, Example, Label};
use hardcase::behavior::expectation::{Confidence, Expectation, Guess};
use hardcase::behavior::lexicons::{BASIC, Lexicon, Value as Word};
use hardcase::behavior::pickle::{Pickle, PickleError};
use hardcase::behavior::predictions::{Form, Predictions};
use hardcase::behavior::report::{Column, TextReport, html, markdown};
use hardcase::behavior::suite::{Suite, Test, TestKind};
use hardcase::behavior::template::{Filler, Template, TemplateTexts, fill};
use hardcase::behavior::{archive, checklist, files};
use serde_json::Value;

/// A file of the shared goldens; `None`, said, where they are not there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = repo().join("../shared/data/text").join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("SKIPPED: ../shared is not there");
    None
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn hardcase(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Examples as JSON lines in the form of Python's `json.dumps(ensure_ascii=False)`.
fn lines(test: &Test) -> Vec<String> {
    let examples = test.cases.iter().flat_map(|case| &case.examples);
    let list = |texts: &[String]| {
        format!("[{}]", texts.iter().map(|t| serde_json::json!(t).to_string()).collect::<Vec<_>>().join(", "))
    };
    examples
        .map(|example| match example {
            Example::Text(text) => serde_json::json!(text).to_string(),
            Example::Texts(texts) => list(texts),
        })
        .collect()
}

/// A chain of functions of the golden in the words of the import.
fn chain(golden: &Value) -> String {
    let free: Vec<&str> =
        golden["free"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let closure = golden["closure"].as_array().unwrap();
    let standard = golden["file"].as_str().unwrap().ends_with("expect.py");
    let value = |value: &Value| match value {
        Value::Null => "None".to_owned(),
        Value::Bool(truth) => if *truth { "True" } else { "False" }.to_owned(),
        Value::Object(_) => "…".to_owned(),
        other => other.to_string(),
    };
    let mut own = golden["name"].as_str().unwrap().to_owned();
    if free != ["fn"] && !free.is_empty() {
        let all: Vec<String> =
            free.iter().zip(closure).map(|(name, of)| format!("{name}={}", value(of))).collect();
        own = format!("{own}({})", all.join(", "));
    }
    if !standard {
        own = format!("{own} of {}", golden["file"].as_str().unwrap());
    }
    if free == ["fn"] {
        return format!("{own} > {}", chain(&closure[0]));
    }
    if free.contains(&"slice_fn") {
        return format!("{own} [{}] where [{}]", chain(&closure[1]), chain(&closure[2]));
    }
    own
}

#[test]
fn the_released_suite_is_read_as_records_with_the_structure_of_the_golden() {
    let (Some(path), Some(golden)) =
        (shared("sentiment_suite.tar.gz"), shared("sentiment_suite_structure.json"))
    else {
        return;
    };
    let golden = json(&golden);
    let begun = Instant::now();
    let imported = checklist::import(&path).unwrap();
    println!("import took {:.2} s without optimization", begun.elapsed().as_secs_f64());
    let tests = golden["tests"].as_array().unwrap();
    assert_eq!(imported.suite.tests.len(), tests.len());
    for (test, golden) in imported.suite.tests.iter().zip(tests) {
        let name = golden["name"].as_str().unwrap();
        assert_eq!(test.name, name);
        assert_eq!(test.kind.id(), golden["type"], "{name}");
        assert_eq!(test.capability, golden["capability"], "{name}");
        assert_eq!(test.cases.len() as u64, golden["cases"].as_u64().unwrap(), "{name}");
        assert_eq!(test.examples() as u64, golden["examples"].as_u64().unwrap(), "{name}");
        assert_eq!(test.templates.len() as u64, golden["templates"].as_u64().unwrap(), "{name}");
        assert_eq!(test.stored, chain(&golden["expect"]), "{name}");
        assert!(test.expect.is_some(), "{name}");
        match &golden["labels"] {
            Value::Null => assert_eq!(test.label, None),
            Value::Object(labels) => {
                let own: Vec<&Label> = test.cases.iter().filter_map(|case| case.label.as_ref()).collect();
                assert_eq!(own.len() as u64, labels["per case"].as_u64().unwrap(), "{name}");
                assert_eq!(*own[0], Label::One(Answer::Number(labels["first"].as_i64().unwrap())));
                for (class, count) in labels["counts"].as_object().unwrap() {
                    let class = Label::One(Answer::read(class));
                    assert_eq!(
                        own.iter().filter(|label| ***label == class).count() as u64,
                        count.as_u64().unwrap()
                    );
                }
            }
            number => assert_eq!(test.label, Some(Answer::Number(number.as_i64().unwrap())), "{name}"),
        }
        let mut all = lines(test);
        let first = &golden["first"];
        let shown = if first.is_array() { &first[0] } else { first };
        // Texts of numpy, which the maker of the golden did not read.
        if shown.as_str().is_some_and(|text| text.starts_with('<')) {
            assert!(all[0].contains("think"), "{name}: {}", all[0]);
            continue;
        }
        assert_eq!(all[0], shown.to_string(), "{name}");
        assert_eq!(
            sha256_hex(all.join("\n").as_bytes()),
            golden["sha256 of the examples as JSON lines"],
            "{name}"
        );
        all.sort();
        assert_eq!(
            sha256_hex(all.join("\n").as_bytes()),
            golden["sha256 of the sorted JSON lines"],
            "{name}"
        );
    }
    for (name, _) in golden["globals met"].as_object().unwrap() {
        assert!(imported.names.contains_key(name), "{name}");
    }
    assert_eq!(imported.left_out, Vec::<String>::new());
    // Templates come back editable: those of which every combination was taken make the same sentences again.
    let mut again = 0;
    for (test, golden) in imported.suite.tests.iter().zip(tests) {
        // Those of which the author chose by chance afterwards are the ones that the golden did not read.
        let chosen = golden["first"].as_str().is_some_and(|text| text.starts_with('<'));
        let drawn = test.templates.iter().any(|template| template.samples.is_some());
        if test.templates.is_empty() || drawn || chosen {
            continue;
        }
        let filled =
            test.templates.iter().map(|template| fill(template, &[&imported.suite.lexicon], 0).unwrap());
        let remade = Test { cases: filled.flatten().collect(), ..test.clone() };
        let mut all = lines(&remade);
        all.sort();
        assert_eq!(
            sha256_hex(all.join("\n").as_bytes()),
            golden["sha256 of the sorted JSON lines"],
            "{}",
            test.name
        );
        again += 1;
    }
    assert_eq!(again, 14);
}

#[test]
fn predictions_give_the_table_of_the_golden_and_a_suite_survives_its_files() {
    let (Some(path), Some(predictions), Some(golden)) = (
        shared("sentiment_suite.tar.gz"),
        shared("sentiment_predictions.txt.gz"),
        shared("sentiment_suite_results.json"),
    ) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let suite = place.path().join("sentiment");
    let imported = checklist::import(&path).unwrap().suite;
    files::write(&imported, &suite).unwrap();
    let read = files::read(&suite).unwrap();
    assert_eq!(read.tests.len(), imported.tests.len());
    for (a, b) in read.tests.iter().zip(&imported.tests) {
        assert_eq!(a, b, "{}", a.name);
    }
    assert_eq!(read, imported);
    let read_predictions = Predictions::read(&predictions, Form::PredAndSoftmax, false, &read).unwrap();
    assert_eq!(read_predictions.len(), 178_578);
    let column = Column::new("sentiment".to_owned(), &read, read_predictions);
    let golden = json(&golden);
    for ((outcome, test), golden) in
        column.outcomes.iter().zip(&read.tests).zip(golden["tests"].as_array().unwrap())
    {
        let failed = outcome.failed().unwrap();
        assert_eq!(test.name, golden["name"]);
        assert_eq!(failed.of as u64, golden["counted"].as_u64().unwrap(), "{}", test.name);
        assert_eq!(failed.hits as u64, golden["fails"].as_u64().unwrap(), "{}", test.name);
        assert!(
            (failed.share() * 100.0 - golden["fail rate"].as_f64().unwrap()).abs() < 6e-4,
            "{}",
            test.name
        );
    }
    let report = TextReport { suite: &read, columns: vec![column], limit: None, listed: 3 };
    assert!(!report.failed() && report.judged());
    let page = html::render(&report);
    assert!(page.contains("<mark>") && page.contains("65.7 %") && page.len() < 1 << 20, "{}", page.len());
    assert!(
        markdown::render(&report).contains("| Negation | MFT | simple negations\\: negative |  | 65.7 % (")
    );
    // A class that the model does not have is refused, and classes that are not the most probable ones are counted.
    let whole = place.path().join("whole.txt");
    let lines = |line: &str| {
        std::fs::write(&whole, line.repeat(read.examples())).unwrap();
        Predictions::read(&whole, Form::PredAndSoftmax, false, &read)
    };
    let problem = lines("3 0.1 0.2 0.7\n").unwrap_err().to_string();
    assert!(problem.contains("prediction 1 is \"3\", expected one of 3 classes: 0 to 2"), "{problem}");
    assert_eq!(lines("1 0.1 0.2 0.7\n").unwrap().contradictions(), read.examples());
    assert_eq!(lines("2 0.1 0.2 0.7\n").unwrap().contradictions(), 0);
    // A file that is too short is refused with the test in which it ends.
    let short =
        Predictions::of_lines("2 0.1 0.2 0.7\n", Form::PredAndSoftmax, false, Path::new("x")).unwrap();
    assert_eq!(short.len(), 1);
    let file = place.path().join("short.txt");
    std::fs::write(&file, "2 0.1 0.2 0.7\n".repeat(40)).unwrap();
    let problem = Predictions::read(&file, Form::PredAndSoftmax, false, &read).unwrap_err().to_string();
    assert!(
        problem.contains("178578 examples") && problem.contains("\"single negative words\" after 6 of 35"),
        "{problem}"
    );
}

#[test]
fn expectations_are_those_of_checklist() {
    let Some(path) = shared("expect_cases.json") else { return };
    let golden = json(&path);
    let cases = golden.as_array().unwrap();
    assert_eq!(cases.len(), 40);
    let forms: [(&str, Expectation); 6] = [
        ("eq", Expectation::Equals { value: None }),
        ("inv_tol0", Expectation::Invariant { tolerance: 0.0 }),
        ("inv_tol0.1", Expectation::Invariant { tolerance: 0.1 }),
        ("mono_inc_pred0_tol0.1", Expectation::Increases { value: Some(Answer::Number(0)), tolerance: 0.1 }),
        ("mono_dec_pred2_tol0.1", Expectation::Decreases { value: Some(Answer::Number(2)), tolerance: 0.1 }),
        ("mono_inc_origpred_tol0", Expectation::Increases { value: None, tolerance: 0.0 }),
    ];
    for case in cases {
        let confidence: Vec<Vec<f64>> = serde_json::from_value(case["conf"].clone()).unwrap();
        let answers: Vec<Answer> = serde_json::from_value(case["pred"].clone()).unwrap();
        let label = Answer::Number(case["label"].as_i64().unwrap());
        let guess =
            |at: usize| Guess { answer: &answers[at], confidence: Confidence::Softmax(&confidence[at]) };
        for (name, expectation) in &forms {
            for (at, wanted) in case[*name].as_array().unwrap().iter().enumerate() {
                let value = expectation.value(guess(0), guess(at), Some(&label)).unwrap();
                match wanted {
                    Value::Null => assert_eq!(value, None, "{name} {case}"),
                    Value::Bool(pass) => assert_eq!(value.unwrap() > 0.0, *pass, "{name} {case}"),
                    number => {
                        // Goldens have four digits.
                        let apart = (value.unwrap() - number.as_f64().unwrap()).abs();
                        assert!(apart < 1e-4, "{name} {at}: {value:?} {case}");
                    }
                }
            }
        }
    }
}

fn words(value: &Value) -> Vec<Word> {
    serde_json::from_value(value.clone()).unwrap()
}

fn shown(case: &Case) -> Value {
    match case.examples.as_slice() {
        [one] => serde_json::json!(one),
        several => serde_json::json!(several),
    }
}

#[test]
fn templates_are_filled_as_the_golden_says() {
    let Some(path) = shared("perturbations_and_templates.json") else { return };
    let golden = json(&path);
    for golden in golden["templates"].as_array().unwrap() {
        let text = match &golden["template"] {
            Value::String(text) => TemplateTexts::One(text.clone()),
            several => TemplateTexts::Several(serde_json::from_value(several.clone()).unwrap()),
        };
        let mut template = Template { text, ..Template::default() };
        let mut lexicon = Lexicon::new();
        for (name, value) in golden["fills"].as_object().unwrap() {
            match name.as_str() {
                "remove_duplicates" => template.remove_duplicates = true,
                "unroll" => template.unroll = true,
                "product" => template.zip = true,
                "labels" => template.label = Some(serde_json::from_value(value.clone()).unwrap()),
                _ => drop(lexicon.insert(name.clone(), words(value))),
            }
        }
        let cases = fill(&template, &[&lexicon], 0).unwrap();
        assert_eq!(cases.len() as u64, golden["count"].as_u64().unwrap(), "{golden}");
        let mut all: Vec<Value> = cases.iter().map(shown).collect();
        all.sort_by_key(Value::to_string);
        let mut wanted = golden["sorted"].as_array().unwrap().clone();
        wanted.sort_by_key(Value::to_string);
        assert_eq!(all, wanted, "{golden}");
        if golden["labels in the order of data"].is_array() {
            let pairs = |data: &Value, labels: &Value| -> Vec<String> {
                let zipped = data.as_array().unwrap().iter().zip(labels.as_array().unwrap());
                let mut pairs: Vec<String> = zipped.map(|(data, label)| format!("{data} {label}")).collect();
                pairs.sort();
                pairs
            };
            let data: Vec<Value> = cases.iter().map(shown).collect();
            let labels: Vec<Value> = cases.iter().map(|case| serde_json::json!(case.label)).collect();
            assert_eq!(
                pairs(&data.into(), &labels.into()),
                pairs(&golden["data in order"], &golden["labels in the order of data"])
            );
        }
    }
}

fn one(text: &str, lists: &[(&str, &[&str])]) -> Template {
    let list = |(name, words): &(&str, &[&str])| {
        let words = words.iter().map(|word| Word::Text((*word).to_owned())).collect();
        ((*name).to_owned(), Filler::Values(words))
    };
    Template {
        text: TemplateTexts::One(text.to_owned()),
        lists: lists.iter().map(list).collect(),
        ..Template::default()
    }
}

#[test]
fn a_hundred_thousand_sentences_and_templates_that_cannot_be_filled() {
    let template = Template {
        samples: Some(100_000),
        ..one(
            "{first_name} {last_name} is {a:nationality} {adj} from {city}.",
            &[("adj", &["teacher", "artist"])],
        )
    };
    let begun = Instant::now();
    let cases = fill(&template, &[&BASIC], 7).unwrap();
    println!("100,000 sentences took {:.3} s without optimization", begun.elapsed().as_secs_f64());
    assert_eq!(cases.len(), 100_000);
    assert_eq!(fill(&template, &[&BASIC], 7).unwrap(), cases);
    assert_ne!(fill(&template, &[&BASIC], 8).unwrap(), cases);
    let problem = |template: &Template| fill(template, &[&BASIC], 0).unwrap_err().to_string();
    let check = |text: &str, wanted: &str| {
        let found = problem(&one(text, &[("none", &[]), ("x", &["y"])]));
        assert!(found.contains(wanted), "{text:?}: {found}");
    };
    check("{nobody} is here", "there is no list for {nobody}");
    check("{citi}", "did you mean \"city\"");
    check("{none}", "is empty");
    check("{mask}", "no masked-language model is run");
    check("{x", "has no }");
    check("x}", "has no {");
    check("{}", "has no name");
    check("{x!r}", "conversion");
    check("{x.name}", "has no part \"name\"");
    check("{x[1}", "cannot be read");
    check("{city}{city1}{city2}{city3}", "set samples");
}

#[test]
fn templates_of_every_script_keep_their_letters() {
    let filled = |text: &str, word: &str| {
        let cases = fill(&one(text, &[("w", &[word])]), &[], 0).unwrap();
        cases[0].examples[0].joined().into_owned()
    };
    assert_eq!(filled("שלום {w}!", "👩🏽‍🔬"), "שלום 👩🏽‍🔬!");
    assert_eq!(filled("{a:w}", "élan"), "a élan");
    assert_eq!(filled("", "x"), "");
    let long = "é".repeat(100_000);
    assert_eq!(filled("{w}{{}}", &long).len(), 200_002);
    let mut hour = one("{a:w} late", &[("w", &["hour"])]);
    hour.articles.insert("hour".to_owned(), "an".to_owned());
    assert_eq!(fill(&hour, &[], 0).unwrap()[0].examples[0].joined(), "an hour late");
}

#[test]
fn damaged_and_hostile_pickles_are_refused_with_a_sentence() {
    let read = |bytes: &[u8]| Pickle::read(bytes.to_vec());
    // os.system("x"): a record that nothing runs.
    let hostile = b"\x80\x03cos\nsystem\nX\x01\x00\x00\x00x\x85R.";
    let pickle = read(hostile).unwrap();
    assert_eq!(pickle.root().callee().unwrap().name().as_deref(), Some("os.system"));
    assert!(checklist::suite(&pickle, "x".to_owned()).unwrap_err().to_string().contains("TestSuite"));
    assert!(matches!(read(b"\x80\x03i"), Err(PickleError::Refused { name, .. }) if name == "INST"));
    assert!(matches!(read(b"\x80\x04P1\n."), Err(PickleError::Refused { name, .. }) if name == "PERSID"));
    assert!(matches!(read(b"\x80\x02\x82\x01."), Err(PickleError::Refused { name, .. }) if name == "EXT1"));
    assert!(matches!(read(b"\x80\x06."), Err(PickleError::Protocol { version: 6 })));
    assert!(matches!(read(b""), Err(PickleError::Truncated { at: 0 })));
    assert!(matches!(
        read(b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"),
        Err(PickleError::Truncated { .. })
    ));
    assert!(matches!(read(b"\x80\x03j\xff\xff\xff\xff."), Err(PickleError::Memo { .. })));
    assert!(matches!(read(&[b'('; 20_000]), Err(PickleError::TooDeep { .. })));
    assert!(matches!(read(b"\x80\x03X\x01\x00\x00\x00\xff."), Err(PickleError::NotUtf8 { .. })));
    // A list that holds itself, and a nesting without end, are values like others.
    assert!(read(b"\x80\x03]q\x00h\x00a.").unwrap().root().list().is_some());
    let mut deep = b"\x80\x03N".to_vec();
    deep.extend([0x85; 300_000]);
    deep.push(b'.');
    assert!(read(&deep).unwrap().root().tuple().is_some());
    // Every prefix and every changed byte of a small suite is read or refused, and never a panic.
    let small = include_bytes!("fixtures/text/small_suite.pkl").as_slice();
    let whole = checklist::suite(&read(small).unwrap(), "small".to_owned()).unwrap();
    assert_eq!(whole.suite.tests.len(), 3);
    assert_eq!(
        whole.suite.tests[2].cases[0].examples[0],
        Example::Texts(vec!["a?".to_owned(), "b?".to_owned()])
    );
    for end in 0..small.len() {
        if let Ok(pickle) = read(&small[..end]) {
            drop(checklist::suite(&pickle, String::new()));
        }
    }
    for at in 0..small.len() {
        for value in [0, 1, b'.', b'R', b'(', b'e', 0x85, 0xff] {
            let mut bytes = small.to_vec();
            bytes[at] = value;
            if let Ok(pickle) = Pickle::read(bytes) {
                drop(checklist::suite(&pickle, String::new()));
            }
        }
    }
    for bytes in [b"".to_vec(), b"not an archive".to_vec(), vec![0; 2000], vec![0x1f, 0x8b, 8, 0, 1, 2]] {
        assert!(archive::inner(bytes).is_err());
    }
}

const SUITE: &str = r#"
format = 1
name = "small"
classes = ["negative", "positive"]

[[test]]
name = "words"
type = "MFT"
capability = "Vocabulary"
max_failure_rate = 0.25
expect = { claim = "equals" }
[[test.template]]
text = "It is {good}."
label = "positive"
lists = { good = ["good", "fine", "great"] }
[[test.template]]
text = "It is {bad}."
label = 0
lists = { bad = ["bad"] }

[[test]]
name = "typos"
type = "INV"
capability = "Robustness"
perturb = { stack = "typos:1", copies = 2 }
expect = { claim = "invariant", tolerance = 0.1 }
cases = "cases/typos.jsonl"

[[test]]
name = "nothing expected"
type = "MFT"
capability = "Own"
[[test.template]]
text = "Hm."
"#;

fn small_suite(folder: &Path) -> Suite {
    std::fs::create_dir_all(folder.join("cases")).unwrap();
    std::fs::write(folder.join("text.toml"), SUITE).unwrap();
    std::fs::write(folder.join("cases/typos.jsonl"), "\"the brake was late\"\n{\"text\": \"x\"}\n").unwrap();
    files::read(folder).unwrap()
}

#[test]
fn a_suite_as_plain_text_is_run_and_its_limits_decide() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("small");
    let suite = small_suite(&folder);
    assert_eq!(suite.tests[0].cases.len(), 4);
    assert_eq!(suite.tests[0].cases[0].label, Some(Label::One(Answer::Number(1))));
    // "x" has no two letters to swap.
    assert_eq!(suite.tests[1].cases.len(), 1);
    assert_eq!(suite.tests[1].kind, TestKind::Inv);
    let predictions = place.path().join("p.txt");
    let copies = suite.tests[1].cases[0].examples.len();
    let run = |lines: &str, more: &[&str]| {
        std::fs::write(&predictions, lines).unwrap();
        let (suite, file) = (folder.to_str().unwrap(), predictions.to_str().unwrap());
        hardcase(&[&["text", "run", suite, "--predictions", file], more].concat())
    };
    let rest = "1 0.4 0.6\n".repeat(copies + 1);
    let good = format!("{}0 0.9 0.1\n{rest}", "1 0.1 0.9\n".repeat(3));
    let report = place.path().join("r.json");
    let (code, out, err) = run(&good, &["--json", report.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{err}");
    let found = json(&report);
    assert_eq!(found["tests"][0]["results"][0]["verdict"], "pass");
    assert_eq!(found["tests"][1]["results"][0]["verdict"], "no limit");
    assert_eq!(found["tests"][2]["results"][0]["verdict"], "skip");
    assert_eq!(found["tests"][2]["results"][0]["why"], "there is no expectation");
    let bad = format!("{}{rest}", "1 0.1 0.9\n".repeat(4).replacen("1 0.1 0.9", "0 0.9 0.1", 1));
    let (code, out, _) = run(&bad, &["--json", report.to_str().unwrap()]);
    assert_eq!(code, 1, "{out}");
    let found = json(&report);
    assert_eq!(found["passed"], false);
    let result = &found["tests"][0]["results"][0];
    assert_eq!((&result["failed"], &result["counted"]), (&2.into(), &4.into()));
    // The worst case stands first.
    assert_eq!(result["failures"][0]["examples"][0]["text"], "It is good.");
    assert_eq!(result["failures"][0]["examples"][0]["prediction"], "negative");
    // Names of classes are as good as numbers, and predictions may carry their texts.
    let (code, out, err) = run(&"positive\n".repeat(5 + copies), &["--form", "pred_only"]);
    assert_eq!(code, 0, "{out}{err}");
    let problem = |lines: &str, more: &[&str], code: i32, wanted: &str| {
        let (found, _, err) = run(lines, more);
        assert!(found == code && err.contains(wanted), "{found} {err}");
    };
    problem("1 0.5 0.5\n", &[], 3, "the file has 1 predictions");
    problem(&"1 x\n".repeat(5 + copies), &[], 3, "line 1 of the predictions");
    problem(&"1 0.5 nan\n".repeat(5 + copies), &[], 3, "line 1 of the predictions");
    problem(&"1 7 8\n".repeat(5 + copies), &[], 3, "line 1 of the predictions");
    let (code, _, err) = hardcase(&["text", "run", folder.to_str().unwrap()]);
    assert!(code == 2 && err.contains("--predictions"), "{err}");
    let by_text = place.path().join("p.jsonl");
    let lines: Vec<String> = files::examples(&suite)
        .map(|(_, _, example)| {
            format!(
                "{}\n",
                serde_json::json!({ "text": example, "prediction": "positive", "softmax": [0.2, 0.8] })
            )
        })
        .collect();
    let lines = lines.concat();
    std::fs::write(&by_text, &lines).unwrap();
    let (code, out, err) =
        hardcase(&["text", "run", folder.to_str().unwrap(), "--predictions", by_text.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{err}");
    std::fs::write(&by_text, lines.lines().next().unwrap()).unwrap();
    let (code, _, err) =
        hardcase(&["text", "run", folder.to_str().unwrap(), "--predictions", by_text.to_str().unwrap()]);
    assert!(code == 3 && err.contains("have no prediction"), "{err}");
}

fn transformed(stack: &str, text: &str, seed: u64) -> String {
    use hardcase::data::input::Input;
    use hardcase::transforms::catalog::BUILT_IN;
    use hardcase::transforms::stack;
    let stack = stack::parse(&BUILT_IN, stack, seed).unwrap();
    stack::apply(&BUILT_IN, &stack, &Input::Text(text.into())).unwrap().text().unwrap().to_owned()
}

#[test]
fn perturbations_are_those_of_the_golden() {
    let Some(path) = shared("perturbations_and_templates.json") else { return };
    let golden = json(&path);
    let mut compared = 0;
    for case in golden["contractions"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        // Two faults that are not copied: words in capitals keep them, and "ain't" stays.
        if text.contains("CAN'T") {
            assert_eq!(transformed("expand_contractions:1", text, 1), "CANNOT wait. It is over. IT IS NOT.");
            assert_eq!(transformed("contract:1", text, 1), "CAN'T wait. It's over. IT'S NOT.");
            continue;
        }
        if text.contains("Ain't") {
            assert_eq!(transformed("expand_contractions:1", text, 1), "Ain't nobody got time, madam.");
            continue;
        }
        assert_eq!(transformed("expand_contractions:1", text, 1), case["expanded"], "{text}");
        assert_eq!(transformed("contract:1", text, 1), case["contracted"], "{text}");
        compared += 1;
    }
    assert_eq!(compared, 10);
    for case in golden["typos"].as_array().unwrap() {
        let positions: Vec<usize> =
            serde_json::from_value(case["positions swapped with the next, in this order"].clone()).unwrap();
        let found =
            hardcase::transforms::texts::character_swaps::swapped(case["text"].as_str().unwrap(), positions);
        assert_eq!(found, case["result"]);
    }
    for text in ["", "שלום עולם", "👩🏽‍🔬 am I? can't", "\u{0}\n\t", "I'M"] {
        for kind in hardcase::transforms::texts::KINDS {
            for seed in 0..3 {
                drop(transformed(&format!("{}:strength=1", kind.id), text, seed));
            }
        }
    }
    let long = "It isn't late in Boston, he said. ".repeat(3000);
    for kind in hardcase::transforms::texts::KINDS {
        let begun = Instant::now();
        drop(transformed(&format!("{}:strength=1", kind.id), &long, 1));
        println!(
            "{}: 102,000 characters in {:.2} s without optimization",
            kind.id,
            begun.elapsed().as_secs_f64()
        );
    }
}

#[test]
fn identity_swaps_and_invented_genders_are_those_of_the_golden() {
    let Some(golden) = shared("identity_swaps_toxicity.json") else { return };
    let model = golden.parent().unwrap().parent().unwrap().join("models/toxicity/toxicity.onnx");
    let golden = json(&golden);
    let templates: Vec<&str> =
        golden["templates"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    let group = &golden["groups"]["orientation"];
    let terms: Vec<&str> =
        group["terms"].as_array().unwrap().iter().map(|term| term.as_str().unwrap()).collect();
    let terms = terms.join(",");
    let mut args = vec!["text", "swap"];
    args.extend(&templates);
    args.extend(["--terms", &terms, "--model", model.to_str().unwrap(), "--json"]);
    let (code, out, err) = hardcase(&args);
    assert_eq!(code, 0, "{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    let near = |found: &Value, wanted: &Value| {
        assert!(
            (found.as_f64().unwrap() - wanted.as_f64().unwrap()).abs() < 2e-5,
            "{found} instead of {wanted}"
        );
    };
    let all = |found: &Value, wanted: &Value| {
        assert_eq!(found.as_array().unwrap().len(), wanted.as_array().unwrap().len());
        found.as_array().unwrap().iter().zip(wanted.as_array().unwrap()).for_each(|(a, b)| near(a, b));
    };
    let figures = &found["figures"];
    all(&figures["mean_by_term"], &group["mean score by term"]);
    all(&figures["range_by_template"], &group["score range by template"]);
    near(
        &figures["flip_rate"],
        &group["flip rate at 0.5 (share of templates whose terms do not all get the same answer)"],
    );
    near(
        &figures["gap_to_first"],
        &group["counterfactual token gap: mean |f(x) - f(x0)| against the first term"],
    );
    near(&figures["pairwise_gap"], &group["pairwise gap: mean over pairs"]);
    args.extend(["--max", "flip_rate=0.5"]);
    assert_eq!(hardcase(&args).0, 1);

    let (Some(table), Some(golden)) = (shared("translations.csv"), shared("translations.json")) else {
        return;
    };
    let golden = json(&golden);
    let (code, out, err) = hardcase(&["text", "gender", table.to_str().unwrap(), "--json"]);
    assert_eq!(code, 0, "{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["rows"], golden["rows"]);
    near(&found["invented"], &golden["gender invented (male or female where the source has none)"]);
    near(&found["male_share"], &golden["male share of those with one gender"]);
    assert_eq!(found["inconsistent"], golden["same word, two genders in its two sentences"]);
    for (kind, genders) in golden["by kind"].as_object().unwrap() {
        for (gender, count) in genders.as_object().unwrap() {
            assert_eq!(
                found["by_kind"][kind][gender].as_u64().unwrap_or(0),
                count.as_u64().unwrap(),
                "{kind} {gender}"
            );
        }
    }
}

#[test]
fn a_masked_language_model_suggests_whole_words_that_fit_their_sentence() {
    let model = repo().join("tests/fixtures/text/masked.onnx");
    let model = model.to_str().unwrap();
    let words = |template: &str, more: &[&str]| {
        let args =
            [&["text", "suggest", template, "--model", model, "--count", "2", "--json", "-"], more].concat();
        let (code, out, err) = hardcase(&args);
        assert_eq!(code, 0, "{err}");
        let found: Value = serde_json::from_str(&out).unwrap();
        let found = found["words"].as_array().unwrap().clone();
        found.iter().map(|one| one["word"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // What the mask itself likes best are a piece of a word and a mark.
    assert_eq!(words("The film is {mask}.", &[]), ["great", "dull"]);
    assert_eq!(words("The road is {mask}.", &[]), ["wet", "long"]);
    // A word has to fit into every sentence.
    assert_eq!(words("The {thing} is {mask}.", &["--list", "thing=film,road"]), ["dull", "long"]);
    let refused = |template: &str, model: &str| {
        let (code, _, err) = hardcase(&["text", "suggest", template, "--model", model]);
        (code, err)
    };
    let (code, err) = refused("The film is great.", model);
    assert!(code == 2 && err.contains("has 0 {mask} tags, expected one"), "{err}");
    let notes = repo().join("sample_projects/notes/models/notes.onnx");
    let (code, err) = refused("A {mask} ahead", notes.to_str().unwrap());
    assert!(code != 0 && err.contains("neither [MASK] nor <mask>"), "{err}");
}

#[test]
fn tests_are_added_behind_the_others_and_comments_stay() {
    let folder = tempfile::tempdir().unwrap();
    let text = "# Mine.\nformat = 1\nname = \"Words\"\n\n[[test]]\nname = \"a\"\ntype = \"MFT\"\nlabel = 1\n\n[test.expect]\nclaim = \"equals\"\n\n[[test.template]]\ntext = \"x\" # here\n";
    std::fs::write(folder.path().join("text.toml"), text).unwrap();
    let mut suite = files::read(folder.path()).unwrap();
    suite.tests.push(Test { name: "b".to_owned(), ..suite.tests[0].clone() });
    files::append(&suite, 1, folder.path()).unwrap();
    let written = std::fs::read_to_string(folder.path().join("text.toml")).unwrap();
    assert!(written.starts_with(text), "{written}");
    let read = files::read(folder.path()).unwrap();
    assert_eq!((read.tests.len(), &read.tests[1].cases), (2, &suite.tests[1].cases));
    // The same once more is refused, and nothing is written.
    let problem = files::append(&suite, 1, folder.path()).unwrap_err().to_string();
    assert!(problem.contains("exists and is not replaced"), "{problem}");
    assert_eq!(std::fs::read_to_string(folder.path().join("text.toml")).unwrap(), written);
    // Tests that stand in one line cannot be gone on with.
    std::fs::write(folder.path().join("text.toml"), "format = 1\nname = \"W\"\ntest = []\n").unwrap();
    std::fs::remove_dir_all(folder.path().join("cases")).unwrap();
    let problem = files::append(&suite, 1, folder.path()).unwrap_err().to_string();
    assert!(problem.contains("tests cannot be added behind the others"), "{problem}");
    assert!(!folder.path().join("cases").exists());
}
