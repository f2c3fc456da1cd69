//! Notifications, newest last.

/// Severity of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something went well.
    Done,
    /// Something to know.
    Warning,
    /// Something did not work.
    Error,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its severity.
    pub level: Level,
    /// One sentence.
    pub text: String,
}

/// The messages of this run.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    list: Vec<Notice>,
    /// Messages that a front end has already shown as they came.
    pub shown: usize,
}

/// Older messages are forgotten.
const KEPT: usize = 500;

impl Notices {
    /// All of them.
    pub fn list(&self) -> &[Notice] {
        &self.list
    }

    /// Those that a front end has not shown yet.
    pub fn fresh(&mut self) -> Vec<Notice> {
        let fresh = self.list.get(self.shown..).unwrap_or_default().to_vec();
        self.shown = self.list.len();
        fresh
    }

    /// Something went well.
    pub fn done(&mut self, text: impl Into<String>) {
        self.say(Level::Done, text.into());
    }

    /// Something to know.
    pub fn warning(&mut self, text: impl Into<String>) {
        self.say(Level::Warning, text.into());
    }

    /// Something did not work.
    pub fn error(&mut self, text: impl Into<String>) {
        self.say(Level::Error, text.into());
    }

    fn say(&mut self, level: Level, text: String) {
        self.push(Notice { level, text });
    }

    pub(super) fn push(&mut self, notice: Notice) {
        log::info!("{}", notice.text);
        if self.list.len() == KEPT {
            self.list.remove(0);
            self.shown = self.shown.saturating_sub(1);
        }
        self.list.push(notice);
    }
}
