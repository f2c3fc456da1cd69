//! Questions asked of the recording on screen.

use std::collections::BTreeSet;

use anyhow::anyhow;

use crate::app::jobs::JobKind;
use crate::app::{App, OpenProject};
use crate::base::text::counted;
use crate::data::clip::ChannelKind;
use crate::data::findings::Finding;
use crate::data::labels::odd::title;
use crate::data::labels::tag::Tag;
use crate::mining::finders;
use crate::mining::questions::{KIND, Named, check_name, nuplan};
use crate::mining::run::{Asked, mine, ranked};
use crate::project::edit::Edit;
use crate::tracks::questions::complete::Known;
use crate::tracks::questions::question::Question;
use crate::tracks::scene::SceneTerms;

impl OpenProject {
    /// The problem of the question as it is written; none of an empty one, or of the name of one that is known.
    pub fn question_problem(&self) -> Option<String> {
        let text = self.moments.question.trim();
        if text.is_empty() || self.named_question(text).is_some() {
            return None;
        }
        Question::parse(text).err().map(|err| err.to_string())
    }

    /// Names that a question about the recording on screen may hold.
    pub fn question_names(&self) -> Known {
        let mut known = Known {
            classes: ["car", "cycle", "person", "truck", "vehicle"].map(str::to_owned).to_vec(),
            finders: finders::KINDS.iter().map(|kind| kind.id.to_owned()).collect(),
            ..Known::default()
        };
        if let Some(open) = &self.clip {
            let of = |kind: ChannelKind| open.info.of_kind(kind).map(|(_, channel)| channel.name.clone());
            known.signals = of(ChannelKind::Signal).collect();
            known.channels = of(ChannelKind::Cuboids).chain(of(ChannelKind::Boxes)).collect();
        }
        if let Some(editor) = &self.editor {
            let project = editor.project();
            let tags: BTreeSet<&str> = project.tags.iter().map(|tag| title(&tag.kind)).collect();
            known.tags = tags.into_iter().map(str::to_owned).collect();
            let classes = project.ontology.classes.iter().map(|word| word.name.clone());
            known.classes.extend(classes);
            known.classes.sort();
            known.classes.dedup();
        }
        known
    }

    /// The saved question or the scenario type of a name.
    fn named_question(&self, name: &str) -> Option<Named> {
        let saved = self.editor.as_ref().and_then(|editor| editor.project().questions.get(name));
        match saved {
            Some(text) => {
                let question = Question::parse(text).ok()?;
                Some(Named { name: name.to_owned(), question, tags: Vec::new() })
            }
            None => nuplan::question(name),
        }
    }

    fn tags_of(&self, clip: &str) -> Vec<Tag> {
        let tags = self.editor.as_ref().map(|editor| &editor.project().tags);
        tags.into_iter().flatten().filter(|tag| tag.clip == clip).cloned().collect()
    }
}

impl App {
    /// Saved questions as finders of a recording; one that cannot be read is left out.
    pub(super) fn saved_questions(&self, clip: &str) -> Vec<Asked> {
        let questions = self.project().map(|project| &project.questions);
        let read = |(name, text): (&String, &String)| {
            let (question, tags) = (Question::parse(text).ok()?, self.open.tags_of(clip));
            Some(Asked::question(Named { name: name.clone(), question, tags }))
        };
        questions.into_iter().flatten().filter_map(read).collect()
    }

    /// Asks the question of the recording on screen; the answers come before the other moments.
    pub(super) fn ask(&mut self) -> anyhow::Result<()> {
        let open = self.open.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
        let (clip, name) = (std::sync::Arc::clone(&open.clip), open.name.clone());
        let text = self.open.moments.question.trim().to_owned();
        let named = self.open.named_question(&text);
        let named = named.map_or_else(|| Question::parse(&text).map(Named::unnamed), Ok)?;
        let asked = [Asked::question(Named { tags: self.open.tags_of(&name), ..named })];
        let threads = Self::threads();
        self.open.moments.page = Some(true);
        self.jobs.spawn(JobKind::Mine, "Asking the recording", move |progress, outbox| {
            let mined = mine(&*clip, &name, &asked, (&SceneTerms::default(), threads), progress, &|_| {})?;
            let id = asked[0].id().to_owned();
            let found: Vec<Finding> = ranked(&mined).into_iter().cloned().collect();
            let lost: Vec<String> =
                mined.iter().flat_map(|mined| mined.found.not_looked_at.iter().cloned()).collect();
            outbox.send(move |app| {
                app.notices.done(format!("{} found", counted(found.len(), "moment")));
                let moments = &mut app.open.moments;
                let before = moments.found.take().unwrap_or_default();
                let others =
                    before.into_iter().filter(|finding| finding.finder != id && finding.finder != KIND.id);
                moments.found = Some(found.into_iter().chain(others).collect());
                moments.not_looked_at = lost;
                moments.selected = None;
            });
            Ok(())
        });
        Ok(())
    }

    /// Saves the question under a name: from then on it is a finder.
    pub(super) fn save_question(&mut self, name: &str) -> anyhow::Result<()> {
        check_name(name)?;
        let text = self.open.moments.question.trim().to_owned();
        let text = Question::parse(&text)?.text().to_owned();
        self.open.commit("Save question", Edit::SetQuestion { name: name.to_owned(), text: Some(text) })?;
        self.notices.done(format!("Saved question {name}"));
        Ok(())
    }
}
