//! Words for a tag of the template by a masked-language model of the user.

use std::sync::Arc;

use crate::app::App;
use crate::app::evaluate::texts::state::Suggested;
use crate::app::jobs::JobKind;
use crate::behavior::lexicons::BASIC;
use crate::behavior::suggestions::suggestions;
use crate::behavior::template::{Template, TemplateTexts};
use crate::inference::model::Model;

/// Words that are suggested.
const WORDS: usize = 24;

impl App {
    /// Finds the words that fit best in the place of a tag of the draft. The model is kept for the next tag.
    pub(super) fn suggest_words(
        &mut self,
        tag: String,
        load: impl FnOnce() -> anyhow::Result<Arc<Model>> + Send + 'static,
    ) {
        let texts = &self.open.evaluate.texts;
        let (draft, suite) = (texts.draft.clone(), texts.suite().cloned().unwrap_or_default());
        self.jobs.spawn(JobKind::TextSuggest, format!("Suggesting words for {tag}"), move |_, outbox| {
            let template = draft.template()?;
            let TemplateTexts::One(text) = &template.text else { return Ok(()) };
            // The first of several copies of the tag is the hidden word.
            let plain = text.replacen(&format!("{{{tag}}}"), "{mask}", 1);
            let hidden =
                if plain == *text { text.replacen(&format!("{{a:{tag}}}"), "{a:mask}", 1) } else { plain };
            let model = load()?;
            let template = Template { text: TemplateTexts::One(hidden), ..template };
            let words = suggestions(&model, &template, &[&suite.lexicon, &BASIC], 0, WORDS)?;
            outbox.send(move |app| {
                let texts = &mut app.open.evaluate.texts;
                (texts.masked, texts.suggested) = (Some(model), Some(Suggested { tag, words }));
            });
            Ok(())
        });
    }
}
