//! Predictions on their way to the store, written a few at a time.

use std::collections::BTreeMap;

use crate::data::prediction::Prediction;
use crate::predictions::store::{Answers, AnswersError, Key};

/// Predictions written at once.
const BATCH: usize = 32;

/// Keeps predictions under one key of a store; without a store it keeps nothing.
///
/// Predictions that wait are written on drop, also when the work is cancelled.
pub struct Keeper<'a> {
    store: Option<(&'a mut Answers, Key)>,
    waiting: Vec<(usize, Prediction)>,
}

impl<'a> Keeper<'a> {
    /// Keeps in a store, if there is one.
    pub fn new(store: Option<(&'a mut Answers, Key)>) -> Self {
        Self { store, waiting: Vec::new() }
    }

    /// The predictions that were kept before, by sample.
    pub fn known(&self) -> Result<BTreeMap<usize, Prediction>, AnswersError> {
        self.store.as_ref().map_or_else(|| Ok(BTreeMap::new()), |(store, key)| store.known(key))
    }

    /// Adds the prediction for a sample. After an error nothing more is kept.
    pub fn add(&mut self, sample: usize, prediction: &Prediction) -> Result<(), AnswersError> {
        if self.store.is_some() {
            self.waiting.push((sample, prediction.clone()));
        }
        if self.waiting.len() >= BATCH { self.write() } else { Ok(()) }
    }

    /// Writes what waits.
    pub fn write(&mut self) -> Result<(), AnswersError> {
        let waiting = std::mem::take(&mut self.waiting);
        let Some((store, key)) = &mut self.store else { return Ok(()) };
        if waiting.is_empty() {
            return Ok(());
        }
        store.keep(key, &waiting).inspect_err(|_| self.store = None)
    }
}

impl Drop for Keeper<'_> {
    fn drop(&mut self) {
        if let Err(err) = self.write() {
            log::warn!("{err}");
        }
    }
}
