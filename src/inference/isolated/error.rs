//! Errors of processes that run a model.

/// Error of a process that runs a model.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum ProcessError {
    /// It took too long and was killed.
    #[error(
        "{doing} exceeded the time limit of {seconds} s, the process was killed; raise it with limit=SECONDS"
    )]
    Time {
        /// Its work.
        doing: &'static str,
        /// The limit.
        seconds: f64,
    },
    /// It took too much memory and was killed.
    #[error(
        "{doing} used {used} MB of memory, above the limit of {most} MB, the process was killed; raise it with memory=MB"
    )]
    Memory {
        /// Its work.
        doing: &'static str,
        /// Memory in megabytes.
        used: u64,
        /// The limit in megabytes.
        most: u64,
    },
    /// The caller canceled.
    #[error("canceled")]
    Cancelled,
    /// It ended by itself, or sent something else than a response.
    #[error("{how}")]
    Ended {
        /// The end in a sentence.
        how: String,
    },
    /// Its model was refused or failed. Errors cross the pipe as text.
    #[error("{message}")]
    Model {
        /// The message of the error.
        message: String,
    },
}
