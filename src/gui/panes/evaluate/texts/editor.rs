//! The template editor: a template with its words, the sentences and the predictions while it is typed, and the test it becomes.

use std::fmt::Write as _;

use egui::{RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::evaluate::texts::command::TextCommand;
use crate::app::evaluate::texts::draft::{Draft, Expected, Preview, PreviewRow, SHOWN};
use crate::app::evaluate::texts::state::Texts;
use crate::app::jobs::JobKind;
use crate::base::text::{counted, grouped};
use crate::behavior::lexicons::{BASIC, Value};
use crate::behavior::suite::{CAPABILITIES, TestKind};
use crate::data::input::Medium;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{
    button_ui, chip_ui, combo_ui, dim_ui, empty_ui, name_label_ui, name_ui, row_with_end_ui, section_ui,
};
use crate::gui::page_dialogs::PageAsk;
use crate::gui::pane::Pane;
use crate::gui::panes::evaluate::texts::{part_ui, push};
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::{self, ROW, icon};
use crate::transforms::catalog::BUILT_IN;

/// Room for names before fields.
const NAME: f32 = 96.0;
/// Room for the button behind the words of a tag.
const SUGGEST: f32 = 74.0;
/// Words of a list that are named.
const WORDS: usize = 6;

/// State of the editor between frames.
#[derive(Default)]
pub(super) struct Editor {
    filter: String,
}

impl Editor {
    pub(super) fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let mut draft = pane.app.open.evaluate.texts.draft.clone();
        let mut sides = Sides::new(ui, &[430.0]);
        sides.show(ui, (Side::Left, "template"), [430.0, 320.0], |ui| {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                template_ui(ui, &mut draft, pane);
                expectation_ui(ui, &mut draft, pane);
                test_ui(ui, &mut draft, pane);
                self.lists_ui(ui, &mut draft, pane);
            });
        });
        egui::CentralPanel::default().show(ui, |ui| preview_ui(ui, pane));
        if draft != pane.app.open.evaluate.texts.draft {
            push(pane, TextCommand::Draft(Box::new(draft)));
        }
    }

    /// The lists that a template may name, as chips that put their tag into it.
    fn lists_ui(&mut self, ui: &mut Ui, draft: &mut Draft, pane: &Pane<'_>) {
        let texts = &pane.app.open.evaluate.texts;
        ui.add_space(8.0);
        row_with_end_ui(
            ui,
            |ui| {
                let edit =
                    ui.add(TextEdit::singleline(&mut self.filter).desired_width(110.0).hint_text("filter"));
                edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter word lists"));
            },
            |ui| drop(ui.label(RichText::new("Word lists").strong())),
        );
        let own = texts.suite().map(|suite| &suite.lexicon);
        let all = own
            .into_iter()
            .flatten()
            .chain(BASIC.iter().filter(|(name, _)| own.is_none_or(|own| !own.contains_key(*name))));
        let wanted = self.filter.trim().to_lowercase();
        ui.horizontal_wrapped(|ui| {
            for (name, values) in all.filter(|(name, _)| name.to_lowercase().contains(&wanted)) {
                let chip = chip_ui(ui, format!("{{{name}}}"), false, 180.0, true);
                let chip = chip.on_hover_text(format!("{}: {}", counted(values.len(), "word"), some(values)));
                if chip.clicked() {
                    let space =
                        if draft.template.is_empty() || draft.template.ends_with(' ') { "" } else { " " };
                    _ = write!(draft.template, "{space}{{{name}}}");
                }
            }
        });
    }
}

