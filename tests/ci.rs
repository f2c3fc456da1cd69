//! What is offered to CI systems: templates checked by their own tools, scripts run with the files of the platform, completions
//! and man pages.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{copy_folder, repo, sample};

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

/// A tool that `tests/run.sh` brings.
fn tool(name: &str) -> Option<Command> {
    let tools = PathBuf::from(std::env::var_os("HARDCASE_REPORT_TOOLS")?);
    let program = tools.join("bin").join(name);
    if !program.exists() {
        return None;
    }
    let mut command = Command::new(program);
    command.env("PYTHONPATH", tools).current_dir(repo());
    Some(command)
}

#[test]
fn templates_are_what_their_platforms_read() {
    let checks: [(&str, &[&str]); 6] = [
        ("check-jsonschema", &["--builtin-schema", "vendor.github-actions", "action.yml"]),
        ("check-jsonschema", &["--builtin-schema", "vendor.github-workflows", "ci/github-example.yml"]),
        (
            "check-jsonschema",
            &["--builtin-schema", "vendor.github-workflows", ".github/workflows/release.yml"],
        ),
        (
            "check-jsonschema",
            &["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", "ci/gitlab.yml"],
        ),
        ("pre-commit", &["validate-manifest", ".pre-commit-hooks.yaml"]),
        ("hadolint", &["Dockerfile"]),
    ];
    for (name, args) in checks {
        match tool(name) {
            Some(mut command) => {
                let output = command.args(args).output().unwrap();
                assert!(output.status.success(), "{name} {args:?}: {}", said(&output));
            }
            None => println!("SKIPPED: {name} {args:?}, the tool is not there (HARDCASE_REPORT_TOOLS)"),
        }
    }
}

/// The package is unpacked into an empty root, and the program runs from there.
#[test]
fn a_debian_package_has_the_program_its_pages_and_what_it_needs() {
    if ["dpkg-deb", "objdump"].iter().any(|name| Command::new(name).arg("--version").output().is_err()) {
        println!("SKIPPED: the Debian package, dpkg-deb or objdump is not there");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let run = |program: &Path, args: &[&str]| {
        // The program of the tests is large, and packing it tells nothing.
        let output =
            Command::new(program).args(args).env("DPKG_DEB_COMPRESSOR_TYPE", "none").output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let out = folder.path().to_str().unwrap();
    let package = run(&repo().join("ci/deb.sh"), &[env!("CARGO_BIN_EXE_hardcase"), out]);
    let package = package.trim();
    let version = format!("hardcase_{}_", env!("CARGO_PKG_VERSION"));
    assert!(package.contains(&version), "{package}");
    let control = run(Path::new("dpkg-deb"), &["--field", package]);
    assert!(control.contains("Depends: libc6 (>= 2."), "{control}");
    let root = folder.path().join("root");
    run(Path::new("dpkg-deb"), &["-x", package, root.to_str().unwrap()]);
    for file in [
        "usr/share/man/man1/hardcase.1.gz",
        "usr/share/man/man1/hardcase-test.1.gz",
        "usr/share/bash-completion/completions/hardcase",
        "usr/share/zsh/vendor-completions/_hardcase",
        "usr/share/fish/vendor_completions.d/hardcase.fish",
        "usr/share/doc/hardcase/copyright",
    ] {
        assert!(root.join(file).metadata().is_ok_and(|file| file.len() > 0), "{file}");
    }
    let told = run(&root.join("usr/bin/hardcase"), &["--version"]);
    assert_eq!(told.trim(), format!("hardcase {}", env!("CARGO_PKG_VERSION")));
}

/// A script of `ci/` with the program of the tests on its path.
fn script(name: &str, folder: &Path) -> Command {
    let mut command = Command::new("bash");
    let own = Path::new(env!("CARGO_BIN_EXE_hardcase")).parent().unwrap();
    let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
    command.arg(repo().join("ci").join(name)).env("PATH", path).current_dir(folder);
    command
}

fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&sample("traffic_lights/suites/lights"), &folder.path().join("suites/lights"));
    folder
}

#[test]
fn the_step_of_the_action_tells_github_what_failed() {
    let folder = checkout();
    let file = |name: &str| folder.path().join(name);
    let run = |suites: &str, model: &Path| {
        let output = script("github.sh", folder.path())
            .env("SUITES", suites)
            .env("MODEL", model)
            .env("REPORT", "out/report of it")
            .env("GITHUB_WORKSPACE", folder.path())
            .env("GITHUB_STEP_SUMMARY", file("summary.md"))
            .env("GITHUB_OUTPUT", file("output.txt"))
            .output()
            .unwrap();
        let told = fs::read_to_string(file("output.txt")).unwrap();
        fs::remove_file(file("output.txt")).unwrap();
        (output.status.code(), told, said(&output))
    };
    let model = sample("traffic_lights/models/traffic_light_state.onnx");
    let (code, told, lines) = run("\n  \nsuites/lights\n", &model);
    assert_eq!((code, told.as_str()), (Some(1), "failed=3\nexit-code=1\n"), "{lines}");
    assert!(lines.contains("::error file=suites/lights/cases/"), "{lines}");
    assert!(fs::read_to_string(file("summary.md")).unwrap().contains("**3** failed"));
    for report in ["index.html", "junit.xml", "report.json", "report.sarif"] {
        assert!(file("out/report of it").join(report).exists(), "{report}");
    }
    // A folder whose name is an option, or a command, is a folder.
    let (code, told, lines) = run("$(touch pwned)", &model);
    assert_eq!((code, told.as_str()), (Some(3), "failed=3\nexit-code=3\n"), "{lines}");
    assert!(!file("pwned").exists());
}

#[test]
fn hooks_find_the_suite_of_a_file() {
    let folder = checkout();
    let run = |what: &str, files: &[&str]| {
        script("pre-commit.sh", folder.path()).arg(what).args(files).output().unwrap()
    };
    let output =
        run("verify", &["suites/lights/suite.toml", "suites/lights/cases/mirror-frame-2.toml", "README.md"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(said(&output).matches("0 problems").count(), 1, "each suite once: {}", said(&output));
    let case = folder.path().join("suites/lights/cases/mirror-frame-2.toml");
    let text = fs::read_to_string(&case).unwrap();
    fs::write(&case, text.replace("sha256 = \"", "sha256 = \"0")).unwrap();
    let output = run("verify", &["suites/lights/cases/mirror-frame-2.toml"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(run("nothing", &["suites/lights/suite.toml"]).status.code(), Some(2));
}

#[test]
fn shells_and_man_know_every_subcommand() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = hardcase(&["completions", shell]);
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(output.status.success() && text.contains("merge-reports"), "{shell}: {}", said(&output));
        assert!(!text.contains("run-cases"), "{shell} offers what is internal");
        if shell == "bash" {
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), &text).unwrap();
            let parsed = Command::new("bash").arg("-n").arg(file.path()).output().unwrap();
            assert!(parsed.status.success(), "{}", said(&parsed));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let output = hardcase(&["man", folder.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    let page = fs::read_to_string(folder.path().join("hardcase-suite-merge-reports.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("shard"), "{page}");
    let whole = fs::read_to_string(folder.path().join("hardcase.1")).unwrap();
    assert!(whole.contains("hardcase\\-sweep") && !whole.contains("run\\-cases"), "{whole}");
}
