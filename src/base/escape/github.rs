//! Workflow commands of GitHub Actions (`toolkit/packages/core`, `command.ts`). Older runners find `##[` anywhere in a line, so
//! that is parted too.

use crate::base::escape::visible;

/// The message of a command, which may have several lines.
pub fn message(text: &str) -> String {
    let shown = visible::replaced(text, |c| (c != '\n' && visible::acts(c)).then(|| visible::written(c)));
    shown.replace('%', "%25").replace('\n', "%0A").replace("##", "#\\#")
}

/// The value of a property, such as a file or a title.
pub fn property(text: &str) -> String {
    let shown = visible::line(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C");
    shown.replace("##", "#\\#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_line() {
        assert_eq!(message("50 %\r\n::error::x"), "50 %25\\r%0A::error::x");
        assert_eq!(property("a::b,c=1%\n"), "a%3A%3Ab%2Cc=1%25\\n");
    }
}