/// The first words of a list.
fn some(values: &[Value]) -> String {
    let shown: Vec<String> = values.iter().take(WORDS).map(Value::to_string).collect();
    let more = if values.len() > WORDS { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// The template, and the words of each of its tags.
fn template_ui(ui: &mut Ui, draft: &mut Draft, pane: &mut Pane<'_>) {
    let texts = &pane.app.open.evaluate.texts;
    part_ui(ui, "Template", "{tag} for a word of a list, {a:tag} with its article, {tag2} for another one");
    let edit = ui.add(
        TextEdit::multiline(&mut draft.template)
            .desired_width(f32::INFINITY)
            .desired_rows(2)
            .return_key(None)
            .hint_text("{first_name} is {adj}."),
    );
    edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Template text"));
    let tags = draft.tags().unwrap_or_default();
    for tag in &tags {
        let known = texts.suite().and_then(|suite| suite.lexicon.get(tag)).or_else(|| BASIC.get(tag));
        let mut words = draft.words.get(tag).cloned().unwrap_or_default();
        ui.horizontal(|ui| {
            name_ui(ui, NAME, &format!("{{{tag}}}"));
            let hint = known.map_or_else(|| "good, bad, new".to_owned(), |values| some(values));
            let width = ui.available_width() - SUGGEST;
            let edit = ui.add(TextEdit::singleline(&mut words).desired_width(width).hint_text(hint));
            edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, format!("Words of {tag}")));
            edit.on_hover_text("Own words, separated by commas; the list of the suite if empty");
            suggest_ui(ui, tag, texts, pane);
        });
        suggested_ui(ui, tag, &mut words, texts);
        if words.is_empty() {
            draft.words.remove(tag);
        } else {
            draft.words.insert(tag.clone(), words);
        }
    }
    ui.horizontal(|ui| {
        name_ui(ui, NAME, "Sentences");
        let mut samples = draft.samples as u64;
        let number = ui.add(
            egui::DragValue::new(&mut samples)
                .range(0..=100_000)
                .custom_formatter(
                    |value, _| {
                        if value < 1.0 { "all".to_owned() } else { grouped(value as usize) }
                    },
                )
                .custom_parser(
                    |text| if text.trim() == "all" { Some(0.0) } else { text.trim().parse().ok() },
                ),
        );
        number.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Number of sentences"));
        draft.samples = samples as usize;
        dim_ui(ui, "every combination, or so many draws");
    });
}

/// The button that has a masked-language model suggest words for a tag; the first time it asks for the model.
fn suggest_ui(ui: &mut Ui, tag: &str, texts: &Texts, pane: &mut Pane<'_>) {
    let running = pane.app.jobs.is_running(JobKind::TextSuggest);
    ui.add_enabled_ui(!running, |ui| {
        let name = format!("Suggest words for {tag}");
        let button = ui.add(egui::Button::new("Suggest").min_size(egui::vec2(SUGGEST - 8.0, ROW)));
        let enabled = button.enabled();
        button.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &name));
        let model =
            texts.masked.as_ref().map_or("a masked-language model of yours, ONNX", |model| &model.card.name);
        if button.on_hover_text(format!("Words that fit into the sentence, by {model}")).clicked() {
            match &texts.masked {
                Some(_) => push(pane, TextCommand::Suggest(tag.to_owned())),
                None => pane.ask.push(Ask::Page(PageAsk::TextMasked(tag.to_owned()))),
            }
        }
    });
}

/// The suggested words of a tag, as chips that add them to its own words.
fn suggested_ui(ui: &mut Ui, tag: &str, words: &mut String, texts: &Texts) {
    let Some(suggested) = texts.suggested.as_ref().filter(|suggested| suggested.tag == tag) else { return };
    let known: Vec<String> = words.split(',').map(|word| word.trim().to_owned()).collect();
    ui.horizontal_wrapped(|ui| {
        ui.add_space(NAME + 8.0);
        for one in suggested.words.iter().filter(|one| !known.contains(&one.word)) {
            let chip = chip_ui(ui, one.word.as_str(), false, 150.0, true);
            if chip.on_hover_text(format!("probability {:.4}", one.probability)).clicked() {
                let comma = if words.trim().is_empty() { "" } else { ", " };
                words.extend([comma, &one.word]);
            }
        }
    });
}

