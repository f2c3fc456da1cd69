//! Validity of inputs beside a reference set: in the window, in sweeps and in suites.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command as Process, Output};

use common::{app, sample, send, try_send};
use hardcase::app::command::Command;
use hardcase::app::evaluate::command::EvaluateCommand;
use hardcase::app::evaluate::{ItemFilter, Order};
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::findings::command::FindingsCommand;
use hardcase::app::findings::results::ViolationFilter;
use hardcase::app::guard::Reference;
use hardcase::app::guard::command::GuardCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::app::{App, Workspace};
use hardcase::inference::card::Colors;
use hardcase::suites::bundle::ModelPlace;

fn lights(home: &Path) -> App {
    let mut app = app(home);
    send(&mut app, Command::Open(OpenCommand::Sample("traffic_lights".to_owned())));
    app
}

fn guard(app: &mut App, command: GuardCommand) {
    send(app, Command::Guard(command));
}

fn hardcase(args: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_frame_is_valid_until_nothing_of_it_can_be_seen() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    send(&mut app, Command::Show(Workspace::Explore));
    guard(&mut app, GuardCommand::Use(Reference::Recording));
    guard(&mut app, GuardCommand::Name("a traffic light".to_owned()));
    let strange = |app: &App| app.open.frame_scores().unwrap().as_ref().unwrap().validity.unwrap();
    let as_it_is = strange(&app);
    assert!(!as_it_is.is_strange(), "{as_it_is:?}");
    assert!(app.open.in_words(&as_it_is).starts_with("probably still a traffic light ("));
    send(&mut app, Command::Explore(ExploreCommand::Add("brightness".to_owned())));
    let dark = ExploreCommand::Set { position: 0, param: "bias".to_owned(), value: -150.0 };
    send(&mut app, Command::Explore(dark));
    let changed = strange(&app);
    assert!(changed.is_strange() && changed.score > as_it_is.score, "{changed:?}");
    let words = app.open.in_words(&changed);
    assert!(words.starts_with("probably no longer a traffic light (") && words.contains(" > "), "{words}");
    guard(&mut app, GuardCommand::Clear);
    assert!(app.open.frame_scores().is_none());
}

#[test]
fn failures_are_split_into_faults_and_inputs_that_are_no_longer_valid() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    send(&mut app, Command::Explore(ExploreCommand::Add("brightness".to_owned())));
    send(&mut app, Command::Findings(FindingsCommand::Sweep));
    let found = app.open.findings.found.as_ref().unwrap();
    assert!(found.violations.len() > 5, "{}", found.violations.len());
    assert!(found.violations.iter().all(|one| one.strange.is_none()));
    guard(&mut app, GuardCommand::Use(Reference::Recording));
    let found = app.open.findings.found.as_ref().unwrap();
    let (fault, invalid) = found.faults();
    assert_eq!(fault + invalid, found.violations.len());
    assert!(invalid > 0, "{fault} {invalid}");
    // Faults first, and of each kind the least strangeness times severity.
    let key = |at: usize| {
        let one = &found.violations[at];
        let strange = one.strange.unwrap();
        (strange.is_strange(), strange.share() * found.variants[one.variant].strength.max(1e-3))
    };
    for at in 1..found.violations.len() {
        assert!(key(at - 1) <= key(at), "{:?} {:?}", key(at - 1), key(at));
    }
    let filter = ViolationFilter { fault: Some(false), ..ViolationFilter::default() };
    send(&mut app, Command::Findings(FindingsCommand::Filter(filter)));
    assert_eq!(app.open.findings.shown().len(), invalid);
    // Another reference set is another answer, and none is none.
    guard(&mut app, GuardCommand::Clear);
    assert!(app.open.findings.found.as_ref().unwrap().violations.iter().all(|one| one.strange.is_none()));
}

