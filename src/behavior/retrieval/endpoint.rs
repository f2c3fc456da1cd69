//! A search engine behind an address, as a small TOML file describes it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use ureq::Agent;

use crate::base::escape::address::hidden;
use crate::base::inputs::{self, InputKind};
use crate::behavior::retrieval::query::{Engine, EngineError, Part, Results};

/// Timeout of a request.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Attempts of a request to a server that is busy.
const TRIES: u32 = 4;
/// Pause after the first; it doubles each time.
const PAUSE: Duration = Duration::from_millis(200);
/// Largest response in bytes.
const MOST_BYTES: u64 = 64 << 20;
/// Place of the query in an address or a body.
const PLACE: &str = "{query}";

/// Description of an endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    /// Address with `{query}`, which is encoded for it.
    url: String,
    /// Body of a POST request with `{query}`, which becomes a JSON string with its quotes; a GET request if absent.
    #[serde(default)]
    body: Option<String>,
    /// Place of the number of results in the response: `/hits/total/value`.
    #[serde(default)]
    count: Option<String>,
    /// Place of the ids of the results, `*` for each of a list: `/hits/hits/*/_id`.
    #[serde(default)]
    ids: Option<String>,
    /// Results that are listed at most; a shorter list is complete.
    #[serde(default)]
    limit: Option<usize>,
    /// A term that must not be there, by default `-{term}`.
    #[serde(default)]
    without: Option<String>,
    /// Terms that stand beside each other, by default `"{term}"`.
    #[serde(default)]
    quoted: Option<String>,
}

/// The description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// It is no description of an endpoint.
    #[error("{} describes no search engine: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The reason in a sentence.
        problem: String,
    },
}

/// An endpoint.
pub struct Endpoint {
    agent: Agent,
    described: Description,
}

impl Endpoint {
    /// Reads the description of an endpoint.
    pub fn read(path: &Path) -> Result<Self, EndpointError> {
        let text = inputs::read_text(path, InputKind::Settings)
            .map_err(|source| EndpointError::Read { path: path.to_owned(), source })?;
        Self::parse(&text)
            .map_err(|problem| EndpointError::Malformed { path: path.to_owned(), problem: problem.what })
    }

    fn parse(text: &str) -> Result<Self, EngineError> {
        let wrong = |what: &str| EngineError { what: what.to_owned() };
        let described: Description = toml::from_str(text)
            .map_err(|err| wrong(&err.to_string().split_whitespace().collect::<Vec<_>>().join(" ")))?;
        if !(described.url.starts_with("http://") || described.url.starts_with("https://")) {
            return Err(wrong("url has to begin with http:// or https://"));
        }
        if !described.body.as_ref().unwrap_or(&described.url).contains(PLACE) {
            return Err(wrong("neither url nor body has a place for {query}"));
        }
        if described.count.is_none() && described.ids.is_none() {
            return Err(wrong("count or ids has to say where the results are, like /hits/total/value"));
        }
        for pointer in described.count.iter().chain(&described.ids) {
            if !pointer.starts_with('/') {
                return Err(wrong("count and ids are JSON pointers and begin with /"));
            }
        }
        for pattern in described.without.iter().chain(&described.quoted) {
            if !pattern.contains("{term}") {
                return Err(wrong("without and quoted have a place for {term}"));
            }
        }
        let config =
            Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false).build();
        Ok(Self { agent: config.into(), described })
    }

    /// The query in the engine's own words.
    fn text(&self, query: &[Part]) -> String {
        let part = |part: &Part| match part {
            Part::Term(text) => text.clone(),
            Part::Quoted(text) => {
                self.described.quoted.as_deref().unwrap_or("\"{term}\"").replace("{term}", text)
            }
            Part::Without(text) => {
                self.described.without.as_deref().unwrap_or("-{term}").replace("{term}", text)
            }
        };
        query.iter().map(part).collect::<Vec<_>>().join(" ")
    }

    fn once(&self, text: &str) -> Result<(u16, Vec<u8>), EngineError> {
        let url = self.described.url.replace(PLACE, &encoded(text));
        let failed = |what: String| EngineError { what: hidden(&what).into_owned() };
        let away =
            |err: ureq::Error| failed(format!("{} cannot be reached: {err}", hidden(&self.described.url)));
        let token = std::env::var("HARDCASE_SERVED_TOKEN").ok().filter(|token| !token.is_empty());
        let sent = if let Some(body) = &self.described.body {
            let body = body.replace(PLACE, &Value::from(text).to_string());
            let mut request = self.agent.post(&url).header("Content-Type", "application/json");
            if let Some(token) = &token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            request.send(body.as_bytes())
        } else {
            let mut request = self.agent.get(&url);
            if let Some(token) = &token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            request.call()
        };
        let mut response = sent.map_err(away)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec().map_err(away)?;
        Ok((status, body))
    }

    fn results(&self, body: &[u8]) -> Result<Results, EngineError> {
        let failed = |what: String| EngineError { what };
        let document: Value = serde_json::from_slice(body)
            .map_err(|err| failed(format!("the response is not JSON ({err})")))?;
        let count = match &self.described.count {
            None => None,
            Some(pointer) => {
                let found = picked(&document, pointer);
                let [one] = found.as_slice() else {
                    return Err(failed(format!(
                        "the response has {} values at {pointer}, not one",
                        found.len()
                    )));
                };
                let number = one.as_u64().or_else(|| one.as_str()?.parse().ok());
                Some(number.ok_or_else(|| failed(format!("the response has no number at {pointer}")))?)
            }
        };
        let mut ids = Vec::new();
        if let Some(pointer) = &self.described.ids {
            for id in picked(&document, pointer) {
                ids.push(match id {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                        return Err(failed(format!("an id at {pointer} is neither a text nor a number")));
                    }
                });
            }
        }
        let whole = self.described.ids.is_some()
            && (count.is_some_and(|count| count == ids.len() as u64)
                || self.described.limit.is_some_and(|limit| ids.len() < limit));
        Ok(Results { count, ids, complete: whole })
    }
}