fn expectation_ui(ui: &mut Ui, draft: &mut Draft, pane: &Pane<'_>) {
    let texts = &pane.app.open.evaluate.texts;
    ui.add_space(4.0);
    section_ui(ui, "Expectation");
    ui.horizontal(|ui| {
        name_ui(ui, NAME, "Type");
        combo_ui(ui, ("Type of the test", 250.0), draft.expected.title(), |ui| {
            for expected in Expected::ALL {
                if ui.selectable_label(draft.expected == expected, expected.title()).clicked() {
                    draft.expected = expected;
                }
            }
        });
    });
    if draft.expected.names_class() {
        let mut classes = texts.suite().map(|suite| suite.classes.clone()).unwrap_or_default();
        if classes.is_empty() {
            let loaded = pane.app.loaded_text_model();
            let model = texts.model().or(loaded.as_ref());
            classes = model.map(|model| model.card.labels.clone()).unwrap_or_default();
        }
        ui.horizontal(|ui| {
            name_ui(ui, NAME, "Class");
            if classes.is_empty() {
                let edit = ui.add(TextEdit::singleline(&mut draft.class).desired_width(120.0).hint_text("0"));
                edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Class of the test"));
                dim_ui(ui, "number of the class");
                return;
            }
            let now = if draft.class.is_empty() { "choose" } else { &draft.class }.to_owned();
            combo_ui(ui, ("Class of the test", 180.0), &now, |ui| {
                for class in &classes {
                    if ui.selectable_label(draft.class == *class, class).clicked() {
                        draft.class.clone_from(class);
                    }
                }
            });
        });
    }
    if draft.expected.kind() == TestKind::Mft {
        return;
    }
    ui.horizontal(|ui| {
        name_ui(ui, NAME, "Perturbation");
        let id = draft.perturb.split([':', ',']).next().unwrap_or_default().trim().to_owned();
        let now = BUILT_IN.kind(&id).map_or("other", |kind| kind.title);
        combo_ui(ui, ("Perturbation", 150.0), now, |ui| {
            for group in BUILT_IN.groups(Medium::Text) {
                for kind in BUILT_IN.group(group) {
                    let choice = ui.selectable_label(kind.id == id, kind.title).on_hover_text(kind.summary);
                    if choice.clicked() {
                        kind.id.clone_into(&mut draft.perturb);
                    }
                }
            }
        });
        let edit = ui.add(TextEdit::singleline(&mut draft.perturb).desired_width(f32::INFINITY));
        edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Perturbation as text"));
        edit.on_hover_text("Transforms of texts as for `hardcase transform`, such as typos:2");
    });
    ui.horizontal(|ui| {
        name_ui(ui, NAME, "Tolerance");
        let number =
            ui.add(egui::DragValue::new(&mut draft.tolerance).range(0.0..=1.0).speed(0.01).fixed_decimals(2));
        number.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Tolerance"));
        dim_ui(ui, "change of confidence that is no failure");
    });
}

/// Name and capability, and the button that adds the test.
fn test_ui(ui: &mut Ui, draft: &mut Draft, pane: &mut Pane<'_>) {
    ui.add_space(4.0);
    section_ui(ui, "Test");
    ui.horizontal(|ui| {
        name_ui(ui, NAME, "Name");
        let edit = ui.add(
            TextEdit::singleline(&mut draft.name)
                .desired_width(f32::INFINITY)
                .hint_text("Names at a crossing"),
        );
        edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Name of the test"));
    });
    ui.horizontal(|ui| {
        name_ui(ui, NAME, "Capability");
        let now = draft.capability.clone();
        combo_ui(ui, ("Capability", 150.0), &now, |ui| {
            for capability in CAPABILITIES {
                if ui.selectable_label(draft.capability == capability, capability).clicked() {
                    capability.clone_into(&mut draft.capability);
                }
            }
        });
    });
    let texts = &pane.app.open.evaluate.texts;
    let shown = texts.preview.as_ref().filter(|preview| preview.draft == texts.draft);
    let filled = shown.is_some_and(|preview| !preview.rows.is_empty());
    let class = !draft.expected.names_class() || !draft.class.trim().is_empty();
    let missing = match (filled, class, draft.name.trim().is_empty()) {
        (false, ..) => "needs a template that can be filled",
        (true, false, _) => "needs a class",
        (true, true, true) => "needs a name",
        (true, true, false) => "",
    };
    ui.horizontal(|ui| {
        let ready = missing.is_empty() && !pane.app.jobs.is_running(JobKind::TextRun);
        ui.add_enabled_ui(ready, |ui| {
            if button_ui(ui, icon::PLUS, "Add test to suite", "").clicked() {
                push(pane, TextCommand::AddTest);
            }
        });
        dim_ui(ui, missing);
    });
}