#[test]
fn surprise_is_a_field_of_queries_an_order_a_lane_and_finds_mistakes() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    send(&mut app, Command::Evaluate(EvaluateCommand::Run));
    let ask = |app: &mut App, query: &str, order: Order| {
        let filter = ItemFilter { query: query.to_owned(), order, ..ItemFilter::default() };
        send(app, Command::Evaluate(EvaluateCommand::Show(filter)));
    };
    ask(&mut app, "surprise > 0", Order::Time);
    let problem = app.open.evaluate.query_problem.clone().unwrap();
    assert!(problem.contains("choose one first"), "{problem}");
    guard(&mut app, GuardCommand::Use(Reference::Recording));
    let scores = app.open.sample_scores().unwrap().clone();
    let result = app.open.evaluate.result.clone().unwrap();
    assert_eq!(scores.surprise.len(), result.evaluation.samples.len());
    let mut known: Vec<f64> = scores.surprise.iter().flatten().copied().collect();
    known.sort_by(f64::total_cmp);
    assert!(known.last() > known.first(), "a sample is not compared with itself");
    let middle = known[known.len() / 2];
    ask(&mut app, &format!("surprise > {middle}"), Order::Strange);
    assert_eq!(app.open.evaluate.query_problem, None);
    let of = |at: &usize| scores.surprise[result.evaluation.items[*at].sample].unwrap();
    let shown: Vec<f64> = app.open.evaluate.shown.iter().map(of).collect();
    assert!(!shown.is_empty() && shown.iter().all(|score| *score > middle));
    assert!(shown.is_sorted_by(|a, b| a >= b), "{shown:?}");
    let above = result.evaluation.items.iter().filter(|item| scores.surprise[item.sample].unwrap() > middle);
    assert_eq!(shown.len(), above.count());
    ask(&mut app, "validity >= 0 and surprise >= 0", Order::Invalid);
    assert_eq!(app.open.evaluate.shown.len(), result.evaluation.items.len());
    send(&mut app, Command::Evaluate(EvaluateCommand::Slices("surprise".to_owned())));
    assert!(app.open.evaluate.asked.as_ref().unwrap().1.as_ref().unwrap().len() > 1);
    guard(&mut app, GuardCommand::ScoreRecording);
    let lane = app.open.lane_scores().unwrap();
    assert_eq!(lane.points.len(), app.open.playback.times.len());
    let strange = lane.points.iter().filter(|(_, scores)| scores.validity.unwrap().is_strange()).count();
    assert!(10 * strange <= 2 * lane.points.len(), "{strange}: most frames of the reference set are valid");
    assert!(app.open.mistakes_curve().is_none(), "every sample is right");
}

#[test]
fn sweeps_write_validity_and_suites_refuse_invalid_inputs() {
    let home = tempfile::tempdir().unwrap();
    let project = sample("traffic_lights");
    let project = project.to_str().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (profile, table) = (path("reference.json"), path("all.csv"));
    let output =
        hardcase(&["inspect", project, "--validity", "knn", "--stack", "none", "--profile", &profile]);
    assert!(output.status.success(), "{}", told(&output));
    let sweep = |extra: &[&str]| {
        let mut args = vec!["sweep", project, "--stack", "brightness:0|150", "-o", &table, "--stride", "4"];
        args.extend(extra);
        hardcase(&args)
    };
    let plain = sweep(&[]);
    assert!(plain.status.success(), "{}", told(&plain));
    let without = fs::read_to_string(&table).unwrap();
    assert!(!without.lines().next().unwrap().contains("validity"));
    let output = sweep(&["--reference", &profile]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("probably no longer valid (knn above"), "{}", told(&output));
    let text = fs::read_to_string(&table).unwrap();
    assert!(text.lines().next().unwrap().ends_with("validity,valid"), "{text}");
    let (white, same): (Vec<&str>, Vec<&str>) =
        text.lines().skip(1).partition(|line| line.contains("brightness:150"));
    let ends = |line: &str, word: &str| line.ends_with(&format!(",{word}"));
    let valid = same.iter().filter(|line| ends(line, "valid")).count();
    assert!(valid > 0 && white.iter().any(|line| ends(line, "invalid")), "{text}");
    // A frame that is valid as it is, and no longer when it is all white.
    let frame = |line: &&str| line.split(',').nth(2).unwrap().parse::<usize>().unwrap();
    let light: Vec<usize> = same.iter().filter(|line| ends(line, "valid")).map(frame).collect();
    let lost =
        white.iter().filter(|line| ends(line, "invalid")).map(frame).find(|at| light.contains(at)).unwrap();
    // A recording is a reference set as well, and wrong ones are refused in a sentence.
    assert!(sweep(&["--reference", project, "--validity", "energy"]).status.success());
    let few = sweep(&["--reference", project, "--validity", "mahalanobis"]);
    assert!(!few.status.success() && told(&few).contains("too few for a covariance"), "{}", told(&few));
    let wrong = sweep(&["--reference", &profile, "--validity", "nearest"]);
    assert!(wrong.status.code() == Some(2) && told(&wrong).contains("unknown score"), "{}", told(&wrong));
    let lacks = sweep(&["--reference", &profile, "--validity", "deeproad"]);
    assert!(!lacks.status.success() && told(&lacks).contains("--validity deeproad"), "{}", told(&lacks));
    // A suite with one case on a valid and one on an invalid input.
    let mut app = lights(&home.path().join("home"));
    send(&mut app, Command::Show(Workspace::Explore));
    send(&mut app, Command::Play(PlayCommand::SeekFrame(lost)));
    send(&mut app, Command::Suite(SuiteCommand::Active("bright".to_owned())));
    for value in [0.0, 150.0] {
        send(&mut app, Command::Explore(ExploreCommand::Clear));
        send(&mut app, Command::Explore(ExploreCommand::Add("brightness".to_owned())));
        let set = ExploreCommand::Set { position: 0, param: "bias".to_owned(), value };
        send(&mut app, Command::Explore(set));
        send(&mut app, Command::Suite(SuiteCommand::Keep { why: String::new() }));
    }
    let folder = home.path().join("suite");
    let export = SuiteCommand::Export {
        suite: "bright".to_owned(),
        folder: Some(folder.clone()),
        model: ModelPlace::Bundled,
    };
    assert_eq!(try_send(&mut app, Command::Suite(export)), Vec::<String>::new());
    let suite = folder.to_str().unwrap();
    let output = hardcase(&["test", suite, "--reference", &profile]);
    assert!(told(&output).contains("1 case refused"), "{}", told(&output));
    // The same as a setting of the suite.
    fs::copy(&profile, folder.join("reference.json")).unwrap();
    let file = folder.join("suite.toml");
    let text = fs::read_to_string(&file).unwrap();
    let before = hardcase(&["test", suite]);
    assert!(!told(&before).contains("refused"), "{}", told(&before));
    fs::write(&file, format!("{text}\n[validity]\nreference = \"reference.json\"\n")).unwrap();
    let output = hardcase(&["test", suite]);
    assert!(told(&output).contains("1 case refused"), "{}", told(&output));
    assert_eq!(output.status.code(), Some(0), "a refused input fails nothing: {}", told(&output));
}

