//! The page *Text* by accessible name: a suite with a planted fault, its table, its failing sentences, and the template editor.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::evaluate::page::EvaluatePage;
use hardcase::app::evaluate::texts::command::TextCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::session::Theme;
use hardcase::behavior::files;
use hardcase::behavior::predictions::Form;
use hardcase::gui::shell::Shell;

use crate::{click, in_both_themes, send, settle, snapshot, window};

/// A suite of two tests, written by hand.
const SUITE: &str = r#"format = 1
name = "Reviews"
classes = ["negative", "positive"]

# Words that everybody knows.
[[test]]
name = "Good words"
type = "MFT"
capability = "Vocabulary"
max_failure_rate = 0.1

[test.expect]
claim = "equals"
value = "positive"

[[test.template]]
text = "A {good} film."

[test.template.lists]
good = ["good", "great", "fine", "superb"]

[[test]]
name = "Shouting"
type = "INV"
capability = "Robustness"

[test.expect]
claim = "invariant"
tolerance = 0.1

[test.perturb]
stack = "letter_case"
copies = 1

[[test.template]]
text = "The plot is {word}."

[test.template.lists]
word = ["bad", "dull"]
"#;

fn text(command: TextCommand) -> Command {
    Command::Evaluate(EvaluateCommand::Texts(command))
}

/// The suite in a folder, with the predictions of two models: one does not know the word "superb", and takes "dull" for praise
/// as soon as its case changes.
fn planted(home: &Path) -> (PathBuf, [PathBuf; 2]) {
    let folder = home.join("reviews");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("text.toml"), SUITE).unwrap();
    assert_eq!(files::read(&folder).unwrap().examples(), 8);
    let (weak, strong) = (home.join("weak.txt"), home.join("strong.txt"));
    fs::write(
        &weak,
        "1 0.1 0.9\n1 0.2 0.8\n1 0.3 0.7\n0 0.8 0.2\n0 0.9 0.1\n0 0.9 0.1\n0 0.7 0.3\n1 0.4 0.6\n",
    )
    .unwrap();
    fs::write(&strong, "1 0 1\n1 0 1\n1 0 1\n1 0 1\n0 1 0\n0 1 0\n0 1 0\n0 1 0\n").unwrap();
    (folder, [weak, strong])
}

fn names(harness: &Harness<'_, Shell>, part: &str) -> usize {
    harness.query_all_by_label_contains(part).count()
}

fn type_into(harness: &mut Harness<'_, Shell>, field: &str, words: &str) {
    harness.get_by_label(field).focus();
    harness.run_steps(2);
    harness.get_by_label(field).type_text(words);
    harness.run_steps(3);
    settle(harness);
}

