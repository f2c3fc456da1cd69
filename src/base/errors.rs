//! Errors and panics as people read them.

use std::any::Any;

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