#[test]
fn the_curve_says_how_well_surprise_finds_mistakes() {
    let home = tempfile::tempdir().unwrap();
    let mut app = lights(home.path());
    // The same model with the colors the wrong way round is right about some lights and wrong about others.
    let model = app.open.models.loaded.clone().unwrap();
    let mut card = model.card.clone();
    card.input.colors = if card.input.colors == Colors::Rgb { Colors::Bgr } else { Colors::Rgb };
    let path = home.path().join("turned.onnx");
    fs::copy(&model.path, &path).unwrap();
    card.save_beside(&path).unwrap();
    send(&mut app, Command::Model(ModelCommand::Load(path)));
    send(&mut app, Command::Evaluate(EvaluateCommand::Run));
    assert!(app.open.mistakes_curve().is_none(), "nothing is known without a reference set");
    guard(&mut app, GuardCommand::Use(Reference::Recording));
    let scores = app.open.sample_scores().unwrap().clone();
    let result = app.open.evaluate.result.clone().unwrap();
    let mistakes = app.open.mistakes_curve().unwrap();
    // The share of pairs of a wrong and a right sample in which the wrong one is more surprising.
    let mut of = [Vec::new(), Vec::new()];
    for (at, score) in scores.surprise.iter().enumerate() {
        let wrong = result.evaluation.items.iter().any(|item| item.sample == at && item.truth != item.answer);
        of[usize::from(wrong)].extend(*score);
    }
    assert_eq!((mistakes.wrong, mistakes.samples), (of[1].len(), of[0].len() + of[1].len()));
    let pairs = of[1].iter().flat_map(|wrong| of[0].iter().map(move |right| (*wrong, *right)));
    let worth = |(wrong, right): (f64, f64)| match wrong.total_cmp(&right) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    let auc = pairs.map(worth).sum::<f64>() / (of[0].len() * of[1].len()) as f64;
    assert!((mistakes.auc - auc).abs() < 1e-9, "{} {auc}", mistakes.auc);
    assert_eq!((mistakes.curve.first(), mistakes.curve.last()), (Some(&[0.0, 0.0]), Some(&[1.0, 1.0])));
}
