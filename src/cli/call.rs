//! A subcommand called by a program that this library is a part of: its text is handed back instead of printed, signals stay
//! with the caller, and the caller may cancel.

use std::cell::RefCell;
use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Parser as _;

use crate::base::errors::{quietly, told};
use crate::base::escape::terminal;
use crate::base::outputs;
use crate::base::progress::Progress;
use crate::cli::{Args, code_of, no_window, ran, remote, run_with};

/// Text of a finished subcommand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// The exit code that the program would end with, as `hardcase help` lists them.
    pub code: u8,
    /// The results, which the program prints on its standard output.
    pub output: String,
    /// Remarks for people, which it prints on its standard error; the last line is the error where there is one.
    pub remarks: String,
}

/// Cancels a subcommand from another thread.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    inner: Arc<Mutex<Watched>>,
}

#[derive(Debug, Default)]
struct Watched {
    cancelled: bool,
    running: Vec<Progress>,
}

impl Cancel {
    /// Cancels the subcommand as soon as it looks.
    pub fn cancel(&self) {
        let mut watched = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        watched.cancelled = true;
        watched.running.iter().for_each(Progress::cancel);
    }

    fn watch(&self, progress: &Progress) {
        let mut watched = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if watched.cancelled {
            progress.cancel();
        }
        watched.running.push(progress.clone());
    }
}

#[derive(Default)]
struct Calling {
    called: Called,
    cancel: Cancel,
}

thread_local! {
    /// The call that this thread is in.
    static CALLING: RefCell<Option<Calling>> = const { RefCell::new(None) };
}

/// Runs a subcommand with these arguments, without the name of the program.
///
/// It returns where the program would end; a panic is an error as any other. `None` for arguments that open the window.
pub fn call(args: impl IntoIterator<Item = OsString>, cancel: &Cancel) -> Option<Called> {
    let args: Vec<OsString> = std::iter::once(OsString::from("hardcase")).chain(args).collect();
    let args = match Args::try_parse_from(remote::shown(&args)) {
        Ok(args) => args,
        Err(err) => {
            let text = err.render().to_string();
            let text = terminal::lines(text.trim_end()) + "\n";
            let code = if err.use_stderr() { 2 } else { 0 };
            let (output, remarks) =
                if err.use_stderr() { (String::new(), text) } else { (text, String::new()) };
            return Some(Called { code, output, remarks });
        }
    };
    let command = args.command?;
    let calling = Calling { cancel: cancel.clone(), ..Calling::default() };
    let outer = CALLING.with_borrow_mut(|current| current.replace(calling));
    let ended = quietly(|| ran(command));
    // What it wrote is told by the command line alone.
    drop(outputs::take_changes().told());
    let calling = CALLING.with_borrow_mut(|current| std::mem::replace(current, outer));
    let mut called = calling.unwrap_or_default().called;
    match ended.unwrap_or_else(|panicked| Err(panicked.into())) {
        Ok(code) => called.code = number(code),
        Err(err) => {
            called.code = code_of(&err);
            called.remarks.push_str(&terminal::lines(&told(&err)));
            called.remarks.push('\n');
        }
    }
    Some(called)
}

/// Runs the command line of a console script, with arguments that begin with the name of the program, and returns the exit code.
pub fn main(typed: &[OsString]) -> u8 {
    number(match run_with(typed) {
        Err(code) => code,
        Ok(_) => no_window(),
    })
}

/// The number of an exit code, which the standard library keeps to itself.
fn number(code: std::process::ExitCode) -> u8 {
    (0..=u8::MAX).find(|number| std::process::ExitCode::from(*number) == code).unwrap_or(3)
}

/// True if this thread is in a call, so that signals are the caller's.
pub(super) fn active() -> bool {
    CALLING.with_borrow(Option::is_some)
}

/// Lets the caller cancel this work; nothing outside of a call.
pub(super) fn watch(progress: &Progress) {
    CALLING.with_borrow(|calling| {
        if let Some(calling) = calling {
            calling.cancel.watch(progress);
        }
    });
}

/// Keeps a line of the result for the caller; false outside of a call.
pub(super) fn output(text: &str) -> bool {
    kept(text, |called| &mut called.output)
}

/// Keeps a remark for the caller; false outside of a call.
pub(super) fn remark(text: &str) -> bool {
    kept(text, |called| &mut called.remarks)
}

fn kept(text: &str, part: impl FnOnce(&mut Called) -> &mut String) -> bool {
    CALLING.with_borrow_mut(|calling| {
        let Some(calling) = calling else { return false };
        let part = part(&mut calling.called);
        part.push_str(text);
        part.push('\n');
        true
    })
}

/// The progress of a run that SIGINT and SIGTERM cancel, so that its report is written all the same. Where there is no such signal,
/// or a handler already, a run is ended as any other program.
pub(super) fn stopped_by_signals() -> Progress {
    let progress = Progress::default();
    if !active() {
        let stop = progress.clone();
        drop(ctrlc::set_handler(move || stop.cancel()));
    }
    progress
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(args: &[&str]) -> Called {
        call(args.iter().map(OsString::from), &Cancel::default()).expect("a subcommand")
    }

    #[test]
    fn the_text_of_a_subcommand_is_handed_back() {
        let list = called(&["transform", "list"]);
        assert_eq!((list.code, list.remarks.as_str()), (0, ""));
        assert!(list.output.contains("fog"));
        assert!(!active());
    }

    #[test]
    fn errors_have_the_code_of_the_program_and_its_sentence() {
        let missing = called(&["info", "nowhere.mcap"]);
        assert_eq!(missing.code, 3);
        assert!(missing.remarks.contains("nowhere.mcap"), "{}", missing.remarks);
        assert_eq!(called(&["sweep"]).code, 2);
        assert_eq!(called(&["--version"]).output, concat!("hardcase ", env!("CARGO_PKG_VERSION"), "\n"));
        assert_eq!(call([], &Cancel::default()), None);
    }
}
