//! Cases judged in processes of their own: one that hangs, crashes or runs out of memory is that case's error, and the
//! rest is judged.
//!
//! The process is this program, run with a subcommand. Each thread of a run has one, with the model loaded, for all of its
//! cases; it is restarted after a case that ended it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::base::child::{Limits, Lost, Serving};
use crate::base::progress::Progress;
use crate::data::cases::stack::Stack;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::imaging::look::Look;
use crate::suites::error::{CaseError, HostError, STOPPED};
use crate::suites::files::{CaseFile, CaseMedia, Suite};
use crate::suites::freeze::frozen;
use crate::suites::run::{CaseResult, Effort, each, not_run, selected};
use crate::suites::select::Selection;
use crate::suites::stretches::{self, Ground};
use crate::transforms::catalog::BUILT_IN;
use crate::transforms::stack;

mod serve;
mod wire;

pub use serve::serve;
pub use wire::{Facts, Setup};

use wire::{Asked, Judged, Message, Response};

/// Name of the subcommand that judges cases.
pub const SUBCOMMAND: &str = "run-cases";
/// Time in which a model is loaded, unless cases have more.
const LOADING: Duration = Duration::from_mins(10);

type Host = Serving<Message, Message>;

/// Processes that judge the cases of one suite with one model.
pub struct Hosts {
    setup: Setup,
    limits: Limits,
    /// The first process, until a thread takes it.
    first: Mutex<Option<Host>>,
    facts: Facts,
    ground: Ground,
    change: Option<Stack>,
}

impl Hosts {
    /// Starts the first process and loads the model in it.
    pub fn start(setup: Setup, limits: Limits, progress: &Progress) -> Result<Self, HostError> {
        let (host, facts) = begun(&setup, limits, progress)?;
        Ok(Self { setup, limits, first: Mutex::new(Some(host)), facts, ground: Ground::Kept, change: None })
    }

    /// The same processes; cases about stretches of a recording are judged on `ground`.
    #[must_use]
    pub fn on(self, ground: Ground) -> Self {
        Self { ground, ..self }
    }

    /// The same processes; the input of each case is transformed before the case is judged.
    #[must_use]
    pub fn changed_by(self, stack: Stack) -> Self {
        Self { change: Some(stack), ..self }
    }

    /// The loaded model.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Judges the selected cases of the suite; the order is that of the suite. In a run that is canceled the remaining
    /// cases are errors.
    pub fn run(
        &self,
        suite: &Suite,
        selection: &Selection,
        effort: Effort,
        progress: &Progress,
    ) -> Vec<CaseResult> {
        let selected = selected(suite, selection);
        let results = each(
            &selected,
            effort.threads,
            progress,
            || self.worker(),
            |worker, id, case| match &case.input.interval {
                Some(_) if self.change.is_some() => Err(CaseError::Stretch),
                Some(_) => stretches::judge(suite, &self.ground, id, case),
                None => Ok(worker.judge((id, case), self.media(suite, case)?, effort.repeats, progress)?),
            },
        );
        let left = |(at, result): (usize, Option<CaseResult>)| {
            result.or_else(|| selected.get(at).map(|(id, case)| not_run(id, *case, STOPPED)))
        };
        results.into_iter().enumerate().filter_map(left).collect()
    }

    /// The files of a case; under a changed set-up, its input and the image that an attack made of it are changed alike.
    fn media(&self, suite: &Suite, case: &CaseFile) -> Result<CaseMedia, CaseError> {
        let Some(stack) = &self.change else { return suite.all_media(case) };
        let changed = |input: &Input| -> Result<Vec<u8>, CaseError> {
            Ok(frozen(&stack::apply(&BUILT_IN, stack, input)?)?.0)
        };
        let attacked = suite.attacked(case)?;
        Ok(CaseMedia {
            input: changed(&suite.input(case)?)?,
            attacked: attacked.as_ref().map(changed).transpose()?,
        })
    }

    /// A process for cases one after the other.
    pub fn worker(&self) -> Worker<'_> {
        let host = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        Worker { hosts: self, host }
    }
}

/// One process that judges cases one after the other; it is started again after a case that ended it.
pub struct Worker<'a> {
    hosts: &'a Hosts,
    host: Option<Host>,
}

