//! Attacked frames of cases: frozen when a case is saved, shown again when it is opened.

use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::app::explore::attack::{AttackState, AttackStep, AttackedFrame};
use crate::app::{App, NoRecording};
use crate::base::outputs;
use crate::data::cases::attacked::AttackedInput;
use crate::data::image::Image;
use crate::data::prediction::Task;
use crate::robustness::attacks::kind;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::objects::Objective;

impl App {
    /// Writes the attacked frame on screen into the folder of the project and describes it; none without an attack.
    pub(in crate::app) fn frozen_attack(&self) -> anyhow::Result<Option<AttackedInput>> {
        let Some(step) = self.open.explore.attack.active() else { return Ok(None) };
        let frame = match self.attack_state() {
            AttackState::Done(frame) => frame,
            AttackState::Failed(problem) => return Err(anyhow!("the attack cannot run: {problem}")),
            AttackState::None => return Err(anyhow!("load a model to attack it, or switch the attack off")),
            AttackState::Playing | AttackState::Running | AttackState::Stopped => {
                return Err(anyhow!("the attack is not done yet, wait for it, or switch it off"));
            }
        };
        let project = self.project().ok_or(NoRecording)?;
        let (png, sha256) = &frame.png;
        let file = Path::new(AttackedInput::FOLDER).join(format!("{sha256}.png"));
        outputs::write(&project.folder, &file, png)
            .with_context(|| format!("could not save the attacked image in {}", project.folder.display()))?;
        let model = self.open.models.loaded.as_ref();
        let objects = model.is_some_and(|model| model.task() == Task::Objects);
        let target = step.target.filter(|_| !objects);
        Ok(Some(AttackedInput {
            attack: step.kind().map(|kind| kind.id.to_owned()).unwrap_or_default(),
            norm: step.norm.id().to_owned(),
            eps: step.eps(),
            seed: self.open.explore.stack.seed,
            budget: step.budget,
            queries: frame.queries,
            target: target.zip(model).map(|(at, model)| model.card.label(at)),
            objective: objects.then(|| step.objective.id().to_owned()),
            file,
            sha256: sha256.clone(),
        }))
    }

    /// Shows the frozen image of a case in Explore, in place of a new attack.
    pub(in crate::app) fn show_attacked(
        &mut self,
        note: &AttackedInput,
        frame: usize,
        png: Option<Vec<u8>>,
    ) -> anyhow::Result<()> {
        let known = kind(&note.attack).ok_or_else(|| anyhow!("there is no attack {:?}", note.attack))?;
        let png = png.ok_or_else(|| anyhow!("the attacked image of the case is missing"))?;
        let image = Image::decode(&png)?;
        let norm = Norm::ALL.iter().copied().find(|norm| norm.id() == note.norm).unwrap_or(Norm::Linf);
        let labels = self.open.models.loaded.as_ref().map(|model| &model.card.labels);
        let index = |class: &String| labels?.iter().position(|label| label == class);
        let objective = Objective::ALL.iter().copied();
        let objective = objective.clone().find(|one| note.objective.as_deref() == Some(one.id()));
        let step = AttackStep {
            norm,
            budget: note.budget,
            target: note.target.as_ref().and_then(index),
            objective: objective.unwrap_or(Objective::Vanish),
            ..AttackStep::new(known)
        };
        let attacked =
            AttackedFrame { image, outcome: None, queries: note.queries, png: (png, note.sha256.clone()) };
        self.open.explore.attack.freeze(step.of_size(note.eps), frame, attacked);
        Ok(())
    }
}