#[test]
fn a_planted_fault_is_found_from_the_table_to_its_sentence() {
    let home = tempfile::tempdir().unwrap();
    let (folder, [weak, strong]) = planted(home.path());
    let mut harness = window(home.path(), Theme::Dark);
    // The page is of use without a recording, and says how to begin.
    click(&mut harness, "Test a text model");
    harness.get_by_label("Try the example: driver notes");
    harness.get_by_label("Import from CheckList…");
    send(&mut harness, text(TextCommand::Open(folder.clone())));
    harness.get_by_label("Vocabulary MFT: not judged");
    let form = Form::PredAndSoftmax;
    send(&mut harness, text(TextCommand::AddPredictions { path: weak.clone(), form }));
    // One of four, one of two: the worst cell and its worst test are chosen by themselves.
    harness.get_by_label("Vocabulary MFT of weak.txt: 25.0 %");
    harness.get_by_label("Robustness INV of weak.txt: 50.0 %");
    harness.get_by_label_contains("Failure 1: The plot is dull.: negative 0.70; ");
    click(&mut harness, "Vocabulary MFT of weak.txt: 25.0 %");
    harness.get_by_label("Failure 1: A superb film.: negative 0.80");
    harness.get_by_label_contains("Expectation: predicts class positive; at most 10.0 % may fail");
    // A filter, and back.
    type_into(&mut harness, "Filter failing sentences", "great");
    assert_eq!(names(&harness, "Failure 1"), 0);
    harness.get_by_label("No failing sentence has these words");
    click(&mut harness, "Clear filter");
    assert_eq!(names(&harness, "Failure 1: A superb film."), 1);
    // Another model beside it has no failure; taking it out can be taken back.
    send(&mut harness, text(TextCommand::AddPredictions { path: strong.clone(), form }));
    click(&mut harness, "Vocabulary MFT of strong.txt: 0.0 %");
    harness.get_by_label("No sentence fails");
    click(&mut harness, "Remove strong.txt from the table");
    assert_eq!(names(&harness, "of strong.txt"), 0);
    click(&mut harness, "Undo the change of the suite");
    assert_eq!(names(&harness, "Vocabulary MFT of strong.txt: 0.0 %"), 1);
    // The reports are those of the command line, to the byte.
    for ending in ["html", "md", "json"] {
        let (here, there) =
            (home.path().join(format!("a.{ending}")), home.path().join(format!("b.{ending}")));
        send(&mut harness, text(TextCommand::Export(here.clone())));
        let flag = match ending {
            "html" => "--html",
            "md" => "--markdown",
            _ => "--json",
        };
        let status = Process::new(env!("CARGO_BIN_EXE_hardcase"))
            .args(["text", "run"])
            .arg(&folder)
            .arg("--predictions")
            .arg(&weak)
            .arg("--predictions")
            .arg(&strong)
            .arg(flag)
            .arg(&there)
            .output()
            .unwrap();
        assert_eq!(status.status.code(), Some(1), "{}", String::from_utf8_lossy(&status.stderr));
        assert_eq!(fs::read_to_string(here).unwrap(), fs::read_to_string(there).unwrap(), "{ending}");
    }
    // J goes on in the list, and the other ending is refused in a sentence.
    click(&mut harness, "Vocabulary MFT of weak.txt: 25.0 %");
    harness.key_press(egui::Key::J);
    harness.run_steps(3);
    settle(&mut harness);
    assert_eq!(harness.state().app.open.evaluate.texts.failure, Some(0));
    send(&mut harness, text(TextCommand::Export(home.path().join("a.pdf"))));
    let last = harness.state().app.notices.list().last().unwrap().text.clone();
    assert!(last.contains(".html, .md or .json") && last.contains("a.pdf"), "{last}");
    click(&mut harness, "Start page");
    harness.get_by_label("Open files…");
}

