//! Files that run a behavioral suite from other test tools: each test of the suite is a test there.

use std::path::{Path, PathBuf};

use crate::base::escape::python;
use crate::base::escape::robot::cell;
use crate::base::gaps::filled;
use crate::behavior::suite::Suite;

const PYTEST: &str = include_str!("../../assets/adapters/pytest_texts.py");
const ROBOT: &str = include_str!("../../assets/adapters/robot_texts.py");

/// The file for pytest; the suite lies at `place` as seen from the folder of `output`.
pub fn pytest(suite: &Suite, place: &Path, output: &Path) -> String {
    let name = output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let gaps = [
        ("@NAME@", &*python::docstring(&suite.name)),
        ("@FILE@", &*python::docstring(&name)),
        ("@SUITE@", &*python::literal(&slashes(place))),
    ];
    filled(PYTEST, &gaps)
}

/// The files for Robot Framework with their paths: test cases, and the library beside them.
pub fn robot(suite: &Suite, place: &Path, output: &Path) -> [(PathBuf, String); 2] {
    let stem = output.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let class = format!("Hardcase_{}", stem.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
    let library = output.with_file_name(format!("{class}.py"));
    let mut lines = vec![format!(
        "*** Settings ***\nDocumentation    The behavioral suite {}: each test with its capability and type as tags.\n\
         Library          {class}.py    {}\n\n*** Test Cases ***\n",
        cell(&suite.name),
        cell(&slashes(place))
    )];
    for test in &suite.tests {
        let name = cell(&test.name);
        lines.push(format!("{name}\n"));
        if !test.description.is_empty() {
            lines.push(format!("    [Documentation]    {}\n", cell(&test.description)));
        }
        let tags = [test.capability.as_str(), test.kind.id()];
        let tags: Vec<String> = tags.into_iter().filter(|tag| !tag.is_empty()).map(cell).collect();
        lines.push(format!("    [Tags]    {}\n    Test Should Pass    {name}\n\n", tags.join("    ")));
    }
    [(output.to_owned(), lines.concat()), (library, filled(ROBOT, &[("@CLASS@", &class)]))]
}

/// Python reads slashes everywhere.
fn slashes(place: &Path) -> String {
    place.to_string_lossy().replace('\\', "/")
}
