//! Errors and panics as people read them.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// The error and its causes as one sentence. A cause that the error already repeats is left out.
pub fn told(err: &anyhow::Error) -> String {
    err.chain().fold(String::new(), |text, cause| {
        let cause = in_words(&cause.to_string());
        if text.is_empty() {
            cause
        } else if text.contains(&cause) {
            text
        } else {
            format!("{text}: {cause}")
        }
    })
}

/// The messages of the operating system that say nothing to a person, and what they mean.
const CAUSES: &[(&str, &str)] = &[
    ("Is a directory", "this is a folder, a file is expected"),
    ("Not a directory", "a part of the path is a file, not a folder"),
    ("No such file or directory", "there is no such file or folder"),
    ("Permission denied", "you have no permission"),
    ("File exists", "it exists already"),
    ("No space left on device", "the disk is full"),
    ("Too many open files", "too many files are open, raise the limit (ulimit -n)"),
];

/// The message without the numbers of the operating system, "(os error 21)", and its usual causes in words.
pub fn in_words(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once(" (os error ") {
        let Some((_, behind)) = after.split_once(')') else { break };
        let known = CAUSES.iter().find_map(|(system, words)| Some((before.strip_suffix(system)?, *words)));
        let (head, cause) = known.unwrap_or((before, ""));
        text.extend([head, cause]);
        rest = behind;
    }
    text + rest
}

/// The message of a panic that was caught.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

thread_local! {
    /// Calls of [`quietly`] that this thread is in.
    static QUIET: Cell<usize> = const { Cell::new(0) };
}

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Panicked {
    /// Its message.
    pub message: String,
}

/// Runs somebody else's code that may panic on damaged files. A panic is returned as its message, and nothing is printed.
pub fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |about| {
            if QUIET.get() == 0 {
                usual(about);
            }
        }));
    });
    QUIET.set(QUIET.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    QUIET.set(QUIET.get() - 1);
    outcome.map_err(|panic| Panicked { message: panic_text(&*panic).to_owned() })
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not read the recording: {source}: drive.mcap")]
    struct Unreadable {
        source: std::io::Error,
    }

    #[test]
    fn a_panic_of_a_library_is_a_sentence() {
        assert_eq!(quietly(|| 3), Ok(3));
        let inner = || quietly(|| std::hint::black_box(&[0_u8][..]).get(1).copied().unwrap()).is_err();
        assert_eq!(quietly(inner), Ok(true));
        let panics = quietly(|| assert!(std::hint::black_box(false), "chunk too short"));
        assert_eq!(panics.unwrap_err().message, "chunk too short");
        assert_eq!(QUIET.get(), 0);
    }

    #[test]
    fn causes_are_words() {
        let message = "could not read the model: Is a directory (os error 21): models";
        assert_eq!(
            in_words(message),
            "could not read the model: this is a folder, a file is expected: models"
        );
        assert_eq!(in_words("Odd thing (os error 99): a (os error 2"), "Odd thing: a (os error 2");
        let source = std::io::Error::from_raw_os_error(2);
        let err = anyhow::Error::new(Unreadable { source });
        assert_eq!(told(&err), "could not read the recording: there is no such file or folder: drive.mcap");
    }

    #[test]
    fn nothing_is_said_twice() {
        let source = std::io::Error::other("no such file");
        let err = anyhow::Error::new(Unreadable { source });
        assert_eq!(told(&err), "could not read the recording: no such file: drive.mcap");
        let outer = Err::<(), _>(err).context("the project cannot be opened").unwrap_err();
        assert_eq!(
            told(&outer),
            "the project cannot be opened: could not read the recording: no such file: drive.mcap"
        );
    }
}
