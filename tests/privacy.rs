//! What a stranger's files and a curious neighbor get: no network, no other programs, no names, no passwords, no time.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command as Process, Output};

use common::{sample, send};
use hardcase::app::command::Command;
use hardcase::app::session::SessionCommand;
use hardcase::base::files::write_atomic;
use hardcase::base::time::Time;
use hardcase::data::labels::tag::Tag;
use hardcase::inference::backend::Backend;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;

/// Name of whoever runs the program.
const ACCOUNT: &str = "somebody-unlikely";

fn hardcase(args: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_hardcase")).args(args).env("USER", ACCOUNT).output().unwrap()
}

/// Calls by which a process reaches others: connections beyond this machine's files, and programs.
fn reached(args: &[&str], folder: &Path) -> Option<Vec<String>> {
    let trace = folder.join("trace");
    let mut strace = Process::new("strace");
    strace.args(["-f", "-s", "200", "-e", "trace=connect,bind,sendto,sendmsg,execve,execveat", "-o"]);
    strace
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_hardcase"))
        .args(args)
        .current_dir(folder)
        .env("USER", ACCOUNT);
    let output = strace.output().ok()?;
    let text = fs::read_to_string(&trace).unwrap_or_default();
    if !text.contains("execve(") {
        return None;
    }
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    // Models may run in a process of this very program.
    let own = format!("execve(\"{}\"", env!("CARGO_BIN_EXE_hardcase"));
    let calls = text.lines().filter(|line| line.contains('(') && !line.contains(&own));
    Some(calls.filter(|line| !line.contains("AF_UNIX")).map(str::to_owned).collect())
}

/// The demo saves a case as the window does: without the account name, for nobody was asked.
#[test]
fn tests_and_the_demo_reach_nobody_and_sign_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let suite = sample("traffic_lights/suites/lights");
    for args in [&["test", suite.to_str().unwrap()][..], &["demo", "--output", "demo"][..]] {
        match reached(args, folder.path()) {
            Some(calls) => assert_eq!(calls, Vec::<String>::new(), "{args:?}"),
            None => eprintln!("skipped: strace is not there or may not trace"),
        }
    }
    if !folder.path().join("demo").exists() {
        hardcase(&["demo", "--output", folder.path().join("demo").to_str().unwrap()]);
    }
    let (mut folders, mut cases) = (vec![folder.path().join("demo")], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                cases += usize::from(text.contains("[oracle]"));
                assert!(!text.contains(ACCOUNT), "{}", path.display());
            }
        }
    }
    assert!(cases > 0);
}

#[test]
fn passwords_of_addresses_are_shown_nowhere() {
    let address = "http://me:secret@127.0.0.1:9";
    let backend = Backend::named(address).unwrap();
    let shown = format!("{} {} {} {backend:?}", backend.id, backend.title, backend.name());
    assert!(shown.contains("***@127.0.0.1:9") && !shown.contains("secret"), "{shown}");
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("r.json");
    let suite = sample("traffic_lights/suites/lights");
    let (suite, json_path) = (suite.to_str().unwrap(), json.to_str().unwrap());
    let output = hardcase(&["test", suite, "--backend", address, "--json", json_path]);
    let said = [output.stdout, output.stderr, fs::read(&json).unwrap_or_default()].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("127.0.0.1:9") && !said.contains("secret"), "{said}");
}

/// Cases are judged in a process of its own, which needs the password as well.
#[test]
fn a_server_gets_the_password_of_its_address() {
    use std::io::{BufRead as _, BufReader};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://me:secret@{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        lines
            .take_while(|line| !line.is_empty())
            .find(|line| line.to_lowercase().starts_with("authorization:"))
    });
    hardcase(&["test", sample("traffic_lights/suites/lights").to_str().unwrap(), "--backend", &address]);
    let header = asked.join().unwrap().unwrap();
    assert!(header.ends_with("Basic bWU6c2VjcmV0"), "{header}");
}

/// The mode of a file depends on the umask of the process and on nothing else, and one that was chosen stays.
#[cfg(unix)]
#[test]
fn files_obey_the_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for umask in ["022", "077", "002"] {
        let junit = folder.path().join(format!("{umask}.xml"));
        let suite = sample("traffic_lights/suites/lights");
        let script = format!("umask {umask}; exec \"$0\" test \"$1\" --junit \"$2\"");
        let mut shell = Process::new("sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_hardcase")]).arg(suite).arg(&junit);
        shell.output().unwrap();
        assert_eq!(mode(&junit), 0o666 & !u32::from_str_radix(umask, 8).unwrap(), "{umask}");
    }
    let path = folder.path().join("own");
    write_atomic(&path, b"a").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    write_atomic(&path, b"b").unwrap();
    assert_eq!((mode(&path), fs::read(&path).unwrap()), (0o640, b"b".to_vec()));
}

fn tag(id: u64, start: i64) -> Tag {
    Tag {
        id,
        clip: "drive".to_owned(),
        kind: "rain".to_owned(),
        start: Time(start),
        end: None,
        note: String::new(),
        attributes: std::collections::BTreeMap::default(),
    }
}

#[test]
fn many_tags_at_once_are_as_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = ProjectEditor::create(folder.path(), "t").unwrap();
    editor.commit("first", Edit::AddTag(tag(1, 50))).unwrap();
    let before = editor.project().tags.clone();
    let group = vec![
        Edit::AddTag(tag(3, 10)),
        Edit::AddTag(tag(2, 90)),
        Edit::SetTag(tag(1, 95)),
        Edit::SetTag(tag(3, 20)),
        Edit::AddTag(tag(4, 5)),
        Edit::RemoveTag(4),
    ];
    editor.commit("group", Edit::Group(group.clone())).unwrap();
    let after = vec![tag(3, 20), tag(2, 90), tag(1, 95)];
    assert_eq!(editor.project().tags, after);
    editor.undo().unwrap();
    assert_eq!(editor.project().tags, before);
    editor.redo().unwrap();
    assert_eq!(editor.project().tags, after);
    // One that cannot be applied takes back those before it.
    let bad = [group, vec![Edit::RemoveTag(9)]].concat();
    assert!(editor.commit("bad", Edit::Group(bad)).is_err());
    assert_eq!(editor.project().tags, after);
    drop(editor);
    assert_eq!(ProjectEditor::open(folder.path()).unwrap().project().tags, after);
}

#[test]
fn a_setting_decides_who_signs_cases() {
    let home = tempfile::tempdir().unwrap();
    let mut app = common::app(home.path());
    assert_eq!(app.session.sign_cases, None);
    send(&mut app, Command::Session(SessionCommand::SignCases(true)));
    assert_eq!(common::app(home.path()).session.sign_cases, Some(true));
}
