//! Adding one case to a suite on disk, which begins with its first case.

use std::path::{Path, PathBuf};

use crate::base::files::{sha256_hex, slug};
use crate::base::outputs;
use crate::data::cases::case::Case;
use crate::data::input::Input;
use crate::suites::files::{self, SINGLE_INPUTS, SuiteFile, SuiteModel, is_suite};
use crate::suites::freeze::{FreezeError, case_file, frozen};

/// Adds a case about a single input to the suite in this folder and returns the path of its file.
///
/// A folder without a suite gets one of the case's suite name with this model. A case of the same name is an error, and
/// then nothing is written.
pub fn add(
    folder: &Path,
    case: &Case,
    input: &Input,
    model: Option<SuiteModel>,
) -> Result<PathBuf, FreezeError> {
    let known = is_suite(folder).then(|| files::read(folder)).transpose()?;
    let name = slug(&case.id);
    let file = Path::new("cases").join(format!("{name}.toml"));
    let names = known.iter().flat_map(|suite| suite.cases.iter().map(|(id, _)| id));
    if names.into_iter().any(|id| *id == name) || folder.join(&file).exists() {
        return Err(FreezeError::Taken { id: name, path: folder.to_owned() });
    }
    let write = |file: &Path, content: &[u8]| {
        outputs::write(folder, file, content)
            .map_err(|source| FreezeError::Io { path: folder.join(file), source })
    };
    let (bytes, ending) = frozen(input)?;
    let sha256 = sha256_hex(&bytes);
    let media = Path::new("media").join(format!("{sha256}.{ending}"));
    let text = toml::to_string_pretty(&case_file(case, media.clone(), sha256))?;
    if !folder.join(&media).exists() {
        write(&media, &bytes)?;
    }
    if known.is_none() {
        let suite = SuiteFile {
            format: SINGLE_INPUTS,
            name: case.suite.clone(),
            critical: Vec::new(),
            model,
            image_models: Vec::new(),
            limits: None,
            validity: None,
        };
        write(Path::new("suite.toml"), toml::to_string_pretty(&suite)?.as_bytes())?;
    }
    write(&file, text.as_bytes())?;
    Ok(folder.join(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::cases::case::{ClaimSpec, Terms};
    use crate::data::cases::stack::Stack;
    use crate::data::image::Image;
    use crate::data::time::window::Reach;

    fn case(id: &str) -> Case {
        Case {
            id: id.to_owned(),
            suite: "roads".to_owned(),
            clip: String::new(),
            channel: String::new(),
            frame: 0,
            reach: Reach::default(),
            interval: None,
            stack: Stack::default(),
            oracle: ClaimSpec::new("same_class"),
            more: Vec::new(),
            attack: None,
            tags: vec!["fog".to_owned()],
            why: "seen in a notebook".to_owned(),
            terms: Terms::default(),
        }
    }

    #[test]
    fn cases_are_added_one_by_one_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let input = Input::Image(Image::filled(4, 3, [1, 2, 3]));
        add(folder.path(), &case("first"), &input, None).unwrap();
        add(folder.path(), &case("second"), &input, None).unwrap();
        let suite = files::read(folder.path()).unwrap();
        assert_eq!(suite.file.name, "roads");
        assert_eq!(suite.cases.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["first", "second"]);
        assert!(suite.problems().is_empty(), "{:?}", suite.problems());
        let refused = add(folder.path(), &case("first"), &input, None).unwrap_err().to_string();
        assert!(refused.contains("has a case \"first\" already"), "{refused}");
    }
}
