//! Paths as a CI finds them: relative to the folder of its job.

use std::path::{Component, Path, PathBuf};

use crate::reports::report::{Report, SuiteReport};

impl Report {
    /// File of a case as it is found from the folder of the job, with `/` between folders.
    pub fn file_of(&self, suite: &SuiteReport, case: &str) -> String {
        let folder = seen_from_job(self.job.as_deref(), Path::new(&suite.folder));
        format!("{}/cases/{case}.toml", folder.trim_end_matches('/'))
    }
}

/// A path relative to the folder of a job; as it was given if there is no job or the path is not in its folder.
pub fn seen_from_job(job: Option<&Path>, path: &Path) -> String {
    let inside = job.and_then(|job| {
        let path = plain(&std::path::absolute(path).ok()?);
        let inside = path.strip_prefix(plain(&std::path::absolute(job).ok()?)).ok()?;
        Some(if inside.as_os_str().is_empty() { PathBuf::from(".") } else { inside.to_owned() })
    });
    let path = inside.unwrap_or_else(|| path.to_owned());
    if cfg!(windows) { path.display().to_string().replace('\\', "/") } else { path.display().to_string() }
}

/// The path without `.` and without what `..` takes back.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_inside_of_the_job_is_relative() {
        let check = |job: Option<&str>, path: &str, expected: &str| {
            assert_eq!(seen_from_job(job.map(Path::new), Path::new(path)), expected, "{path}");
        };
        check(None, "/home/runner/work/a/suites", "/home/runner/work/a/suites");
        check(Some("/home/runner/work/a"), "/home/runner/work/a/suites/roads", "suites/roads");
        check(Some("/home/runner/work/a/"), "/home/runner/work/a/x/../suites/./roads", "suites/roads");
        check(Some("/home/runner/work/a"), "/home/runner/work/ab/suites", "/home/runner/work/ab/suites");
        check(Some("/home/runner/work/a"), "/home/runner/work/a", ".");
        let here = std::env::current_dir().unwrap();
        assert_eq!(seen_from_job(here.parent(), Path::new("suites")), {
            let name = here.file_name().unwrap().to_string_lossy().into_owned();
            format!("{name}/suites")
        });
    }
}