#[test]
fn a_test_is_written_by_a_template_and_saved_beside_the_comments() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = window(home.path(), Theme::Light);
    send(&mut harness, Command::Evaluate(EvaluateCommand::Page(EvaluatePage::Texts)));
    click(&mut harness, "Try the example: driver notes");
    let texts = &harness.state().app.open.evaluate.texts;
    assert_eq!(
        texts.columns().len(),
        1,
        "{:?}",
        harness.state().app.notices.list().last().map(|one| &one.text)
    );
    let (folder, tests) = (texts.folder().cloned().unwrap(), texts.suite().unwrap().tests.len());
    assert!(!texts.failures().is_empty(), "the model of the sample honestly fails");
    click(&mut harness, "Template editor");
    // The example comes with a draft; an own one is typed in its place.
    let mut draft = harness.state().app.open.evaluate.texts.draft.clone();
    assert!(names(&harness, "Sentence 1: ") == 1 && draft.template.contains("{first_name}"));
    draft.template.clear();
    draft.name.clear();
    send(&mut harness, text(TextCommand::Draft(Box::new(draft))));
    type_into(&mut harness, "Template text", "{who} waits at the {place");
    harness.get_by_label_contains("Problem: the template");
    type_into(&mut harness, "Template text", "}");
    harness.get_by_label_contains("Problem:");
    type_into(&mut harness, "Words of who", "A jogger, A mattress");
    type_into(&mut harness, "Words of place", "crossing, curb");
    // Four sentences with what the model says, and whether it is what was expected.
    harness.get_by_label_contains("Sentence 1: A jogger waits at the crossing, pedestrian");
    assert_eq!(names(&harness, "Sentence 4: A mattress waits at the curb"), 1);
    assert!(names(&harness, "Sentence 5") == 0 && names(&harness, "4 sentences") == 1);
    assert_eq!(harness.state().app.open.evaluate.texts.preview.as_ref().unwrap().rows.len(), 4);
    let failing = names(&harness, ", fail");
    assert!(failing > 0, "a mattress is no pedestrian");
    harness.get_by_label(&format!("{failing} of 4 fail"));
    type_into(&mut harness, "Name of the test", "Who waits");
    click(&mut harness, "Add test to suite");
    let added = harness.state().app.open.evaluate.texts.suite().unwrap().tests.last().unwrap().clone();
    assert_eq!((added.name.as_str(), added.cases.len()), ("Who waits", 4));
    // Undo, and again.
    click(&mut harness, "Undo the change of the suite");
    assert_eq!(harness.state().app.open.evaluate.texts.suite().unwrap().tests.len(), tests);
    click(&mut harness, "Add test to suite");
    click(&mut harness, "Results");
    assert_eq!(names(&harness, &format!("Failure {failing}: ")), 1);
    assert_eq!(names(&harness, &format!("Failure {}: ", failing + 1)), 0);
    // Nothing is lost without a word: closing says so once.
    send(&mut harness, Command::Open(OpenCommand::Close));
    let said = harness.state().app.notices.list().last().unwrap().text.clone();
    assert!(said.contains("the suite of texts is not saved"), "{said}");
    assert!(harness.state().app.open.evaluate.texts.unsaved());
    let before = fs::read_to_string(folder.join("text.toml")).unwrap();
    harness.state_mut().dismiss_toasts();
    harness.run_steps(2);
    click(&mut harness, "Save suite");
    let now = fs::read_to_string(folder.join("text.toml")).unwrap();
    assert!(now.starts_with(before.trim_end()) && now.contains("# What a model that sorts"), "{now}");
    let read = files::read(&folder).unwrap();
    assert_eq!(read.tests.len(), tests + 1);
    assert_eq!(read.tests.last().unwrap().cases, added.cases);
    assert!(!harness.state().app.open.evaluate.texts.unsaved());
    // A masked-language model of the user suggests words that fit into the sentence; a click takes one.
    let mut draft = harness.state().app.open.evaluate.texts.draft.clone();
    (draft.template, draft.words) =
        ("The road is {state}.".to_owned(), std::collections::BTreeMap::default());
    send(&mut harness, text(TextCommand::Draft(Box::new(draft))));
    click(&mut harness, "Template editor");
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text/masked.onnx");
    send(&mut harness, text(TextCommand::SuggestWith { model, tag: "state".to_owned() }));
    click(&mut harness, "wet");
    click(&mut harness, "long");
    assert_eq!(harness.state().app.open.evaluate.texts.draft.words["state"], "wet, long");
    harness.get_by_label_contains("Sentence 2: The road is long.");
    // Another suite in its place can be taken back.
    click(&mut harness, "Other suite");
    click(&mut harness, "New suite");
    assert_eq!(harness.state().app.open.evaluate.texts.suite().unwrap().tests.len(), 0);
    click(&mut harness, "Undo the change of the suite");
    assert_eq!(harness.state().app.open.evaluate.texts.suite().unwrap().tests.len(), tests + 1);
}

#[test]
fn the_text_page() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = window(home.path(), theme);
        send(&mut harness, text(TextCommand::Example));
        snapshot(&mut harness, &format!("evaluate_text_{name}"));
        click(&mut harness, "Template editor");
        snapshot(&mut harness, &format!("evaluate_text_editor_{name}"));
        harness.take_snapshot_results()
    });
}
