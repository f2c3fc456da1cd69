//! The threat model: what an attacker knows, may change and wants; and the attacks that fit it.

use std::collections::BTreeSet;

use egui::{DragValue, RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::app::evaluate::AttackPlan;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::jobs::JobKind;
use crate::base::text::counted;
use crate::data::prediction::Task;
use crate::gui::forms::{button_ui, chip_ui, combo_ui, dim_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::evaluate::robustness::command;
use crate::gui::theme::{self, icon};
use crate::inference::model::Model;
use crate::robustness::attacks::norm::{Norm, parse_sizes};
use crate::robustness::attacks::objects::Objective;
use crate::robustness::attacks::{AttackKind, KINDS, Knowledge};

/// Sets of attacks: name, attacks, queries, what the attacker knows.
const PRESETS: [(&str, &[&str], usize, Knowledge); 3] = [
    ("Quick", &["fgsm"], 500, Knowledge::Gradients),
    ("Thorough", &["pgd", "square", "hop_skip_jump"], 2500, Knowledge::Gradients),
    ("No gradients", &["square"], 500, Knowledge::Scores),
];

/// State of the form between frames.
pub(super) struct Form {
    knows: Knowledge,
    norm: Norm,
    sizes: String,
    chosen: BTreeSet<&'static str>,
    images: usize,
    budget: usize,
    seed: u64,
    target: Option<usize>,
    objective: Objective,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            knows: Knowledge::Gradients,
            norm: Norm::Linf,
            sizes: usual_sizes(Norm::Linf).to_owned(),
            chosen: BTreeSet::from(["fgsm"]),
            images: 20,
            budget: 500,
            seed: 1,
            target: None,
            objective: Objective::Vanish,
        }
    }
}

/// Sizes of a norm if none are asked for, as text.
fn usual_sizes(norm: Norm) -> &'static str {
    match norm {
        Norm::Linf => "1/255, 2/255, 4/255, 8/255",
        Norm::L2 => "0.25, 0.5, 1, 2",
        Norm::L1 => "2, 5, 10, 20",
    }
}

fn knowledge(knows: Knowledge) -> &'static str {
    match knows {
        Knowledge::Gradients => "the model with its gradients",
        Knowledge::Scores => "the scores that it returns",
        Knowledge::Label => "the class that it returns",
    }
}

impl Form {
    pub(super) fn ui(&mut self, ui: &mut Ui, model: &Model, samples: usize, pane: &mut Pane<'_>) {
        self.threat_ui(ui, model);
        self.attacks_ui(ui);
        let sizes = parse_sizes(&self.sizes, self.norm);
        let kinds: Vec<&'static AttackKind> =
            self.fitting().filter(|kind| self.chosen.contains(kind.id)).collect();
        ui.horizontal_wrapped(|ui| {
            if pane.app.jobs.is_running(JobKind::Attack) {
                if button_ui(ui, icon::CROSS, "Stop attacks", "").clicked() {
                    pane.commands.push(command(EvaluateCommand::StopAttack));
                }
                ui.spinner();
                return;
            }
            let images = self.images.min(samples);
            let name = format!("Attack {}", counted(images, "image"));
            ui.add_enabled_ui(sizes.is_ok() && !kinds.is_empty() && images > 0, |ui| {
                if !button_ui(ui, icon::PLAY, &name, "").clicked() {
                    return;
                }
                if let Ok(sizes) = &sizes {
                    pane.commands.push(command(EvaluateCommand::Attack(AttackPlan {
                        kinds: kinds.clone(),
                        norm: self.norm,
                        sizes: sizes.clone(),
                        images: self.images,
                        target: self.target,
                        objective: self.objective,
                        budget: self.budget,
                        seed: self.seed,
                    })));
                }
            });
            match &sizes {
                Ok(sizes) => {
                    let attacks = counted(images * sizes.len() * kinds.len(), "attack");
                    dim_ui(
                        ui,
                        format!(
                            "{attacks}, at most {} for each that only asks",
                            counted(self.budget, "query")
                        ),
                    );
                }
                Err(problem) => {
                    ui.label(RichText::new(problem.to_string()).color(theme::colors(ui).warning));
                }
            }
        });
        let untried: Vec<&str> =
            self.fitting().filter(|kind| !self.chosen.contains(kind.id)).map(|kind| kind.id).collect();
        if !untried.is_empty() {
            ui.add(
                egui::Label::new(
                    RichText::new(format!("Not tried: {}", untried.join(", ")))
                        .size(12.0)
                        .color(theme::colors(ui).dim),
                )
                .wrap(),
            );
        }
    }

