//! Attacks as a step of Explore: computed by a job, kept, frozen with a case, judged again without a gradient.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;

use common::onnx::Graph;
use common::{app, send, try_send};
use hardcase::app::command::Command;
use hardcase::app::explore::attack::{AttackState, AttackStep};
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::explore::glance::{GlanceCommand, SHOWN_MS, Stage};
use hardcase::app::jobs::JobKind;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::app::{App, Workspace};
use hardcase::base::files::sha256_hex;
use hardcase::base::time::Span;
use hardcase::data::cases::case::Case;
use hardcase::data::image::Image;
use hardcase::inference::card::Layout;
use hardcase::robustness::attacks::kind;
use hardcase::search::curve::Tipping;
use hardcase::suites::bundle::ModelPlace;

fn lights(home: &Path) -> App {
    let mut app = app(home);
    send(&mut app, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    send(&mut app, Command::Show(Workspace::Explore));
    app
}

fn step(id: &str) -> AttackStep {
    AttackStep::new(kind(id).unwrap())
}

fn attack(app: &mut App, step: Option<AttackStep>) {
    send(app, explore(ExploreCommand::Attack(step)));
}

fn explore(command: ExploreCommand) -> Command {
    Command::Explore(command)
}

/// The attacked image on screen, and whether the model is still right.
fn done(app: &App) -> (Image, bool) {
    let AttackState::Done(frame) = app.attack_state() else { panic!("{:?}", app.attack_state()) };
    assert_eq!(app.open.explore.changed.as_ref().unwrap().changed, frame.image);
    (frame.image.clone(), frame.outcome.as_ref().unwrap().holds())
}

/// The verdict on screen.
fn verdict(app: &App) -> &'static str {
    app.open.explore.outcome.as_ref().unwrap().as_ref().unwrap().verdict.word()
}

#[test]
fn an_attack_is_computed_judged_and_kept_while_nothing_before_it_changes() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    attack(&mut app, Some(step("pgd").of_size(16.0 / 255.0)));
    let (image, holds) = done(&app);
    let original = app.open.explore.changed.as_ref().unwrap().original.clone();
    let most = original.pixels().iter().zip(image.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!((1..=16).contains(&most), "{most}");
    assert_eq!(verdict(&app), if holds { "pass" } else { "fail" });
    // Off and on again: nothing is computed anew.
    let off = AttackStep { enabled: false, ..step("pgd").of_size(16.0 / 255.0) };
    attack(&mut app, Some(off));
    assert_eq!(app.open.explore.changed.as_ref().unwrap().changed, original);
    app.dispatch(explore(ExploreCommand::Attack(Some(step("pgd").of_size(16.0 / 255.0)))));
    assert!(matches!(app.attack_state(), AttackState::Done(_)));
    assert!(!app.jobs.is_running(JobKind::AttackStep));
    app.settle(3);
    assert_eq!(done(&app).0, image);
    // Another seed is another attack, and the same seed is the same one in another run of the program.
    send(&mut app, explore(ExploreCommand::Seed(9)));
    assert_ne!(done(&app).0, image, "a random start of another seed");
    let second = tempfile::tempdir().unwrap();
    let mut other = lights(second.path());
    attack(&mut other, Some(step("pgd").of_size(16.0 / 255.0)));
    assert_eq!(done(&other).0, image);
}

#[test]
fn a_transform_before_the_attack_is_attacked_and_the_newest_question_wins() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    // Not waited for: each of these replaces the one before.
    for eps in [4.0, 6.0, 8.0] {
        app.dispatch(explore(ExploreCommand::Attack(Some(step("square").of_size(eps / 255.0)))));
    }
    app.dispatch(explore(ExploreCommand::Add("brightness".to_owned())));
    app.dispatch(explore(ExploreCommand::Set { position: 0, param: "bias".to_owned(), value: 40.0 }));
    app.settle(3);
    let (image, _) = done(&app);
    let original = app.open.explore.changed.as_ref().unwrap().original.clone();
    let mean = |image: &Image| {
        image.pixels().iter().map(|value| f64::from(*value)).sum::<f64>() / image.pixels().len() as f64
    };
    assert!(mean(&image) > mean(&original) + 5.0, "{} {}", mean(&image), mean(&original));
    let stack = app.open.explore.stack.clone();
    assert_eq!(stack.transforms.len(), 1, "the stack holds transforms only");
    let minimized = try_send(&mut app, explore(ExploreCommand::Minimize)).concat();
    assert!(minimized.contains("switch the attack off first"), "{minimized}");
}

#[test]
fn a_stopped_attack_is_not_begun_again_by_itself() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    app.dispatch(explore(ExploreCommand::Attack(Some(AttackStep { budget: 5000, ..step("boundary") }))));
    app.dispatch(explore(ExploreCommand::StopAttack));
    app.settle(3);
    // It may have been done before it was asked to stop.
    if matches!(app.attack_state(), AttackState::Stopped) {
        assert!(app.open.explore.outcome.is_none(), "no verdict about something else");
        let problem = try_send(&mut app, Command::Suite(SuiteCommand::Keep { why: String::new() })).concat();
        assert!(problem.contains("not done yet"), "{problem}");
        attack(&mut app, Some(step("inversion")));
        done(&app);
    }
}

