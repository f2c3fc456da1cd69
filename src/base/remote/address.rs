//! Addresses of objects as paths. The query and the password of an address are kept apart, by the address without them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::base::files::sha256_hex;

/// Schemes of addresses.
const SCHEMES: &[&str] = &["s3", "s3a", "gs", "az", "abfs", "abfss", "http", "https"];

/// Secret parts of addresses that were given to this process.
static SECRETS: Mutex<BTreeMap<String, Secret>> = Mutex::new(BTreeMap::new());

/// The secret parts of an address.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Secret {
    /// The text after the question mark.
    pub(super) query: Option<String>,
    /// `user:password`.
    pub(super) user: Option<String>,
}

/// The address of an object or of a prefix, without its secret parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    text: String,
    scheme: &'static str,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// True if a path is the address of an object.
pub fn is_remote(path: &Path) -> bool {
    Address::of(path).is_some()
}

/// The scheme of a text, and what follows the slashes after it.
fn parted(text: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let known = SCHEMES.iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
    // A path that was put together from its components has one slash.
    let rest = rest.strip_prefix(['/', '\\'])?;
    Some((known, rest.trim_start_matches(['/', '\\'])))
}

impl Address {
    /// The address that a path stands for; `None` for paths of this machine. Secret parts are put aside.
    pub fn of(path: &Path) -> Option<Self> {
        let text = path.to_str()?;
        let (scheme, rest) = parted(text)?;
        let rest = if cfg!(windows) { rest.replace('\\', "/") } else { rest.to_owned() };
        if !scheme.starts_with("http") {
            return Some(Self { text: format!("{scheme}://{rest}"), scheme });
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        let (user, host) = host.rsplit_once('@').map_or((None, host), |(user, host)| (Some(user), host));
        let text = format!("{scheme}://{host}/{path}");
        let known = |text: &str| SECRETS.lock().unwrap_or_else(PoisonError::into_inner).contains_key(text);
        // The visible form of an address that was seen before.
        let whole = format!("{text}?{}", query.unwrap_or_default());
        if query.is_some() && user.is_none() && known(&whole) {
            return Some(Self { text: whole, scheme });
        }
        let secret = Secret { query: query.map(str::to_owned), user: user.map(str::to_owned) };
        let text = if secret == Secret::default() { text } else { kept(text, secret) };
        Some(Self { text, scheme })
    }

    /// The scheme, in lower case.
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// True for web servers.
    pub fn is_web(&self) -> bool {
        self.scheme.starts_with("http")
    }

    /// The path by which it travels.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(&self.text)
    }

    /// The bucket, container or host.
    pub fn bucket(&self) -> &str {
        parted(&self.text).map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default())
    }

    /// The key of the object, without a leading slash.
    pub fn key(&self) -> &str {
        let key = parted(&self.text).and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, key)| key);
        if self.is_web() { key.split('?').next().unwrap_or_default() } else { key }
    }

    /// The last part of the key, with `%20` and its kind as characters.
    pub fn name(&self) -> String {
        let key = self.key().trim_end_matches('/');
        let name = key.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or_else(|| self.bucket());
        if self.is_web() { decoded(name).unwrap_or_else(|| name.to_owned()) } else { name.to_owned() }
    }

    /// True for an address that stands for what lies below it: it ends with a slash or has no key.
    pub fn is_prefix(&self) -> bool {
        self.key().is_empty() || self.key().ends_with('/')
    }

    /// The address of something below it.
    pub fn join(&self, name: &str) -> Self {
        let base = self.text.split('?').next().filter(|_| self.is_web()).unwrap_or(&self.text);
        Self { text: format!("{}/{name}", base.trim_end_matches('/')), scheme: self.scheme }
    }

    /// The same address with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { text: format!("{}://{}/{key}", self.scheme, self.bucket()), scheme: self.scheme }
    }

    /// Its secret parts.
    #[cfg_attr(not(any(feature = "cloud", test)), expect(dead_code, reason = "only requests need it"))]
    pub(super) fn secret(&self) -> Secret {
        SECRETS.lock().unwrap_or_else(PoisonError::into_inner).get(&self.text).cloned().unwrap_or_default()
    }

    /// A text without any secret of this process in it.
    #[cfg_attr(
        not(any(feature = "cloud", test)),
        expect(dead_code, reason = "only errors of servers need it")
    )]
    pub(super) fn cleaned(text: &str) -> String {
        let mut text = text.to_owned();
        for secret in SECRETS.lock().unwrap_or_else(PoisonError::into_inner).values() {
            for part in [&secret.query, &secret.user].into_iter().flatten().filter(|part| part.len() > 3) {
                text = text.replace(part.as_str(), "…");
            }
        }
        text
    }
}

