//! Files that run a suite from other test tools.

use std::path::{Path, PathBuf};

use crate::base::escape::python;
use crate::base::escape::robot::cell;
use crate::base::gaps::filled;
use crate::suites::files::Suite;

const PYTEST: &str = include_str!("../../assets/adapters/pytest.py");
const ROBOT: &str = include_str!("../../assets/adapters/robot.py");

/// A test tool that can run a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// pytest: one Python file that reads the suite whenever it runs.
    Pytest,
    /// Robot Framework: a file of test cases and a library beside it.
    Robot,
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterFile {
    /// Path of the file.
    pub path: PathBuf,
    /// Content of the file.
    pub content: String,
}

/// The files through which `tool` runs the suite, which lies at `suite_path` as seen from the folder of `output`.
pub fn adapter(suite: &Suite, suite_path: &Path, tool: Tool, output: &Path) -> Vec<AdapterFile> {
    let name = output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // Python reads slashes everywhere.
    let place = suite_path.to_string_lossy().replace('\\', "/");
    match tool {
        Tool::Pytest => {
            let content = filled(
                PYTEST,
                &[
                    ("@NAME@", &python::docstring(&suite.file.name)),
                    ("@FILE@", &python::docstring(&name)),
                    ("@SUITE@", &python::literal(&place)),
                ],
            );
            vec![AdapterFile { path: output.to_owned(), content }]
        }
        Tool::Robot => {
            let stem = output.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let class = format!("Hardcase_{}", stem.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
            let library = output.with_file_name(format!("{class}.py"));
            vec![
                AdapterFile {
                    path: output.to_owned(),
                    content: robot_cases(suite, &format!("{class}.py"), &place),
                },
                AdapterFile { path: library, content: filled(ROBOT, &[("@CLASS@", &class)]) },
            ]
        }
    }
}

fn robot_cases(suite: &Suite, library: &str, place: &str) -> String {
    let mut lines = vec![format!(
        "*** Settings ***\nDocumentation    The Hardcase suite {}: each case is a test with its tags.\n\
         Library          {library}    {}\n\n*** Test Cases ***\n",
        cell(&suite.file.name),
        cell(place)
    )];
    let readable = suite.cases.iter().map(|(id, case)| (id, case.tags.as_slice(), case.why.as_str()));
    let gates = suite.gates.all.iter().map(|(id, gate)| (id, gate.tags.as_slice(), gate.why.as_str()));
    let broken = suite.broken.iter().chain(&suite.gates.broken).map(|(id, _)| (id, [].as_slice(), ""));
    for (id, tags, why) in readable.chain(gates).chain(broken) {
        let id = cell(id);
        lines.push(format!("{id}\n"));
        if !why.is_empty() {
            lines.push(format!("    [Documentation]    {}\n", cell(why)));
        }
        if !tags.is_empty() {
            let tags: Vec<String> = tags.iter().map(|tag| cell(tag)).collect();
            lines.push(format!("    [Tags]    {}\n", tags.join("    ")));
        }
        lines.push(format!("    Case Should Hold    {id}\n\n"));
    }
    lines.concat()
}