#[test]
fn an_attacked_frame_is_frozen_with_its_case_and_judged_without_a_gradient() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    attack(&mut app, Some(step("mi_fgsm").of_size(32.0 / 255.0)));
    let (image, _) = done(&app);
    let before = verdict(&app);
    send(&mut app, Command::Suite(SuiteCommand::Keep { why: "looks the same".to_owned() }));
    let project = app.project().unwrap();
    let case: Case = project.cases.iter().find(|case| case.attack.is_some()).unwrap().clone();
    let note = case.attack.clone().unwrap();
    assert_eq!((note.attack.as_str(), note.norm.as_str(), note.seed), ("mi_fgsm", "linf", 0));
    assert!((note.eps - 32.0 / 255.0).abs() < 1e-12 && note.budget == 500);
    assert!(case.stack.transforms.is_empty() && case.tags.contains(&"mi_fgsm".to_owned()), "{:?}", case.tags);
    let bytes = fs::read(project.folder.join(&note.file)).unwrap();
    assert_eq!(sha256_hex(&bytes), note.sha256);
    assert_eq!(Image::decode(&bytes).unwrap(), image);
    // In the window.
    let (suite, id) = (case.suite.clone(), case.id.clone());
    send(&mut app, Command::Suite(SuiteCommand::Run(suite.clone())));
    let judged = app.open.suites.verdicts[&(suite.clone(), id.clone())].clone().unwrap();
    assert_eq!(judged.word(), before);
    // Opened again it shows the frozen image and computes nothing.
    attack(&mut app, None);
    app.dispatch(Command::Suite(SuiteCommand::OpenCase { suite: suite.clone(), id }));
    assert!(!app.jobs.is_running(JobKind::AttackStep));
    app.settle(3);
    let AttackState::Done(frame) = app.attack_state() else { panic!("{:?}", app.attack_state()) };
    assert!(frame.image == image && frame.outcome.is_none());
    assert_eq!(verdict(&app), before);
    // As files, by the command line.
    let folder = home.path().join("suite");
    let export = SuiteCommand::Export { suite, folder: Some(folder.clone()), model: ModelPlace::Bundled };
    send(&mut app, Command::Suite(export));
    assert!(folder.join("attacked").join(format!("{}.png", note.sha256)).is_file());
    let run = || {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_hardcase"));
        let mut program = program;
        program.arg("test").arg(&folder).output().unwrap()
    };
    let output = run();
    assert_eq!(output.status.code(), Some(i32::from(before == "fail")), "{output:?}");
    // A single altered byte is an error and no verdict.
    let file = folder.join("attacked").join(format!("{}.png", note.sha256));
    fs::write(&file, image.difference(&image, 1).to_png().unwrap()).unwrap();
    let output = run();
    assert!(String::from_utf8_lossy(&output.stdout).contains("the input was altered"), "{output:?}");
}

#[test]
fn attacks_say_why_they_cannot_run() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    send(&mut app, explore(ExploreCommand::AttackSupport));
    let support = app.open.attack_support().unwrap().clone();
    assert!(
        support.problem(kind("pgd").unwrap()).is_none() && support.problem(kind("square").unwrap()).is_none()
    );
    // A change below a gray level is none that a file could hold.
    attack(&mut app, Some(step("fgsm").of_size(0.5 / 255.0)));
    let AttackState::Failed(problem) = app.attack_state() else { panic!("{:?}", app.attack_state()) };
    assert!(problem.contains("below one gray level"), "{problem}");
    // Epsilon of zero changes nothing, and that is said.
    attack(&mut app, Some(step("fgsm").of_size(0.0)));
    let original = app.open.explore.changed.as_ref().unwrap().original.clone();
    assert_eq!(done(&app).0, original);
}

#[test]
fn a_person_says_what_the_attacked_frame_is_and_the_case_keeps_it() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    send(&mut app, Command::Play(PlayCommand::SeekFrame(3)));
    attack(&mut app, Some(step("fgsm")));
    let glance = |command: GlanceCommand| explore(ExploreCommand::Glance(command));
    send(&mut app, glance(GlanceCommand::Begin));
    let count = app.open.explore.glance.check.as_ref().unwrap().count();
    assert_eq!(count, 5, "four unchanged ones beside it");
    for _ in 0..count {
        let check = app.open.explore.glance.check.clone().unwrap();
        assert_eq!(check.stage, Stage::Ready);
        // Too early to say anything.
        send(&mut app, glance(GlanceCommand::Say(0)));
        assert_eq!(app.open.explore.glance.check.as_ref().unwrap().at, check.at);
        app.dispatch(glance(GlanceCommand::Show));
        assert!(app.open.explore.glance.check.as_ref().unwrap().shown().is_some());
        app.poll(Span(i64::from(SHOWN_MS) * 1_000_000));
        assert!(app.open.explore.glance.check.as_ref().unwrap().shown().is_none(), "half a second is over");
        send(&mut app, glance(GlanceCommand::Say(0)));
    }
    assert!(app.open.explore.glance.check.is_none());
    let judged = app.glance().unwrap().clone();
    assert_eq!((judged.shown_ms, judged.among), (SHOWN_MS, 4));
    send(&mut app, Command::Suite(SuiteCommand::Keep { why: String::new() }));
    let cases = &app.project().unwrap().cases;
    let kept: Vec<_> = cases.iter().filter_map(|case| case.terms.kept.glance.clone()).collect();
    assert_eq!(kept, [judged]);
}

