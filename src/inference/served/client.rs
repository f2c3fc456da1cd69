//! HTTP client of a model server: concurrent requests up to a limit, retries after a pause if it is busy, and latencies.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use ureq::Agent;

use crate::base::escape::address::hidden;
use crate::inference::served::error::ServerError;

/// Maximum number of concurrent requests, unless `HARDCASE_SERVED_REQUESTS` is set.
const AT_ONCE: usize = 8;
/// Timeout of a request, unless `HARDCASE_SERVED_TIMEOUT` is set, in seconds.
const TIMEOUT_S: u64 = 60;
/// Connections that are kept for further requests where all are sent at once.
const MOST_IDLE: usize = 1024;
/// Maximum number of attempts of a request.
const TRIES: u32 = 5;
/// The pause after the first failure; it doubles each time.
const PAUSE: Duration = Duration::from_millis(100);
/// Name of the header with the length of the JSON before raw numbers.
pub(super) const HEADER: &str = "Inference-Header-Content-Length";

/// Response of a server.
pub(super) struct Answer {
    pub body: Vec<u8>,
    /// Length of the JSON at the beginning, if raw numbers follow it.
    pub header: Option<usize>,
}

/// Treatment of requests for predictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sending {
    /// A few at a time, again after a pause if the server is busy.
    #[default]
    Patient,
    /// All at once and each only once, to see what the server stands.
    Once,
}

/// One server.
pub(super) struct Client {
    agent: Agent,
    server: String,
    sending: Sending,
    free: Mutex<usize>,
    freed: Condvar,
}

/// Error of an attempt; `again` is true if another may succeed.
struct Failure {
    why: String,
    again: bool,
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.trim().parse().ok().filter(|value| *value > 0)
}

impl Client {
    pub(super) fn new(server: &str, sending: Sending) -> Self {
        let timeout = Duration::from_secs(setting("HARDCASE_SERVED_TIMEOUT").unwrap_or(TIMEOUT_S));
        let mut config = Agent::config_builder().timeout_global(Some(timeout)).http_status_as_error(false);
        if sending == Sending::Once {
            config = config.max_idle_connections(MOST_IDLE).max_idle_connections_per_host(MOST_IDLE);
        }
        let at_once = setting("HARDCASE_SERVED_REQUESTS").map_or(AT_ONCE, |most| most as usize);
        Self {
            agent: config.build().into(),
            server: server.to_owned(),
            sending,
            free: Mutex::new(at_once),
            freed: Condvar::new(),
        }
    }

    /// An error if the model is not ready on the server.
    pub(super) fn ready(&self, place: &str) -> Result<(), ServerError> {
        Self::tried(|| self.once(&format!("{place}/ready"), None))
            .map(drop)
            .map_err(|source| ServerError::Unready { source: Box::new(source) })
    }

    pub(super) fn get(&self, place: &str) -> Result<String, ServerError> {
        let answer = Self::tried(|| self.once(place, None))?;
        String::from_utf8(answer.body).map_err(|err| {
            ServerError::answer(format!("{}{place} did not respond with text ({err})", hidden(&self.server)))
        })
    }

    pub(super) fn infer(
        &self,
        place: &str,
        body: &[u8],
        header: Option<usize>,
    ) -> Result<Answer, ServerError> {
        if self.sending == Sending::Once {
            let failed = |failure: Failure| ServerError::Request { what: hidden(&failure.why).into_owned() };
            return self.once(place, Some((body, header))).map_err(failed);
        }
        let _turn = self.turn();
        Self::tried(|| self.once(place, Some((body, header))))
    }

    /// Waits until another request is allowed.
    fn turn(&self) -> Turn<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Turn(self)
    }

    /// Retries a request, after longer and longer pauses, while the server is busy or unreachable.
    fn tried(once: impl Fn() -> Result<Answer, Failure>) -> Result<Answer, ServerError> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            match once() {
                Ok(answer) => return Ok(answer),
                Err(failure) if !failure.again || attempt >= TRIES => {
                    return Err(ServerError::Request { what: hidden(&failure.why).into_owned() });
                }
                Err(failure) => {
                    log::debug!("attempt {attempt} of {TRIES} failed: {}", hidden(&failure.why));
                    std::thread::sleep(pause);
                    pause *= 2;
                }
            }
        }
        Err(ServerError::answer("no request was made"))
    }

    fn once(&self, place: &str, body: Option<(&[u8], Option<usize>)>) -> Result<Answer, Failure> {
        let url = format!("{}{place}", self.server);
        let away = |err: ureq::Error| Failure { why: format!("{url} cannot be reached: {err}"), again: true };
        // Authentication of company servers.
        let token = std::env::var("HARDCASE_SERVED_TOKEN").ok().filter(|token| !token.is_empty());
        let mut response = match body {
            None => {
                let mut request = self.agent.get(&url);
                if let Some(token) = &token {
                    request = request.header("Authorization", format!("Bearer {token}"));
                }
                request.call().map_err(away)?
            }
            Some((body, header)) => {
                let mut request = self.agent.post(&url);
                if let Some(token) = &token {
                    request = request.header("Authorization", format!("Bearer {token}"));
                }
                request = match header {
                    Some(length) => request
                        .header(HEADER, length.to_string())
                        .header("Content-Type", "application/octet-stream"),
                    None => request.header("Content-Type", "application/json"),
                };
                request.send(body).map_err(away)?
            }
        };
        let status = response.status().as_u16();
        let header =
            response.headers().get(HEADER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec().map_err(away)?;
        if (200..300).contains(&status) {
            return Ok(Answer { body, header });
        }
        let said = serde_json::from_slice::<serde_json::Value>(&body).ok();
        let said = said.and_then(|said| Some(said.get("error")?.as_str()?.to_owned()));
        let said = said.unwrap_or_else(|| String::from_utf8_lossy(&body).chars().take(200).collect());
        let why = format!("{url} returned {status}: {}", said.trim());
        Err(Failure { why, again: matches!(status, 408 | 425 | 429 | 502 | 503 | 504) })
    }
}

/// Permit for a request; released on drop.
struct Turn<'a>(&'a Client);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
