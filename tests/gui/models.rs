//! Models in the window: what they read, what is in their files, trying them and running them in another way.

use std::path::Path;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::session::Theme;
use hardcase::gui::shell::Shell;

use crate::common::copied;
use crate::{click, in_both_themes, lights, send, settle, snapshot, window};

fn notes(home: &Path, theme: Theme) -> Harness<'static, Shell> {
    let folder = home.join("notes");
    copied("notes", &folder);
    let mut harness = window(&home.join("home"), theme);
    send(&mut harness, Command::Open(OpenCommand::Paths(vec![folder])));
    settle(&mut harness);
    harness
}

#[test]
fn texts_are_read_changed_and_kept() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = notes(home.path(), theme);
        send(&mut harness, Command::Play(PlayCommand::SeekFrame(2)));
        settle(&mut harness);
        harness.get_by_label("Text: Braked for a jogger next to the guardrail");
        snapshot(&mut harness, &format!("text_{name}"));
        send(&mut harness, Command::Show(Workspace::Explore));
        click(&mut harness, "Typos");
        send(
            &mut harness,
            Command::Explore(ExploreCommand::Set { position: 0, param: "count".to_owned(), value: 8.0 }),
        );
        settle(&mut harness);
        let outcome = harness.state().app.open.explore.outcome.clone().unwrap().unwrap();
        let (before, after) = ("Braked for a jogger next to the guardrail", outcome.changed.text().unwrap());
        assert!(after != before && after.len() == before.len(), "{after}");
        snapshot(&mut harness, &format!("text_explore_{name}"));
        click(&mut harness, "Save as test case");
        assert_eq!(harness.state().app.project().unwrap().cases.len(), 1);
        harness.take_snapshot_results()
    });
}

#[test]
fn everything_about_a_model_is_in_one_window() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = notes(home.path(), theme);
        click(&mut harness, "Model settings");
        harness.get_by_label("Save and apply");
        snapshot(&mut harness, &format!("model_text_card_{name}"));
        click(&mut harness, "File");
        harness.get_by_label("attention_mask");
        click(&mut harness, "Single run");
        let edit = harness.get_by_label("Input text");
        edit.focus();
        edit.type_text("A ladder on the highway");
        harness.run_steps(3);
        click(&mut harness, "Run on text");
        settle(&mut harness);
        let attempt = harness.state().app.open.models.single_run.clone().unwrap().unwrap();
        assert_eq!(attempt.answer.best().unwrap().0, "debris");
        assert_eq!(
            (attempt.outputs[0].name.as_str(), attempt.outputs[0].shape.as_slice()),
            ("logits", &[1, 5][..])
        );
        click(&mut harness, "Differential test");
        // What is offered depends on what is installed.
        harness.get_by_label("With").focus();
        harness.run_steps(2);
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        harness.get_by_label("With").type_text("embedded:precision=int8");
        harness.run_steps(3);
        click(&mut harness, "Run differential test");
        settle(&mut harness);
        let found = harness.state().app.open.models.differential.clone().unwrap();
        assert_eq!(found.along.summary.inputs, 112);
        assert!(found.differs && !found.along.differing.is_empty());
        harness.get_by_label_contains("Differs from embedded:precision=int8");
        snapshot(&mut harness, &format!("model_two_ways_{name}"));
        // A place that differs is one click away.
        let frame = found.samples[found.along.differing[1]].1;
        harness.get_by_label(&format!("Go to sample {frame}")).scroll_to_me();
        harness.run_steps(4);
        click(&mut harness, &format!("Go to sample {frame}"));
        assert_eq!(harness.state().app.open.playback.frame(), frame);
        harness.take_snapshot_results()
    });
}

