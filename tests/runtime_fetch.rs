//! `hardcase doctor --fetch-runtime`, with a Python that stands in for the user's own: nothing goes over the network.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the command with a `python3` that is this shell script.
fn fetch(home: &Path, script: &str) -> Output {
    let programs = home.join("programs");
    std::fs::create_dir_all(&programs).unwrap();
    let python = programs.join("python3");
    std::fs::write(&python, format!("#!/bin/sh\n{script}")).unwrap();
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    Command::new(env!("CARGO_BIN_EXE_hardcase"))
        .args(["doctor", "--fetch-runtime"])
        .env("HARDCASE_HOME", home)
        .env("PATH", path)
        .env_remove("ORT_DYLIB_PATH")
        .output()
        .unwrap()
}

/// Puts a file called like the library where pip would put it: behind `--target`.
const INSTALLS: &str = r#"
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/onnxruntime/capi" && printf library > "$2/onnxruntime/capi/libonnxruntime.so.1.2.3"
"#;

#[test]
fn the_command_is_shown_and_the_checksum_of_what_it_brought() {
    let home = tempfile::tempdir().unwrap();
    let output = fetch(home.path(), INSTALLS);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    let first = said.lines().next().unwrap();
    assert!(first.starts_with("python3 -m pip install --no-deps"), "{said}");
    assert!(first.contains(&format!("--target {}", home.path().join("onnxruntime").display())), "{said}");
    let library = home.path().join("onnxruntime/onnxruntime/capi/libonnxruntime.so.1.2.3");
    assert_eq!(std::fs::read(&library).unwrap(), b"library");
    // printf library | sha256sum
    assert!(said.contains("b718f1354f7247312eca086d9a024afe5fa717ddea5adeddd6f12bcf945b2e8c"), "{said}");
    assert!(!home.path().join("onnxruntime.part").exists());
}

#[test]
fn a_fetch_that_fails_says_why_and_leaves_the_earlier_library() {
    let home = tempfile::tempdir().unwrap();
    assert!(fetch(home.path(), INSTALLS).status.success());
    let failed =
        fetch(home.path(), "echo 'ERROR: No matching distribution found for onnxruntime' >&2; exit 1");
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(!failed.status.success() && said.contains("No matching distribution found"), "{said}");
    assert!(home.path().join("onnxruntime/onnxruntime/capi/libonnxruntime.so.1.2.3").is_file());
    assert!(!home.path().join("onnxruntime.part").exists());
}
