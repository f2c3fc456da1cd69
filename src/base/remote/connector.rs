//! HTTP for object storage over ureq: one TLS stack (rustls with ring), proxies from the environment.

use std::io::Read as _;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use ureq::Agent;
use ureq::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};

/// Longest body: ranges have 8 MiB, lists and errors less.
const MOST: u64 = 64 << 20;
/// Hosts that give credentials to machines in clouds; elsewhere nobody answers there.
const METADATA: &[&str] = &["169.254.169.254", "metadata", "metadata.google.internal"];

/// Meaning of a response beyond its status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Signal {
    #[error("the server sends no parts of files")]
    NoRanges,
    #[error("the server sent a web page")]
    WebPage,
    #[error("the bucket lies in region {0}")]
    Region(String),
    #[error("no credentials were found on this machine")]
    NoMetadata,
    #[error("{0}")]
    Unreachable(String),
    #[error("the connection was cut after {got} of {declared} bytes")]
    Cut { got: u64, declared: u64 },
    #[error("the server sent more than was asked for")]
    TooLong,
}

/// The address of a web server as it was given, with its secret parts.
#[derive(Clone, Debug)]
pub(super) struct Exact {
    pub(super) uri: Uri,
    /// `user:password`.
    pub(super) user: Option<String>,
}

/// Makes clients that send with ureq.
#[derive(Clone, Debug, Default)]
pub(super) struct Connector {
    /// Replaces the address of every request: servers sign it to the byte.
    pub(super) exact: Option<Exact>,
}

#[derive(Clone, Debug)]
struct Service {
    agent: Agent,
    metadata: Agent,
    exact: Option<Exact>,
}

/// An agent for objects; `redirects` of web servers are followed, those of object storage mean another region.
pub(super) fn agent(redirects: u32, connect: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(redirects)
        .max_redirects_will_error(false)
        .max_idle_connections_per_host(32)
        .max_idle_connections(64)
        .timeout_connect(Some(connect))
        .timeout_per_read(Some(Duration::from_mins(1)))
        .timeout_recv_response(Some(Duration::from_mins(1)))
        .user_agent(concat!("hardcase/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let redirects = if self.exact.is_some() { 5 } else { 0 };
        Ok(HttpClient::new(Service {
            agent: agent(redirects, Duration::from_secs(10)),
            metadata: agent(0, Duration::from_secs(1)),
            exact: self.exact.clone(),
        }))
    }
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let service = self.clone();
        let sent = tokio::task::spawn_blocking(move || service.send(parts, &body)).await;
        sent.map_err(|err| HttpError::new(HttpErrorKind::Unknown, err))?
    }
}

impl Service {
    fn send(&self, mut parts: ureq::http::request::Parts, body: &Bytes) -> Result<HttpResponse, HttpError> {
        if let Some(exact) = &self.exact {
            parts.uri = exact.uri.clone();
            authorize(&mut parts.headers, exact);
        }
        let asked = Asked {
            ranged: parts.headers.contains_key(header::RANGE),
            head: parts.method == Method::HEAD,
            page: parts.method != Method::GET || is_page(parts.uri.path()),
        };
        let metadata = parts.uri.host().is_some_and(|host| METADATA.contains(&host));
        let agent = if metadata { &self.metadata } else { &self.agent };
        let sent = if body.is_empty() && !parts.headers.contains_key(header::CONTENT_LENGTH) {
            agent.run(Request::from_parts(parts, ()))
        } else {
            agent.run(Request::from_parts(parts, body.as_ref()))
        };
        let response = sent.map_err(|err| {
            if metadata { HttpError::new(HttpErrorKind::Unknown, Signal::NoMetadata) } else { failed(&err) }
        })?;
        asked.looked_at(response)
    }
}

/// The user and password of the address as a header (RFC 7617).
pub(super) fn authorize(headers: &mut HeaderMap, exact: &Exact) {
    let Some(user) = &exact.user else { return };
    let user = super::address::decoded(user).unwrap_or_else(|| user.clone());
    let coded = base64::engine::general_purpose::STANDARD.encode(user);
    if let Ok(mut value) = HeaderValue::from_str(&format!("Basic {coded}")) {
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
}

/// True for paths whose content is a page for people.
fn is_page(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".html", ".htm"].iter().any(|ending| path.ends_with(ending))
}

/// True if the response is a page for people where a file was asked for.
pub(super) fn is_web_page(path: &str, headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !is_page(path) && kind.to_ascii_lowercase().starts_with("text/html")
}

/// Expectation of a request.
#[derive(Clone, Copy)]
struct Asked {
    ranged: bool,
    head: bool,
    /// True if a page for people may be the content.
    page: bool,
}

impl Asked {
    /// The response with its body, unless it means something else than it says.
    fn looked_at(self, response: ureq::http::Response<ureq::Body>) -> Result<HttpResponse, HttpError> {
        let (mut parts, body) = response.into_parts();
        let signal = |signal| Err(HttpError::new(HttpErrorKind::Unknown, signal));
        if matches!(parts.status, StatusCode::MOVED_PERMANENTLY | StatusCode::BAD_REQUEST)
            && let Some(region) =
                parts.headers.get("x-amz-bucket-region").and_then(|value| value.to_str().ok())
        {
            return signal(Signal::Region(region.to_owned()));
        }
        if parts.status.is_success() && !self.page && is_web_page("", &parts.headers) {
            return signal(Signal::WebPage);
        }
        // The whole file would follow.
        if self.ranged && parts.status == StatusCode::OK {
            return signal(Signal::NoRanges);
        }
        // Some servers name the type of a weak validator in other letters than the first time; the value is what counts.
        if let Some(tag) = parts.headers.get(header::ETAG).and_then(|value| value.to_str().ok())
            && let Some(rest) = tag.strip_prefix("w/")
            && let Ok(value) = HeaderValue::from_str(&format!("W/{rest}"))
        {
            parts.headers.insert(header::ETAG, value);
        }
        let declared = if self.head { None } else { body.content_length() };
        let mut bytes = Vec::with_capacity(declared.unwrap_or(0).min(MOST) as usize);
        body.into_reader()
            .take(MOST + 1)
            .read_to_end(&mut bytes)
            .map_err(|err| HttpError::new(HttpErrorKind::Interrupted, err))?;
        let got = bytes.len() as u64;
        if got > MOST {
            return signal(Signal::TooLong);
        }
        if let Some(declared) = declared.filter(|declared| *declared != got) {
            return Err(HttpError::new(HttpErrorKind::Interrupted, Signal::Cut { got, declared }));
        }
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::from(bytes)))
    }
}

/// The error as one that is tried again where that may help.
#[expect(clippy::wildcard_enum_match_arm, reason = "ureq has many kinds and more to come")]
pub(super) fn failed(err: &ureq::Error) -> HttpError {
    let (kind, told) = match err {
        ureq::Error::Timeout(_) => (HttpErrorKind::Timeout, "it took too long".to_owned()),
        ureq::Error::HostNotFound => (HttpErrorKind::Unknown, "there is no host of this name".to_owned()),
        ureq::Error::ConnectionFailed => (HttpErrorKind::Connect, "the connection failed".to_owned()),
        ureq::Error::Io(err) => (HttpErrorKind::Interrupted, err.to_string()),
        // They can carry the address with its secret parts.
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            (HttpErrorKind::Unknown, "the address is not valid".to_owned())
        }
        _ => (HttpErrorKind::Unknown, super::Address::cleaned(&err.to_string())),
    };
    HttpError::new(kind, Signal::Unreachable(told))
}
