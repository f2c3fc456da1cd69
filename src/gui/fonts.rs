//! Notes which scripts no font of the system has, so that the window can say once what to install.

use std::sync::{Arc, Mutex, PoisonError};

use egui::{FallbackRequest, FontInsert, FontProvider};

use crate::base::scripts::{Script, script_of};

/// The last one that is asked for a font: it has none, and notes what was missing.
#[derive(Clone, Default)]
pub(super) struct MissingFonts {
    found: Arc<Mutex<Missing>>,
}

#[derive(Default)]
struct Missing {
    /// Names of the scripts that were told of.
    told: Vec<&'static str>,
    waiting: Vec<&'static Script>,
}

impl MissingFonts {
    /// Watches what the fonts of a window lack.
    pub(super) fn watch(ctx: &egui::Context) -> Self {
        let missing = Self::default();
        ctx.add_font_provider(Arc::new(missing.clone()));
        missing
    }

    /// The scripts that turned out to be missing since the last call.
    pub(super) fn fresh(&self) -> Vec<&'static Script> {
        std::mem::take(&mut self.found.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }
}

impl FontProvider for MissingFonts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let script = request.cluster.chars().find_map(script_of)?;
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if !found.told.contains(&script.name) {
            found.told.push(script.name);
            found.waiting.push(script);
        }
        None
    }
}
