//! A small server of objects for tests: HTTP/1.1 with ranges, and as much of S3 as the program uses (lists, conditional writes).
//! It can be slow, fail, cut bodies, exchange objects, know no ranges, and it counts requests and bytes.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::string_slice,
    clippy::struct_excessive_bools,
    clippy::unwrap_used,
    reason = "each test uses a part of it"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server does wrong.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    /// Answers come this much later.
    pub delay: Duration,
    /// Number of next answers that are this status.
    pub failing: usize,
    /// The status.
    pub status: u16,
    /// The body of failing answers.
    pub body: String,
    /// Headers of failing answers.
    pub headers: Vec<(String, String)>,
    /// Number of next bodies that end in the middle.
    pub cut: usize,
    /// Whole files only.
    pub no_ranges: bool,
    /// Ranges from the end are not known.
    pub no_suffix: bool,
    /// Nothing by which versions are told apart.
    pub no_validators: bool,
    /// If-Match is not looked at.
    pub no_conditions: bool,
    /// Everything leads to this page.
    pub login: bool,
    /// After this many requests every object is another one.
    pub exchange_after: Option<usize>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path with the query.
    pub target: String,
    pub headers: BTreeMap<String, String>,
    pub status: u16,
    /// Bytes of the body that was sent.
    pub bytes: usize,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, (Arc<Vec<u8>>, u64)>,
    troubles: Troubles,
    seen: Vec<Seen>,
    versions: u64,
}

/// A running server; it ends with the process of the test.
#[derive(Clone)]
pub struct Bucket {
    state: Arc<Mutex<State>>,
    pub port: u16,
}

impl Bucket {
    pub fn start() -> Self {
        Self::start_at(0)
    }

    /// At a port that is known before.
    pub fn start_at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let bucket = Self { state: Arc::default(), port: listener.local_addr().unwrap().port() };
        let state = Arc::clone(&bucket.state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || while serve(&stream, &state).is_some() {});
            }
        });
        bucket
    }

    /// Puts an object at a path, such as `/bucket/key`.
    pub fn put(&self, path: &str, bytes: Vec<u8>) {
        let mut state = self.state.lock().unwrap();
        state.versions += 1;
        let version = state.versions;
        state.objects.insert(path.to_owned(), (Arc::new(bytes), version));
    }

    pub fn object(&self, path: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap().objects.get(path).map(|(bytes, _)| bytes.to_vec())
    }

    pub fn paths(&self) -> Vec<String> {
        self.state.lock().unwrap().objects.keys().cloned().collect()
    }

    pub fn trouble(&self, troubles: Troubles) {
        self.state.lock().unwrap().troubles = troubles;
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests since the last call.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.state.lock().unwrap().seen)
    }
}

/// Requests and bytes of some requests.
pub fn traffic(seen: &[Seen]) -> (usize, usize) {
    (seen.len(), seen.iter().map(|one| one.bytes).sum())
}