#[test]
fn the_curve_and_the_tipping_point_run_over_epsilon() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    attack(&mut app, Some(step("fgsm")));
    send(&mut app, explore(ExploreCommand::Curve));
    let curve = app.open.explore.curve.clone();
    assert_eq!((curve.len(), curve[0].verdict.word()), (11, "pass"));
    let ends = [&curve[0], &curve[10]].map(|point| point.strength.to_bits());
    assert_eq!(ends, [0.0_f64, 64.0].map(f64::to_bits));
    send(&mut app, explore(ExploreCommand::FindTipping));
    let fails = curve.iter().find(|point| point.verdict.failed()).map(|point| point.strength);
    match (app.open.explore.tipping.clone().unwrap(), fails) {
        (Tipping::Breaks { strength, holds, .. }, Some(first)) => {
            assert!(strength <= first && (strength - holds - 1.0).abs() < 1e-9, "{strength} {holds} {first}");
            let set = app.open.explore.attack.step.clone().unwrap();
            assert!((set.strength - strength).abs() < 1e-9);
            assert_eq!(verdict(&app), "fail");
        }
        (Tipping::Holds { up_to, .. }, None) => assert!((up_to - 64.0).abs() < 1e-9),
        other => panic!("{other:?}"),
    }
    // Another attack is another curve.
    attack(&mut app, Some(step("bim")));
    assert!(app.open.explore.curve.is_empty());
}

#[test]
fn attacks_by_gradients_are_refused_where_a_model_has_none() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    let card = app.open.models.loaded.as_ref().unwrap().card.clone();
    let (width, height) = (i64::from(card.input.width), i64::from(card.input.height));
    let nhwc = card.input.layout == Layout::Nhwc;
    let shape = if nhwc { [1, height, width, 3] } else { [1, 3, height, width] };
    let path = Graph::default()
        .weights("w", &[3 * width * height, 3])
        .step("Round", &["x"], &["a"], &[])
        .step("Flatten", &["a"], &["b"], &[])
        .step("MatMul", &["b", "w"], &["y"], &[])
        .write(home.path(), &shape, &["y"]);
    let mut own = card;
    own.input.name = "x".to_owned();
    own.save_beside(&path).unwrap();
    send(&mut app, Command::Model(ModelCommand::Load(path)));
    send(&mut app, explore(ExploreCommand::AttackSupport));
    let support = app.open.attack_support().unwrap().clone();
    let why = support.problem(kind("pgd").unwrap()).unwrap().to_owned();
    assert!(why.contains("no gradient for operator Round"), "{why}");
    assert_eq!(support.problem(kind("square").unwrap()), None);
    let problem = try_send(&mut app, explore(ExploreCommand::Attack(Some(step("pgd"))))).concat();
    assert!(problem.contains("cannot run") && app.open.explore.attack.step.is_none(), "{problem}");
    attack(&mut app, Some(AttackStep { budget: 50, ..step("square") }));
    done(&app);
}

#[test]
fn an_inspection_shows_what_attacked_inputs_cover() {
    let project = common::sample("traffic_lights");
    let inspect = |extra: &[&str]| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_hardcase"));
        program.arg("inspect").arg(&project);
        program.args(["--coverage", "nc,nbc", "--surprise", "dsa", "--stack", "none", "--stride", "4"]);
        program.args(extra).output().unwrap()
    };
    let text = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let plain = inspect(&[]);
    assert!(plain.status.success() && !text(&plain).contains("attacked"), "{plain:?}");
    let one = inspect(&["--attack", "pgd", "--eps", "24/255", "--jobs", "1"]);
    assert!(one.status.success(), "{one:?}");
    let heads = text(&one).lines().find(|line| line.contains("together")).unwrap().to_owned();
    let columns: Vec<&str> = heads.split_whitespace().collect();
    assert_eq!(columns, ["natural", "noise", "attacked", "together"]);
    assert_eq!(text(&one), text(&inspect(&["--attack", "pgd", "--eps", "24/255", "--jobs", "2"])));
    let unknown = inspect(&["--attack", "pgb"]);
    let told = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(unknown.status.code() == Some(2) && told.contains("did you mean \"pgd\""), "{told}");
}
