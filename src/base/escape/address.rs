//! Addresses without the secrets in them.

use std::borrow::Cow;

/// Stands for a user and a password.
const HIDDEN: &str = "***";

/// Text in which no address (`http://user:password@host`) has its user and password.
pub fn hidden(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("://") {
        let end = after.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(after.len());
        let (authority, behind) = after.split_at(end);
        shown.extend([before, "://"]);
        match authority.rsplit_once('@') {
            Some((_, host)) => shown.extend([HIDDEN, "@", host]),
            None => shown.push_str(authority),
        }
        rest = behind;
    }
    Cow::Owned(shown + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let check = |text: &str, expected: &str| assert_eq!(hidden(text), expected);
        check("http://me:p@ss@host:8000/v2/models/a@b", "http://***@host:8000/v2/models/a@b");
        check("two http://a:b@c, https://d:e@f/", "two http://***@c, https://***@f/");
        check("http://host:8000 returned 500", "http://host:8000 returned 500");
        check("a@b.c", "a@b.c");
    }
}
