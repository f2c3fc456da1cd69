//! The labels behind a path: a file, a folder of a format, or a folder with one file of labels, as an export writes it.

use std::path::{Path, PathBuf};

use crate::base::files::visible_in;
use crate::exchange::{ExchangeError, ExchangeKind, guess};

/// The format, by detection unless it is given, and the file or folder that its reader takes.
pub fn located(
    kind: Option<&'static ExchangeKind>,
    path: &Path,
) -> Result<(&'static ExchangeKind, PathBuf), ExchangeError> {
    let Some(kind) = kind else {
        return match guess(path) {
            Ok(kind) => Ok((kind, path.to_owned())),
            Err(err) => only_file(path, |file| guess(file).ok()).ok_or(err),
        };
    };
    if !path.is_dir() || (kind.accepts)(path) {
        return Ok((kind, path.to_owned()));
    }
    let usual = kind.one_file.map(|name| path.join(name)).filter(|file| file.is_file());
    let only = || only_file(path, |file| (kind.accepts)(file).then_some(kind)).map(|(_, file)| file);
    Ok((kind, usual.or_else(only).unwrap_or_else(|| path.to_owned())))
}

/// The one file of a folder that holds labels; none if there are several.
fn only_file(
    folder: &Path,
    format: impl Fn(&Path) -> Option<&'static ExchangeKind>,
) -> Option<(&'static ExchangeKind, PathBuf)> {
    let files = visible_in(folder).ok()?.into_iter().filter(|path| path.is_file());
    let mut found = files.filter_map(|file| Some((format(&file)?, file)));
    found.next().filter(|_| found.next().is_none())
}
