//! Views that a person opens beside those that a recording fills: plots, messages, the list of topics; and named layouts.

use std::collections::BTreeMap;

use anyhow::{anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::app::jobs::JobKind;
use crate::app::replay::series::{Curve, SeriesError, curve, signal_named};
use crate::app::{App, NoRecording};
use crate::base::text::quoted;

/// Views that were opened, in order; numbers are those of the tiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenedViews {
    /// Plots.
    pub plots: Vec<PlotView>,
    /// Messages of a topic.
    pub messages: Vec<MessageView>,
    /// True if the topics are listed.
    pub topics: bool,
}

/// A plot of several curves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlotView {
    /// Its number.
    pub number: u32,
    /// Signals and formulas by the axis on the left.
    pub left: Vec<String>,
    /// Those by the axis on the right.
    pub right: Vec<String>,
}

impl PlotView {
    /// All curves: their texts, true for the axis on the right.
    pub fn series(&self) -> impl Iterator<Item = (&str, bool)> {
        let left = self.left.iter().map(|text| (text.as_str(), false));
        left.chain(self.right.iter().map(|text| (text.as_str(), true)))
    }
}

/// Messages of a topic at the playhead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageView {
    /// Its number.
    pub number: u32,
    /// Name of the topic; "" until one was chosen.
    pub topic: String,
}

/// An arrangement of views with a name, in the format of the front end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    /// Its name.
    pub name: String,
    /// Arrangement of the tiles.
    pub views: serde_json::Value,
    /// Views that were opened.
    pub opened: OpenedViews,
    /// Signals that were chosen for the timeline, or hidden.
    pub plots: BTreeMap<String, bool>,
}

/// Curves of formulas, as far as computed.
#[derive(Clone, Debug, Default)]
pub struct Formulas {
    /// By their text: the curve or the problem.
    pub known: BTreeMap<String, Result<Curve, SeriesError>>,
    /// Being computed.
    asked: Vec<String>,
}

/// Commands about views.
#[derive(Clone, Debug)]
pub enum TileCommand {
    /// Opens a plot of these signals and formulas.
    Plot(Vec<String>),
    /// Closes a plot.
    ClosePlot(u32),
    /// Adds a signal or a formula to a plot, or moves it to the other axis.
    AddSeries {
        /// Number of the plot.
        plot: u32,
        /// The signal or formula.
        text: String,
        /// True for the axis on the right.
        right: bool,
    },
    /// Removes a signal or formula from a plot.
    RemoveSeries {
        /// Number of the plot.
        plot: u32,
        /// The signal or formula.
        text: String,
    },
    /// Opens the messages of a topic; "" for one to be chosen.
    Messages(String),
    /// Shows another topic.
    Topic {
        /// Number of the view.
        view: u32,
        /// The topic.
        topic: String,
    },
    /// Closes a view of messages.
    CloseMessages(u32),
    /// Shows or hides the list of topics.
    ToggleTopics,
    /// Saves the arrangement under a name, in the place of one of this name.
    SaveLayout(String),
    /// Restores a saved arrangement.
    Layout(String),
    /// Forgets a saved arrangement.
    RemoveLayout(String),
    /// Closes opened views and arranges the others as in a fresh recording.
    ResetLayout,
}

/// The least number that none of some has, from 1.
fn free(numbers: impl Iterator<Item = u32>) -> u32 {
    let mut taken: Vec<u32> = numbers.collect();
    taken.sort_unstable();
    let before = taken.iter().zip(1..).take_while(|(known, number)| *known == number);
    before.count() as u32 + 1
}

