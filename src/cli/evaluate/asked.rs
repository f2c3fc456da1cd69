//! Slicing of the result: by a known cut or by a query.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::name::Name;
use crate::cli::{BadArgument, threads};
use crate::clips::Clip;
use crate::evaluation::query::{Query, QueryError};
use crate::evaluation::samples::Evaluation;
use crate::evaluation::slices::{Cut, Slice, slices};

/// An evaluation to query.
pub(super) struct Asked<'a> {
    pub(super) evaluation: &'a Evaluation,
    pub(super) clips: &'a BTreeMap<Name, Arc<dyn Clip>>,
}

/// Slicing of the result.
pub(super) enum By {
    Cut(Cut),
    Question(String, Query),
}

impl By {
    pub(super) fn read(text: &str) -> Result<Self, BadArgument> {
        if let Some(cut) = Cut::ALL.into_iter().find(|cut| cut.id() == text) {
            return Ok(Self::Cut(cut));
        }
        let query = Query::parse(text).map_err(|problem| {
            let known = Cut::ALL.map(Cut::id).join(", ");
            BadArgument(format!("cannot slice by {text:?}: {problem}; known slices are {known}"))
        })?;
        Ok(Self::Question(text.to_owned(), query))
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Cut(cut) => cut.id(),
            Self::Question(text, _) => text,
        }
    }

    pub(super) fn slices(&self, asked: &Asked<'_>) -> Result<Vec<Slice>, BadArgument> {
        match self {
            Self::Cut(cut) => Ok(slices(asked.evaluation, *cut)),
            Self::Question(text, query) => query
                .bind(asked.evaluation, asked.clips)
                .and_then(|bound| bound.slices())
                .map_err(|problem| BadArgument(format!("cannot slice by {text:?}: {problem}"))),
        }
    }
}

impl Asked<'_> {
    /// The items of which it is true.
    pub(super) fn list(&self, text: &str) -> Result<Vec<usize>, BadArgument> {
        let wrong = |problem: QueryError| BadArgument(format!("cannot list by {text:?}: {problem}"));
        let query = Query::parse(text).map_err(wrong)?;
        query.bind(self.evaluation, self.clips).and_then(|bound| bound.fitting(threads())).map_err(wrong)
    }
}
