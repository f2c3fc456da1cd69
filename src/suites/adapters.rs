//! Files that run a suite from other test tools.

use std::path::{Path, PathBuf};

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
            let content = PYTEST
                .replace("@NAME@", &one_line(&suite.file.name))
                .replace("@FILE@", &name)
                .replace("@SUITE@", &serde_json::Value::from(place).to_string());
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
                AdapterFile { path: library, content: ROBOT.replace("@CLASS@", &class) },
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
    let broken = suite.broken.iter().map(|(id, _)| (id, [].as_slice(), ""));
    for (id, tags, why) in readable.chain(broken) {
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

/// Text as one argument of Robot Framework, where two spaces separate and some signs mean something.
fn cell(text: &str) -> String {
    let mut safe = String::new();
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '$' | '@' | '&' | '%' | '#' | '{' | '}' | '=') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