/// The sentences with what the model says.
fn preview_ui(ui: &mut Ui, pane: &Pane<'_>) {
    let texts = &pane.app.open.evaluate.texts;
    let Some(preview) = &texts.preview else {
        empty_ui(
            ui,
            "Type a template: its sentences and the predictions of the model appear here while you type",
        );
        return;
    };
    let loaded = pane.app.loaded_text_model();
    let model = texts.model().or(loaded.as_ref());
    let model = model.map_or_else(
        || "no model to predict them".to_owned(),
        |model| format!("predicted by {}", model.card.name),
    );
    let count = grouped(preview.all);
    let first = if preview.all > SHOWN { format!(", {SHOWN} of them") } else { String::new() };
    part_ui(ui, &format!("{count} sentences{first}"), &model);
    if let Some(problem) = &preview.problem {
        let label = ui.add(egui::Label::new(RichText::new(problem).color(theme::colors(ui).fail)).wrap());
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Problem: {problem}")));
    }
    summary_ui(ui, preview);
    ScrollArea::vertical().id_salt("sentences").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (at, row) in preview.rows.iter().enumerate() {
            let fill =
                if at.is_multiple_of(2) { ui.visuals().faint_bg_color } else { egui::Color32::TRANSPARENT };
            let frame =
                egui::Frame::new().fill(fill).corner_radius(2).inner_margin(egui::Margin::symmetric(6, 0));
            frame.show(ui, |ui| row_ui(ui, at, row));
        }
    });
}

/// Passes and failures of the shown sentences; always a row high.
fn summary_ui(ui: &mut Ui, preview: &Preview) {
    let judged = preview.rows.iter().filter_map(|row| row.pass);
    let (all, failed) = judged.fold((0, 0), |(all, failed), pass| (all + 1, failed + usize::from(!pass)));
    let text = match (all, preview.complete, preview.rows.is_empty()) {
        (_, _, true) => String::new(),
        (_, false, _) => "predicting…".to_owned(),
        (0, true, _) => "not judged: choose an expectation, and a model to predict".to_owned(),
        (all, true, _) => format!("{failed} of {all} fail"),
    };
    ui.horizontal(|ui| {
        ui.set_min_height(ROW);
        ui.label(RichText::new(text).strong());
    });
}

fn row_ui(ui: &mut Ui, at: usize, row: &PreviewRow) {
    let colors = theme::colors(ui);
    let (mark, color, word) = match row.pass {
        Some(true) => (icon::PASS, colors.pass, "pass"),
        Some(false) => (icon::FAIL, colors.fail, "fail"),
        None => ("", colors.dim, "not judged"),
    };
    let said = |prediction: &Option<(String, f64)>| {
        prediction.as_ref().map_or_else(String::new, |(class, score)| format!("{class} {score:.2}"))
    };
    let lines = [(Some(&row.text), &row.prediction), (row.copy.as_ref(), &row.copy_prediction)];
    let last = usize::from(row.copy.is_some());
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (place, (text, prediction)) in lines.iter().enumerate() {
                let Some(text) = text else { continue };
                row_with_end_ui(
                    ui,
                    |ui| {
                        let place_ui = egui::vec2(18.0, ROW);
                        let layout = egui::Layout::left_to_right(egui::Align::Center);
                        ui.allocate_ui_with_layout(place_ui, layout, |ui| {
                            ui.set_min_width(18.0);
                            if place == last {
                                ui.label(RichText::new(mark).color(color));
                            }
                        });
                        ui.label(RichText::new(said(prediction)).size(12.5));
                    },
                    |ui| {
                        if place > 0 {
                            ui.label(RichText::new(icon::RIGHT).size(12.0).color(colors.dim));
                        }
                        name_label_ui(ui, text.as_str());
                    },
                );
            }
        })
        .response;
    let name = format!(
        "Sentence {}: {}, {}, {word}",
        at + 1,
        row.copy.as_ref().unwrap_or(&row.text),
        said(lines[last].1)
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
}