impl Engine for Endpoint {
    fn ask(&self, query: &[Part]) -> Result<Results, EngineError> {
        let text = self.text(query);
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            let (status, body) = self.once(&text)?;
            match status {
                200..300 => return self.results(&body),
                429 | 502 | 503 | 504 if tries < TRIES => {
                    std::thread::sleep(pause);
                    (pause, tries) = (pause * 2, tries + 1);
                }
                _ => {
                    let url = hidden(&self.described.url);
                    return Err(EngineError {
                        what: format!("{url} returned {status} for the query {text:?}"),
                    });
                }
            }
        }
    }
}

/// Text within an address (RFC 3986).
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The values at a JSON pointer (RFC 6901), in which `*` stands for each member of a list.
fn picked<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        found = found
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(members) if step == "*" => members.iter().collect(),
                Value::Array(members) => {
                    step.parse().ok().and_then(|at: usize| members.get(at)).into_iter().collect()
                }
                Value::Object(members) => members.get(&name).into_iter().collect(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
            })
            .collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "url = \"http://localhost/s?q={query}\"\ncount = \"/n\"\nids = \"/list/*/id\"\nlimit = 3";

    #[test]
    fn queries_are_written_and_encoded() {
        let endpoint = Endpoint::parse(GOOD).unwrap();
        let query =
            [Part::Term("a&b".to_owned()), Part::Quoted("c d".to_owned()), Part::Without("é".to_owned())];
        assert_eq!(endpoint.text(&query), "a&b \"c d\" -é");
        assert_eq!(encoded("a&b \"é"), "a%26b%20%22%C3%A9");
        let own = format!("{GOOD}\nwithout = \"NOT {{term}}\"\nquoted = \"({{term}})~0\"");
        assert_eq!(Endpoint::parse(&own).unwrap().text(&query), "a&b (c d)~0 NOT é");
    }

    #[test]
    fn results_are_read_or_refused() {
        let endpoint = Endpoint::parse(GOOD).unwrap();
        let read = |text: &str| endpoint.results(text.as_bytes());
        let found = read(r#"{"n": 2, "list": [{"id": "a"}, {"id": 7}]}"#).unwrap();
        assert_eq!(
            found,
            Results { count: Some(2), ids: vec!["a".to_owned(), "7".to_owned()], complete: true }
        );
        assert!(!read(r#"{"n": 9, "list": [{"id": 1}, {"id": 2}, {"id": 3}]}"#).unwrap().complete);
        for (text, told) in [
            ("<html>", "not JSON"),
            (r#"{"list": []}"#, "0 values at /n"),
            (r#"{"n": -1, "list": []}"#, "no number at /n"),
            (r#"{"n": 1, "list": [{"id": null}]}"#, "neither a text nor a number"),
        ] {
            assert!(read(text).unwrap_err().what.contains(told), "{text}");
        }
    }

    #[test]
    fn descriptions_that_say_too_little_are_refused() {
        let problem = |text: &str| Endpoint::parse(text).err().unwrap().what;
        assert!(problem("url = \"ftp://x?{query}\"\ncount = \"/n\"").contains("http://"));
        assert!(problem("url = \"http://x\"\ncount = \"/n\"").contains("place for {query}"));
        assert!(problem("url = \"http://x?{query}\"").contains("count or ids"));
        assert!(problem("url = \"http://x?{query}\"\ncount = \"n\"").contains("begin with /"));
        assert!(problem("url = \"http://x?{query}\"\ncount = \"/n\"\nlimits = 3").contains("limits"));
    }
}