impl Worker<'_> {
    /// Judges a case of this name, run at least so often, on the bytes of its files. A case that exceeds a limit
    /// or ends the process is an error.
    pub fn judge(
        &mut self,
        (id, case): (&str, &CaseFile),
        media: CaseMedia,
        repeats: u32,
        progress: &Progress,
    ) -> Result<CaseResult, HostError> {
        self.asked((id, case), media, (case.runs(repeats), false), progress)
    }

    /// Judges a case once; the result has its images also where it passes.
    pub fn shown(
        &mut self,
        (id, case): (&str, &CaseFile),
        media: CaseMedia,
        progress: &Progress,
    ) -> Result<CaseResult, HostError> {
        self.asked((id, case), media, (1, true), progress)
    }

    fn asked(
        &mut self,
        (id, case): (&str, &CaseFile),
        media: CaseMedia,
        (repeats, images): (u32, bool),
        progress: &Progress,
    ) -> Result<CaseResult, HostError> {
        let asked = Asked { case: toml::to_string(case)?, repeats, images, length: media.input.len() };
        let mut bytes = media.input;
        bytes.extend(media.attacked.unwrap_or_default());
        let message = self.response(Message::of(&asked, bytes)?, repeats, progress)?;
        result_of(id, case, &message)
    }

    /// The response to a request; a process that it ended is forgotten.
    fn response(
        &mut self,
        request: Message,
        repeats: u32,
        progress: &Progress,
    ) -> Result<Message, HostError> {
        let Hosts { setup, limits, .. } = self.hosts;
        let mut running = match self.host.take() {
            Some(running) => running,
            None => begun(setup, *limits, progress)?.0,
        };
        running.send(request);
        let limits = Limits { time: limits.time.map(|time| time * repeats.max(1)), ..*limits };
        let message = running
            .response(limits, "judging the case", || progress.cancelled())
            .map_err(|lost| problem("judging the case", lost))?;
        self.host = Some(running);
        Ok(message)
    }
}

/// Starts a process with the model loaded.
fn begun(setup: &Setup, limits: Limits, progress: &Progress) -> Result<(Host, Facts), HostError> {
    let mut host = Host::start(&[SUBCOMMAND.into()], Message::write, Message::read, false)?;
    host.send(Message::of(setup, Vec::new())?);
    let limits = Limits { time: limits.time.map(|time| time.max(LOADING)), ..limits };
    let message = host
        .response(limits, "loading the model", || progress.cancelled())
        .map_err(|lost| problem("loading the model", lost))?;
    match message.value()? {
        Response::Ready(facts) => Ok((host, facts)),
        Response::Problem(message) => Err(HostError::Refused { message }),
        Response::Judged(_) => Err(HostError::Unexpected),
    }
}

fn problem(doing: &'static str, lost: Lost) -> HostError {
    match lost {
        Lost::Time(seconds) => HostError::Time { doing, seconds },
        Lost::Memory { used, most } => HostError::Memory { doing, used, most },
        Lost::Cancelled => HostError::Stopped,
        Lost::Ended(how) => HostError::Ended { how },
    }
}

fn result_of(id: &str, case: &CaseFile, message: &Message) -> Result<CaseResult, HostError> {
    let judged: Judged = match message.value()? {
        Response::Judged(judged) => *judged,
        Response::Problem(message) => return Err(HostError::Refused { message }),
        Response::Ready(_) => return Err(HostError::Unexpected),
    };
    let prediction = |text: &Option<String>| serde_json::from_str(text.as_deref()?).ok();
    let [before, after, expected] = &judged.predictions;
    Ok(CaseResult {
        outcome: Ok(judged.verdict),
        margin: judged.margin.map(f64::from_bits),
        before: prediction(before),
        after: prediction(after),
        expected: prediction(expected),
        pictures: judged.sizes.and_then(|sizes| images(sizes, &message.bytes)),
        look: judged.above.map_or(Look::Picture, |reach| Look::Above { reach }),
        change: Some(judged.change),
        ..not_run(id, Ok(case), "")
    })
}

/// Two images whose pixels follow each other.
fn images([before, after]: [(u32, u32); 2], pixels: &[u8]) -> Option<(Image, Image)> {
    let length = before.0 as usize * before.1 as usize * 3;
    let (first, second) = pixels.split_at_checked(length)?;
    let image = |(width, height), pixels: &[u8]| Image::from_rgb(width, height, pixels.to_vec());
    Some((image(before, first)?, image(after, second)?))
}