/// Keeps the secret of an address; the visible form of it.
fn kept(text: String, secret: Secret) -> String {
    let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    // A signature that is renewed belongs to the same object; other queries may name another object.
    let signed = |secret: &Secret| {
        secret.query.as_ref().is_none_or(|query| {
            let names = ["x-amz-signature=", "x-goog-signature=", "sig=", "signature="];
            query.split('&').any(|part| names.iter().any(|name| part.to_ascii_lowercase().starts_with(name)))
        })
    };
    let text = match secrets.get(&text) {
        Some(known) if *known != secret && !(signed(known) && signed(&secret)) => {
            let mark = sha256_hex(secret.query.as_deref().unwrap_or_default().as_bytes());
            format!("{text}?{}", mark.get(..8).unwrap_or_default())
        }
        _ => text,
    };
    secrets.insert(text.clone(), secret);
    text
}

/// The text with `%20` and its kind as characters (RFC 3986, section 2.1); `None` if it is not encoded so.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            bytes.push((digit(rest.next())? * 16 + digit(rest.next())?) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The path of a `file://` URL; `None` for anything else.
pub fn file_path(text: &OsStr) -> Option<PathBuf> {
    let rest = text.to_str()?.strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = decoded(path).filter(|path| path.starts_with('/'))?;
    // `file:///C:/run` is a drive on Windows.
    let drive = cfg!(windows) && path.get(2..3) == Some(":");
    Some(PathBuf::from(if drive { path.trim_start_matches('/') } else { path.as_str() }))
}

/// An argument of the command line as the rest of the program may see it: the path of a `file://` URL, an address without its
/// secret parts, anything else as it is. `--option=ADDRESS` as well.
pub fn shown(argument: &OsStr) -> OsString {
    let Some(text) = argument.to_str() else { return argument.to_owned() };
    let (option, value) = match text.split_once('=') {
        Some((option, value)) if option.starts_with("--") => (Some(option), value),
        _ => (None, text),
    };
    let seen = match (file_path(OsStr::new(value)), Address::of(Path::new(value))) {
        (Some(path), _) => path.into_os_string(),
        (None, Some(address)) if address.is_web() && value.contains("://") => address.path().into_os_string(),
        (None, _) => return argument.to_owned(),
    };
    match option {
        Some(option) => {
            let mut whole = OsString::from(format!("{option}="));
            whole.push(seen);
            whole
        }
        None => seen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Address> {
        Address::of(Path::new(text))
    }

    #[test]
    fn addresses_are_told_from_paths() {
        for path in ["/mnt/a.mcap", "a.mcap", "C:\\a.mcap", "C:/a", "ftp://h/a", "folder#part", "s3", "s3:a"]
        {
            assert_eq!(of(path), None, "{path}");
        }
        let drive = of("s3://bucket/drives/a b#1?.mcap").unwrap();
        assert_eq!((drive.bucket(), drive.key()), ("bucket", "drives/a b#1?.mcap"));
        assert_eq!(drive.name(), "a b#1?.mcap");
        assert!(!drive.is_prefix() && of("s3://bucket").unwrap().is_prefix());
        assert_eq!(of("S3:/bucket/a").unwrap().to_string(), "s3://bucket/a");
        assert_eq!(of("gs://b/d/").unwrap().join("a").to_string(), "gs://b/d/a");
    }

    #[test]
    fn secrets_are_not_visible() {
        let signed = of("https://user:hunter2@h/d/a%20b.mcap?X-Amz-Signature=feed").unwrap();
        assert_eq!(signed.to_string(), "https://h/d/a%20b.mcap");
        assert_eq!(signed.name(), "a b.mcap");
        let secret = of("https://h/d/a%20b.mcap").unwrap().secret();
        assert_eq!(secret.query.as_deref(), Some("X-Amz-Signature=feed"));
        assert_eq!(secret.user.as_deref(), Some("user:hunter2"));
        assert_eq!(Address::cleaned("GET /?X-Amz-Signature=feed by user:hunter2"), "GET /?… by …");
        // A renewed signature is that of the same object.
        assert_eq!(of("https://h/d/a%20b.mcap?X-Amz-Signature=face").unwrap(), signed);
    }

    #[test]
    fn queries_that_name_objects_stay_apart() {
        let (first, second) = (of("http://h/get?id=1").unwrap(), of("http://h/get?id=2").unwrap());
        assert_ne!(first, second);
        assert_eq!(first.secret().query.as_deref(), Some("id=1"));
        assert_eq!(second.secret().query.as_deref(), Some("id=2"));
        assert_eq!(Address::of(&second.path()).unwrap().secret().query.as_deref(), Some("id=2"));
        assert_eq!(second.name(), "get");
    }

    #[test]
    fn arguments_lose_their_secrets() {
        let check = |given: &str, expected: &str| assert_eq!(shown(OsStr::new(given)), expected, "{given}");
        check("--model=https://a.b/m.onnx?sig=1", "--model=https://a.b/m.onnx");
        check("https://me:pass@a.b/c.mcap", "https://a.b/c.mcap");
        check("file:///mnt/a%20b", "/mnt/a b");
        check("s3://b/k?x", "s3://b/k?x");
        check("a=b", "a=b");
        check("--rows", "--rows");
    }
}