struct Request {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    let mut stream = stream;
    stream.read_exact(&mut body).ok()?;
    Some(Request { method, target, headers, body })
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn plain(status: u16, body: &str) -> Answer {
    let headers = vec![("Content-Type".to_owned(), "application/xml".to_owned())];
    Answer { status, headers, body: body.as_bytes().to_vec() }
}

fn error(status: u16, code: &str) -> Answer {
    plain(status, &format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>"))
}

/// Answers one request; `None` when the connection is over.
fn serve(mut stream: &TcpStream, state: &Mutex<State>) -> Option<()> {
    let request = read(stream)?;
    let (answer, cut, delay) = {
        let mut state = state.lock().unwrap();
        let mut answer = answer(&mut state, &request);
        let troubles = &mut state.troubles;
        let cut = troubles.cut > 0 && answer.status < 300 && answer.body.len() > 1;
        troubles.cut -= usize::from(cut);
        let delay = troubles.delay;
        if request.method == "HEAD" {
            answer.headers.push(("Content-Length".to_owned(), answer.body.len().to_string()));
        }
        let bytes = if request.method == "HEAD" { 0 } else { answer.body.len() };
        state.seen.push(Seen {
            method: request.method.clone(),
            target: request.target,
            headers: request.headers,
            status: answer.status,
            bytes,
        });
        (answer, cut, delay)
    };
    std::thread::sleep(delay);
    let mut head = format!("HTTP/1.1 {} Status\r\n", answer.status);
    for (name, value) in &answer.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    if request.method == "HEAD" {
        stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
        return Some(());
    }
    write!(head, "Content-Length: {}\r\n\r\n", answer.body.len()).unwrap();
    stream.write_all(head.as_bytes()).ok()?;
    if cut {
        stream.write_all(&answer.body[..answer.body.len() / 2]).ok()?;
        stream.shutdown(std::net::Shutdown::Both).ok()?;
        return None;
    }
    stream.write_all(&answer.body).ok()
}

fn answer(state: &mut State, request: &Request) -> Answer {
    let count = state.seen.len();
    let troubles = &mut state.troubles;
    if troubles.failing > 0 {
        troubles.failing -= 1;
        let headers = troubles.headers.clone();
        return Answer { headers, ..plain(troubles.status, &troubles.body) };
    }
    let path = request.target.split('?').next().unwrap().to_owned();
    if troubles.login && path != "/login" {
        return Answer { headers: vec![("Location".to_owned(), "/login".to_owned())], ..plain(302, "") };
    }
    if path == "/login" {
        let headers = vec![("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned())];
        return Answer { status: 200, headers, body: b"<html>who are you?</html>".to_vec() };
    }
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    if request.method == "GET" && query.contains("list-type=2") {
        return list(state, &path, query);
    }
    if request.method == "PUT" {
        if request.headers.get("if-none-match").is_some_and(|tag| tag == "*")
            && state.objects.contains_key(&path)
        {
            return error(412, "PreconditionFailed");
        }
        state.versions += 1;
        let version = state.versions;
        state.objects.insert(path, (Arc::new(request.body.clone()), version));
        let headers = vec![("ETag".to_owned(), format!("\"{version}\""))];
        return Answer { status: 200, headers, body: Vec::new() };
    }
    get(state, request, &path, count)
}

fn get(state: &State, request: &Request, path: &str, count: usize) -> Answer {
    let troubles = &state.troubles;
    let Some((bytes, version)) = state.objects.get(path) else { return error(404, "NoSuchKey") };
    let exchanged = troubles.exchange_after.is_some_and(|after| count >= after);
    let tag = format!("\"{version}{}\"", if exchanged { "x" } else { "" });
    if let Some(wanted) = request.headers.get("if-match").filter(|_| !troubles.no_conditions)
        && *wanted != tag
    {
        return error(412, "PreconditionFailed");
    }
    let mut headers = vec![("Content-Type".to_owned(), "application/octet-stream".to_owned())];
    if !troubles.no_validators {
        headers.push(("ETag".to_owned(), tag));
        headers.push(("Last-Modified".to_owned(), "Tue, 01 Dec 2026 00:00:00 GMT".to_owned()));
    }
    let size = bytes.len();
    let range = request.headers.get("range").filter(|_| !troubles.no_ranges);
    let Some((from, to)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
        return Answer { status: 200, headers, body: bytes.to_vec() };
    };
    if size == 0 || (from.is_empty() && troubles.no_suffix) {
        return error(416, "InvalidRange");
    }
    let (start, end) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(start), Ok(end)) => (start, (end + 1).min(size)),
        (Ok(start), Err(_)) => (start, size),
        (Err(_), Ok(count)) => (size.saturating_sub(count), size),
        (Err(_), Err(_)) => return error(416, "InvalidRange"),
    };
    if start >= end {
        return error(416, "InvalidRange");
    }
    headers.push(("Content-Range".to_owned(), format!("bytes {start}-{}/{size}", end - 1)));
    Answer { status: 206, headers, body: bytes[start..end].to_vec() }
}

fn list(state: &State, path: &str, query: &str) -> Answer {
    let value = |name: &str| {
        let found = query.split('&').find_map(|part| part.strip_prefix(&format!("{name}=")));
        found.unwrap_or_default().replace("%2F", "/")
    };
    let (prefix, delimiter) = (value("prefix"), value("delimiter"));
    let place = format!("{}/", path.trim_end_matches('/'));
    let mut xml = "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
    let mut folders = Vec::new();
    for (key, (bytes, version)) in &state.objects {
        let Some(key) = key.strip_prefix(&place).filter(|key| key.starts_with(&prefix)) else { continue };
        if !delimiter.is_empty()
            && let Some(at) = key[prefix.len()..].find(&delimiter)
        {
            folders.push(key[..=prefix.len() + at].to_owned());
            continue;
        }
        let size = bytes.len();
        write!(
            xml,
            "<Contents><Key>{key}</Key><LastModified>2026-12-01T00:00:00.000Z</LastModified><ETag>\"{version}\"</ETag>\
             <Size>{size}</Size></Contents>"
        )
        .unwrap();
    }
    folders.dedup();
    for folder in folders {
        write!(xml, "<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>").unwrap();
    }
    plain(200, &format!("{xml}</ListBucketResult>"))
}
