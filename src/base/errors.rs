//! Errors and panics as people read them.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// The error and its causes as one sentence. A cause that the error already repeats is left out.
pub fn told(err: &anyhow::Error) -> String {
    err.chain().fold(String::new(), |text, cause| {
        let cause = cause.to_string();
        if text.is_empty() {
            cause
        } else if text.contains(&cause) {
            text
        } else {
            format!("{text}: {cause}")
        }
    })
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

/// Runs somebody else's code that may panic on damaged files. A panic is returned as its message, and nothing is printed.
pub fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, String> {
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
    outcome.map_err(|panic| panic_text(&*panic).to_owned())
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
        let inner = || quietly(|| std::hint::black_box(&[0_u8][..]).get(1).expect("out of bounds")).is_err();
        assert_eq!(quietly(inner), Ok(true));
        let panics = quietly(|| assert!(std::hint::black_box(false), "chunk too short"));
        assert_eq!(panics.unwrap_err(), "chunk too short");
        assert_eq!(QUIET.get(), 0);
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