#[test]
fn a_case_is_changed_and_says_that_its_failure_is_known() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = notes(home.path(), Theme::Dark);
    send(&mut harness, Command::Show(Workspace::Explore));
    click(&mut harness, "Typos");
    click(&mut harness, "Save as test case");
    let id = harness.state().app.project().unwrap().cases[0].id.clone();
    send(&mut harness, Command::Show(Workspace::Suites));
    settle(&mut harness);
    click(&mut harness, &format!("Edit case {id}"));
    click(&mut harness, "Known failure (xfail)");
    // Without a reason it is not accepted.
    harness.get_by_label("enter why the failure is accepted");
    let edit = harness.get_by_label("Accepted because");
    edit.focus();
    edit.type_text("ticket 7");
    harness.run_steps(3);
    let edit = harness.get_by_label("Until");
    edit.focus();
    edit.type_text("2031-02-30");
    harness.run_steps(3);
    harness.get_by_label("enter the date like 2027-01-31");
    snapshot(&mut harness, "case_terms_dark");
    for _ in 0..2 {
        harness.key_press(egui::Key::Backspace);
    }
    harness.get_by_label("Until").type_text("28");
    harness.run_steps(3);
    click(&mut harness, "Save case");
    let known = harness.state().app.project().unwrap().cases[0].terms.known_failure.clone().unwrap();
    assert_eq!(
        (known.reason.as_str(), known.until.unwrap().to_string().as_str()),
        ("ticket 7", "2031-02-28")
    );
    click(&mut harness, "Undo");
    assert!(harness.state().app.project().unwrap().cases[0].terms.known_failure.is_none());
}

/// The part of [`onnx_runtime_is_fetched_by_a_button`] that runs in a process of its own, where no library is found.
#[test]
#[ignore = "started by another test, with a Python that stands in for the user's own"]
fn in_a_window_without_onnx_runtime() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = notes(home.path(), Theme::Dark);
    click(&mut harness, "Model settings");
    click(&mut harness, "Backend");
    click(&mut harness, "Fetch ONNX Runtime");
    settle(&mut harness);
    let told =
        |text: &str| harness.state().app.notices.list().iter().any(|notice| notice.text.contains(text));
    assert!(told("pip install"), "the command is shown");
    assert!(told("could not install onnxruntime"), "the reason is shown");
    assert!(told("no network here"), "pip's own words are shown");
    harness.get_by_label("Fetch ONNX Runtime");
}

#[cfg(unix)]
#[test]
fn onnx_runtime_is_fetched_by_a_button() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let python = home.path().join("python3");
    std::fs::write(&python, "#!/bin/sh\necho 'ERROR: no network here' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", home.path().display(), std::env::var("PATH").unwrap_or_default());
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "models::in_a_window_without_onnx_runtime", "--ignored", "--nocapture"])
        .env("PATH", path)
        .env("HARDCASE_HOME", home.path())
        // Packages of the person who runs the test, too, are where a library would be found.
        .env("HOME", home.path())
        .env_remove("VIRTUAL_ENV")
        .env_remove("CONDA_PREFIX")
        .env_remove("ORT_DYLIB_PATH")
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn a_model_is_attacked_and_what_fell_is_exported() {
    in_both_themes(|theme, name| {
        let home = tempfile::tempdir().unwrap();
        let mut harness = lights(home.path(), theme);
        send(&mut harness, Command::Show(Workspace::Evaluate));
        let signal = EvaluateCommand::Signal { number: "class".to_owned(), signal: Some("state".to_owned()) };
        send(&mut harness, Command::Evaluate(signal));
        click(&mut harness, "Robustness");
        harness.get_by_label_contains("Not tried: bim");
        // What an attacker who sees no gradient can do is another list.
        click(&mut harness, "No gradients");
        assert!(harness.query_by_label("Projected gradient descent").is_none());
        click(&mut harness, "Thorough");
        click(&mut harness, "Quick");
        click(&mut harness, "Attack 20 images");
        settle(&mut harness);
        let attacked = harness.state().app.open.evaluate.attacked.as_ref().unwrap();
        assert!(attacked.complete);
        let holds: Vec<usize> = attacked.summaries.iter().map(|summary| summary.all.holds).collect();
        assert!(
            holds.len() == 4 && holds.windows(2).all(|pair| pair[0] >= pair[1]) && holds[3] < 20,
            "{holds:?}"
        );
        assert_eq!(attacked.fallen.len(), 20 - holds[3] - attacked.summaries[3].all.wrong_before);
        harness.get_by_label_contains("under noise of the same size");
        snapshot(&mut harness, &format!("robustness_{name}"));
        let folder = home.path().join("attacked");
        send(&mut harness, Command::Evaluate(EvaluateCommand::ExportAttacked(folder.clone())));
        settle(&mut harness);
        let suite = hardcase::suites::files::read(&folder).unwrap();
        assert_eq!(suite.file.name, "attacks");
        harness.take_snapshot_results()
    });
}