    /// The attacks that an attacker of this knowledge can run, bounded by the norm.
    fn fitting(&self) -> impl Iterator<Item = &'static AttackKind> {
        let (knows, norm) = (self.knows, self.norm);
        KINDS.iter().copied().filter(move |kind| knows.covers(kind.knows) && kind.bounded_by(norm))
    }

    fn threat_ui(&mut self, ui: &mut Ui, model: &Model) {
        ui.horizontal_wrapped(|ui| {
            ui.label("The attacker knows");
            combo_ui(ui, ("Attacker knows", 190.0), knowledge(self.knows), |ui| {
                for knows in [Knowledge::Gradients, Knowledge::Scores, Knowledge::Label] {
                    ui.selectable_value(&mut self.knows, knows, knowledge(knows));
                }
            });
            ui.label("and wants");
            match model.task() {
                Task::Objects => drop(combo_ui(ui, ("Objective", 150.0), objective(self.objective), |ui| {
                    for one in Objective::ALL {
                        ui.selectable_value(&mut self.objective, *one, objective(*one));
                    }
                })),
                Task::Classes | Task::Segments | Task::Vector | Task::Values => {
                    let now =
                        self.target.map_or_else(|| "another class".to_owned(), |at| model.card.label(at));
                    combo_ui(ui, ("Target class", 150.0), &now, |ui| {
                        ui.selectable_value(&mut self.target, None, "another class");
                        for at in 0..model.card.labels.len() {
                            ui.selectable_value(&mut self.target, Some(at), model.card.label(at));
                        }
                    });
                }
            }
        });
        ui.horizontal_wrapped(|ui| {
            ui.label("Changes up to");
            let edit =
                TextEdit::singleline(&mut self.sizes).desired_width(190.0).hint_text("1/255, 2/255, 4/255");
            let response = ui.add(edit);
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Sizes"));
            response.on_hover_text(
                "Several sizes make a curve; numbers of an image are 0 to 1, so 8/255 are 8 gray levels",
            );
            let before = self.norm;
            combo_ui(ui, ("Norm", 70.0), self.norm.id(), |ui| {
                for norm in Norm::ALL {
                    ui.selectable_value(&mut self.norm, *norm, norm.id());
                }
            });
            if self.norm != before {
                usual_sizes(self.norm).clone_into(&mut self.sizes);
            }
            let label = ui.label("images");
            ui.add(DragValue::new(&mut self.images).range(1..=10_000)).labelled_by(label.id);
            let label = ui.label("queries");
            ui.add(DragValue::new(&mut self.budget).range(10..=1_000_000).speed(10.0)).labelled_by(label.id);
            let label = ui.label("seed");
            ui.add(DragValue::new(&mut self.seed)).labelled_by(label.id);
        });
    }

    fn attacks_ui(&mut self, ui: &mut Ui) {
        let room = ui.available_width();
        ui.horizontal_wrapped(|ui| {
            for (name, ids, budget, knows) in PRESETS {
                if chip_ui(ui, name, false, room, true).clicked() {
                    self.chosen = ids.iter().copied().collect();
                    self.budget = budget;
                    self.knows = knows;
                }
            }
            dim_ui(ui, "or choose:");
            for kind in self.fitting().collect::<Vec<_>>() {
                let on = self.chosen.contains(kind.id);
                let chip = chip_ui(ui, kind.title, on, room, true);
                let needs = kind.knows.title();
                let chip = chip.on_hover_text(format!("{}\nneeds {needs}\n{}", kind.summary, kind.source));
                if chip.clicked() && !self.chosen.remove(kind.id) {
                    self.chosen.insert(kind.id);
                }
            }
        });
    }
}

fn objective(objective: Objective) -> &'static str {
    match objective {
        Objective::Vanish => "objects to vanish",
        Objective::Fabricate => "objects that are not there",
        Objective::Mislabel => "objects of another class",
        Objective::One => "the surest object to vanish",
    }
}
