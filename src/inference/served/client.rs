//! Talking to a server: as many requests at once as it may bear, again after a pause when it is busy, and how long it took.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use ureq::Agent;

/// Requests at the same time, unless `HARDCASE_SERVED_REQUESTS` says otherwise.
const AT_ONCE: usize = 8;
/// How long one request may take, unless `HARDCASE_SERVED_TIMEOUT` says otherwise, in seconds.
const TIMEOUT_S: u64 = 60;
/// How often a request is made before it is given up.
const TRIES: u32 = 5;
/// The pause after the first failure; it doubles each time.
const PAUSE: Duration = Duration::from_millis(100);
/// Name of the header that says where JSON ends and raw numbers begin.
pub(super) const HEADER: &str = "Inference-Header-Content-Length";

/// What a server sent.
pub(super) struct Answer {
    pub body: Vec<u8>,
    /// Length of the JSON at the beginning, where raw numbers follow it.
    pub header: Option<usize>,
}

/// One server.
pub(super) struct Client {
    agent: Agent,
    server: String,
    free: Mutex<usize>,
    freed: Condvar,
}

/// Why a try failed, and whether another may succeed.
struct Failure {
    why: String,
    again: bool,
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.trim().parse().ok().filter(|value| *value > 0)
}

impl Client {
    pub(super) fn new(server: &str) -> Self {
        let timeout = Duration::from_secs(setting("HARDCASE_SERVED_TIMEOUT").unwrap_or(TIMEOUT_S));
        let config =
            Agent::config_builder().timeout_global(Some(timeout)).http_status_as_error(false).build();
        let at_once = setting("HARDCASE_SERVED_REQUESTS").map_or(AT_ONCE, |most| most as usize);
        Self {
            agent: config.into(),
            server: server.to_owned(),
            free: Mutex::new(at_once),
            freed: Condvar::new(),
        }
    }

    /// Whether the server can be asked about a model, or a sentence.
    pub(super) fn ready(&self, place: &str) -> Result<(), String> {
        Self::tried(|| self.once(&format!("{place}/ready"), None))
            .map(drop)
            .map_err(|why| format!("the model is not ready ({why}); is its name right, and is it loaded?"))
    }

    pub(super) fn get(&self, place: &str) -> Result<String, String> {
        let answer = Self::tried(|| self.once(place, None))?;
        String::from_utf8(answer.body)
            .map_err(|err| format!("{}{place} did not answer with text ({err})", self.server))
    }

    pub(super) fn infer(&self, place: &str, body: &[u8], header: Option<usize>) -> Result<Answer, String> {
        let _turn = self.turn();
        Self::tried(|| self.once(place, Some((body, header))))
    }

    /// Waits until another request may be made.
    fn turn(&self) -> Turn<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Turn(self)
    }

    /// Tries again, after longer and longer pauses, what failed because the server was busy or away.
    fn tried(once: impl Fn() -> Result<Answer, Failure>) -> Result<Answer, String> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            match once() {
                Ok(answer) => return Ok(answer),
                Err(failure) if !failure.again || attempt >= TRIES => return Err(failure.why),
                Err(failure) => {
                    log::debug!("try {attempt} of {TRIES} failed: {}", failure.why);
                    std::thread::sleep(pause);
                    pause *= 2;
                }
            }
        }
        Err("it was never tried".to_owned())
    }

    fn once(&self, place: &str, body: Option<(&[u8], Option<usize>)>) -> Result<Answer, Failure> {
        let url = format!("{}{place}", self.server);
        let away = |err: ureq::Error| Failure { why: format!("{url} cannot be reached: {err}"), again: true };
        // Companies put a key before their servers.
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
        let why = format!("{url} answered {status}: {}", said.trim());
        Err(Failure { why, again: matches!(status, 408 | 425 | 429 | 502 | 503 | 504) })
    }
}

/// One of the requests that may be made at once; given back when it goes.
struct Turn<'a>(&'a Client);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