impl App {
    pub(in crate::app) fn change_tiles(&mut self, command: TileCommand) -> anyhow::Result<()> {
        if let TileCommand::RemoveLayout(name) = command {
            self.session.layouts.retain(|layout| layout.name != name);
            self.session.save();
            return Ok(());
        }
        let open = self.open.clip.as_mut().ok_or(NoRecording)?;
        let opened = &mut open.opened;
        match command {
            TileCommand::Plot(left) => {
                let number = free(opened.plots.iter().map(|plot| plot.number));
                opened.plots.push(PlotView { number, left, right: Vec::new() });
            }
            TileCommand::ClosePlot(number) => opened.plots.retain(|plot| plot.number != number),
            TileCommand::AddSeries { plot, text, right } => {
                let text = text.trim().to_owned();
                let plot = opened.plots.iter_mut().find(|known| known.number == plot);
                let plot = plot.ok_or_else(|| anyhow!("the plot is closed"))?;
                if text.is_empty() {
                    bail!("type the name of a signal or a formula");
                }
                plot.left.retain(|known| *known != text);
                plot.right.retain(|known| *known != text);
                if right { &mut plot.right } else { &mut plot.left }.push(text);
            }
            TileCommand::RemoveSeries { plot, text } => {
                for plot in opened.plots.iter_mut().filter(|known| known.number == plot) {
                    plot.left.retain(|known| *known != text);
                    plot.right.retain(|known| *known != text);
                }
            }
            TileCommand::Messages(topic) => {
                let number = free(opened.messages.iter().map(|view| view.number));
                opened.messages.push(MessageView { number, topic });
            }
            TileCommand::Topic { view, topic } => {
                if let Some(view) = opened.messages.iter_mut().find(|known| known.number == view) {
                    view.topic = topic;
                }
            }
            TileCommand::CloseMessages(number) => opened.messages.retain(|view| view.number != number),
            TileCommand::ToggleTopics => opened.topics = !opened.topics,
            TileCommand::SaveLayout(name) => {
                let name = name.trim().to_owned();
                if name.is_empty() {
                    bail!("the layout needs a name");
                }
                let (views, opened, plots) = (open.views.clone(), open.opened.clone(), open.plots.clone());
                let layout = Layout { name: name.clone(), views, opened, plots };
                match self.session.layouts.iter_mut().find(|known| known.name == name) {
                    Some(known) => *known = layout,
                    None => self.session.layouts.push(layout),
                }
                self.session.save();
                self.notices
                    .done(format!("Layout {} saved; it is in the menu and in the search", quoted(&name)));
            }
            TileCommand::Layout(name) => {
                let layout = self.session.layouts.iter().find(|known| known.name == name);
                let layout = layout.ok_or_else(|| anyhow!("there is no layout {}", quoted(&name)))?.clone();
                (open.views, open.opened, open.plots) = (layout.views, layout.opened, layout.plots);
                open.arranged_anew += 1;
            }
            TileCommand::ResetLayout => {
                open.views = serde_json::Value::Null;
                open.opened = OpenedViews::default();
                open.arranged_anew += 1;
            }
            TileCommand::RemoveLayout(_) => {}
        }
        self.compute_formulas();
        self.remember_place();
        Ok(())
    }

    /// Computes the curves of formulas that are not known yet; the others are forgotten.
    pub(in crate::app) fn compute_formulas(&mut self) {
        let Some(open) = &mut self.open.clip else { return };
        let all = open.opened.plots.iter().flat_map(PlotView::series).map(|(text, _)| text.to_owned());
        let mut wanted: Vec<String> = all.filter(|text| signal_named(&*open.clip, text).is_none()).collect();
        wanted.sort();
        wanted.dedup();
        open.formulas.known.retain(|text, _| wanted.contains(text));
        wanted.retain(|text| !open.formulas.known.contains_key(text));
        if wanted.is_empty() || wanted == open.formulas.asked {
            return;
        }
        open.formulas.asked.clone_from(&wanted);
        let (id, clip, info) =
            (open.id, std::sync::Arc::clone(&open.clip), std::sync::Arc::clone(&open.info));
        self.jobs.spawn(JobKind::Formulas, "Computing curves", move |progress, outbox| {
            for text in wanted {
                progress.check()?;
                let found = curve(&*clip, &text);
                let info = std::sync::Arc::clone(&info);
                outbox.send(move |app| {
                    let Some(open) = app.open.clip.as_mut().filter(|open| open.id == id) else { return };
                    open.formulas.asked.retain(|asked| *asked != text);
                    // More of the recording is known by now: the curve is computed again.
                    if std::sync::Arc::ptr_eq(&open.info, &info) {
                        open.formulas.known.insert(text, found);
                    }
                });
            }
            Ok(())
        });
    }
}
