//! Signals that follow from the boxes of the recording on screen.

use std::sync::Arc;

use crate::app::App;
use crate::app::jobs::JobKind;
use crate::app::replay::tiles::Formulas;
use crate::clips::derived::Derived;
use crate::data::clip::ChannelKind;
use crate::tracks::scene::SceneTerms;

impl App {
    /// Computes tracks and criticality of the recording in the background; they are signals like any other then.
    pub(in crate::app) fn derive_signals(&mut self) {
        let Some(open) = &self.open.clip else { return };
        if !open.info.indexed || open.info.of_kind(ChannelKind::Cuboids).next().is_none() {
            return;
        }
        let (clip, id) = (Arc::clone(&open.clip), open.id);
        self.jobs.spawn(JobKind::Derive, "Computing criticality", move |progress, outbox| {
            let derived = Derived::new(clip);
            derived.derive(&SceneTerms::default(), progress)?;
            let notes = derived.notes();
            outbox.send(move |app| {
                let Some(open) = app.open.clip.as_mut().filter(|open| open.id == id) else { return };
                open.clip = Arc::new(derived);
                open.info = open.clip.info();
                open.find_changing();
                open.formulas = Formulas::default();
                app.compute_formulas();
                for note in notes {
                    app.notices.warning(note);
                }
            });
            Ok(())
        });
    }
}
