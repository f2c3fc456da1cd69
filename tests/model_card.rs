//! The model card: a page of statements and evaluations, which says what nobody stated or evaluated.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command as Process;

use common::{copied, sample};
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::Shape;
use hardcase::data::labels::label::Label;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;

fn card(arguments: &[&str]) -> (i32, String, String) {
    let output =
        Process::new(env!("CARGO_BIN_EXE_hardcase")).arg("model-card").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A sample with the labels and cases that it ships with.
fn shipped(name: &str, folder: &Path) -> String {
    copied(name, folder);
    fs::copy(sample(name).join("labels.json"), folder.join("labels.json")).unwrap();
    folder.to_str().unwrap().to_owned()
}

fn lights(folder: &Path) -> String {
    shipped("traffic_lights", folder)
}

#[test]
fn a_page_tells_numbers_and_what_nobody_stated() {
    let folder = tempfile::tempdir().unwrap();
    let project = lights(folder.path());
    let (code, page, err) = card(&[&project, "--signal", "class=state"]);
    assert_eq!(code, 0, "{err}");
    // The file says 80 crops: 31 green, 40 red, 9 yellow.
    assert!(page.contains("| red | 1.000 (0.912 to 1.000), 40 of 40 |"), "{page}");
    assert!(page.contains("Classes with fewer than 20 objects\\: yellow (9)"), "{page}");
    assert!(page.contains("| crops | 80 | 0 |"), "{page}");
    for title in ["Historical", "Representation", "Measurement", "Aggregation", "Evaluation", "Deployment"] {
        assert!(page.contains(&format!("### {title} bias")), "{page}");
    }
    // Without labels nothing can be said of labels, and without results nothing of suites.
    assert!(page.contains("*Not evaluated\\: the ground truth has no labels"), "{page}");
    assert!(page.contains("*Not evaluated\\: pass the JSON reports"), "{page}");
    assert!(page.contains(
        "Not stated in \\[use\\] of model-card.toml\\: intended use, intended users, out of scope"
    ));
    let again = card(&[&project, "--signal", "class=state"]).1;
    assert_eq!(page, again, "the same project gives the same page");
}

#[test]
fn statements_and_results_stand_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let project = lights(folder.path());
    assert_eq!(card(&[&project, "--new"]).0, 0);
    let (code, _, err) = card(&[&project, "--new"]);
    assert_eq!((code, err.contains("exists and is not replaced")), (2, true), "{err}");
    let file = folder.path().join("model-card.toml");
    let questions = fs::read_to_string(&file).unwrap();
    let answered = questions
        .replace("intended = \"\"", "intended = \"Reading <b>one</b> light | in daylight\"")
        .replace("historical = \"\"", "historical = \"Only one country\"");
    fs::write(&file, answered).unwrap();
    // A suite of the project is run, and its report is given.
    let suite = folder.path().join("exported");
    let hardcase = || Process::new(env!("CARGO_BIN_EXE_hardcase"));
    let out = hardcase().args(["suite", "export", &project, "lights", "-o"]).arg(&suite).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let report = folder.path().join("report.json");
    hardcase().arg("test").arg(&suite).arg("--json").arg(&report).output().unwrap();
    let page = folder.path().join("card.html");
    let arguments = [&project, "--signal", "class=state", "--results", report.to_str().unwrap()];
    let (code, _, err) = card(&[&arguments[..], &["-o", page.to_str().unwrap()]].concat());
    assert_eq!(code, 0, "{err}");
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("Reading &lt;b&gt;one&lt;/b&gt; light | in daylight"), "names are text");
    assert!(html.contains("Only one country"));
    assert!(html.contains("10 cases of regression suites"), "{html}");
    assert!(!html.contains("http://") && !html.contains("https://"), "no network");
    let markdown = card(&arguments).1;
    assert!(markdown.contains("light \\| in daylight"), "{markdown}");
}

#[test]
fn what_cannot_be_told_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let project = lights(folder.path());
    let (code, _, err) = card(&[&project, "-o", "card.pdf"]);
    assert_eq!((code, err.contains(".html or .md")), (2, true), "{err}");
    let (code, _, err) = card(&[&project]);
    assert_eq!((code, err.contains("there is no ground truth")), (3, true), "{err}");
    fs::write(folder.path().join("model-card.toml"), "[bias]\nhistoric = \"x\"\n").unwrap();
    let (code, _, err) = card(&[&project, "--signal", "class=state"]);
    assert_eq!((code, err.contains("bias.historical")), (3, true), "{err}");
}

/// With labels and tags, slices are told apart: persons at 40 frames with a tag, cars at 40 without.
#[test]
fn labels_and_tags_are_evaluated_by_slice() {
    let folder = tempfile::tempdir().unwrap();
    let project = shipped("street", folder.path());
    let mut editor = ProjectEditor::open(folder.path()).unwrap();
    // The sample is tagged as a crowd from its frame 40 on.
    let shape = Shape::Box(Box2 { x0: 10.0, y0: 10.0, x1: 60.0, y1: 90.0 });
    let label = |frame: usize| {
        let class = if frame < 40 { "car" } else { "person" };
        Edit::AddLabel(Label::new(frame as u64 + 1000, "street.mp4", "video", frame, class, shape.clone()))
    };
    editor.commit("labels", Edit::Group((0..80).map(label).collect())).unwrap();
    drop(editor);
    let (code, page, err) = card(&[&project, "--bootstrap", "0"]);
    assert_eq!(code, 0, "{err}");
    assert!(page.contains("of 80 labels were found without looking at predictions"), "{page}");
    assert!(page.contains("| tag crowd | person | 1.000"), "{page}");
    assert!(page.contains("### By tag") && page.contains("### By class"), "{page}");
    assert!(page.contains("slices are worse than the whole beyond chance, of"), "{page}");
    assert!(!page.contains("bootstrap draws"), "{page}");
}
