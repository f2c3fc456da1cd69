//! Addresses on the command line: without their secret parts from here on, and with a line about long downloads.

use std::ffi::{OsStr, OsString};

use crate::base::progress::Progress;
use crate::base::remote::{address, download};
use crate::cli::say;

/// Options whose addresses are those of servers that are talked to, and not of files.
const SERVERS: &[&str] = &["--backend"];

/// The arguments without the secret parts of addresses, which stay in this process.
pub(super) fn shown(typed: &[OsString]) -> Vec<OsString> {
    let mut before: &OsStr = OsStr::new("");
    let mut shown = Vec::with_capacity(typed.len());
    for argument in typed {
        let text = argument.to_string_lossy();
        let server =
            SERVERS.iter().any(|option| before == *option || text.starts_with(&format!("{option}=")));
        shown.push(if server { argument.clone() } else { address::shown(argument) });
        before = argument;
    }
    shown
}

/// Says when a long download begins.
pub(super) fn watch_downloads() {
    download::watch(|name: &str, bytes: u64, _progress: &Progress| {
        let size = if bytes == 0 { String::new() } else { format!(", {} MB", bytes.div_ceil(1_000_000)) };
        say(&format!("downloading {name}{size}"));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers_stay_as_they_are() {
        let typed = ["hardcase", "load", "--backend", "http://h:1?a=b", "https://h/a.mcap?sig=1"];
        let typed: Vec<OsString> = typed.iter().map(OsString::from).collect();
        let shown = shown(&typed);
        assert_eq!(shown[3], "http://h:1?a=b");
        assert_eq!(shown[4], "https://h/a.mcap");
    }
}
