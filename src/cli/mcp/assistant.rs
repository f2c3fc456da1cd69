//! The program behind the tools of an assistant: it sends commands, waits for their work and hears what came of it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use serde_json::{Value, json};

use crate::app::command::Command;
use crate::app::notices::Level;
use crate::app::open::command::OpenCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::session::Session;
use crate::app::suites::ASSISTANT;
use crate::app::{App, Workspace};
use crate::base::time::{Span, Time};
use crate::claims::judge::{Outcome, judge};
use crate::claims::spec;
use crate::data::clip::ChannelId;
use crate::data::input::Input;
use crate::data::time::window::Reach;
use crate::project::editor::ProjectEditor;
use crate::transforms::stack;

/// Polls without a change after which work is done.
const PATIENCE: usize = 3;

/// The program without a window, in the hands of an assistant.
pub(super) struct Assistant {
    pub(super) app: App,
    /// True if nothing may be changed.
    pub(super) read_only: bool,
}

impl Assistant {
    pub(super) fn new(read_only: bool) -> Self {
        // Nothing of a person's session is read or remembered.
        let mut app = App::new(Session::load_from(None), Arc::new(|| {}));
        app.only_when_asked = true;
        Self { app, read_only }
    }

    /// Sends a command and waits for its work; returns what was said.
    pub(super) fn send(&mut self, command: Command) -> anyhow::Result<Vec<String>> {
        if let Some(editor) = &mut self.app.open.editor {
            editor.set_author(Some(ASSISTANT.to_owned()));
        }
        drop(self.app.notices.fresh());
        self.app.dispatch(command);
        self.app.settle(PATIENCE);
        let (errors, said): (Vec<_>, Vec<_>) =
            self.app.notices.fresh().into_iter().partition(|notice| notice.level == Level::Error);
        if let Some(error) = errors.into_iter().next() {
            bail!(error.text);
        }
        Ok(said.into_iter().map(|notice| notice.text).collect())
    }

    pub(super) fn open(&mut self, paths: Vec<PathBuf>) -> anyhow::Result<()> {
        self.send(Command::Open(OpenCommand::Paths(paths)))?;
        self.send(Command::Show(Workspace::Explore))?;
        Ok(())
    }

    /// Goes to a frame or a moment, if the arguments name one.
    pub(super) fn go(&mut self, arguments: &Value) -> anyhow::Result<()> {
        self.send(Command::Show(Workspace::Explore))?;
        if let Some(name) = arguments["channel"].as_str() {
            let open = self.app.open.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
            let id = open.info.channel_named(name);
            let names: Vec<&str> = open.info.channels.iter().map(|channel| channel.name.as_str()).collect();
            let id = id.ok_or_else(|| {
                anyhow!("there is no channel {name:?}, the recording has {}", names.join(", "))
            })?;
            self.send(Command::Play(PlayCommand::Camera(id)))?;
        }
        if let Some(frame) = arguments["frame"].as_u64() {
            let count = self.app.open.playback.times.len();
            if frame >= count as u64 {
                bail!("there is no frame {frame}, the channel has {count} from 0 on");
            }
            self.send(Command::Play(PlayCommand::SeekFrame(frame as usize)))?;
        } else if let Some(seconds) = arguments["seconds"].as_f64() {
            let time = self.time(seconds);
            self.send(Command::Play(PlayCommand::Seek(time)))?;
        }
        Ok(())
    }

    /// A moment so many seconds after the beginning of the recording.
    pub(super) fn time(&self, seconds: f64) -> Time {
        self.app.open.playback.range.start + Span((seconds * 1e9).round() as i64)
    }

    /// Seconds from the beginning of the recording.
    pub(super) fn seconds(&self, time: Time) -> f64 {
        (time - self.app.open.playback.range.start).0 as f64 / 1e9
    }

    /// The channel on screen and the sample there, read from the recording.
    pub(super) fn input(&self) -> anyhow::Result<(ChannelId, Input)> {
        let open = self.app.open.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
        let channel =
            self.app.open.playback.camera.ok_or_else(|| anyhow!("the recording has nothing to look at"))?;
        let explore = &self.app.open.explore;
        let model = self.app.open.models.loaded.as_ref();
        let reach = model.map_or_else(Reach::default, |model| model.reach());
        let reach = reach
            .with(&spec::reach(explore.claim()))
            .with(&stack::reach(&self.app.open.models.catalog, &explore.stack));
        Ok((channel, open.clip.reached(channel, self.app.open.playback.frame(), &reach)?))
    }

    /// Judges the stack on screen anew, on the sample as it is read from the recording.
    pub(super) fn replayed(&self) -> anyhow::Result<(Input, Outcome)> {
        let (_, input) = self.input()?;
        let model = self.app.open.models.loaded.clone().ok_or_else(|| anyhow!("open a model first"))?;
        let (catalog, explore) = (&self.app.open.models.catalog, &self.app.open.explore);
        let outcome = judge(catalog, &model, &input, &explore.stack, explore.claim(), None)?;
        Ok((input, outcome))
    }

    /// Everything that is open.
    pub(super) fn state(&self) -> Value {
        let open = &self.app.open;
        let recording = open.clip.as_ref().map(|clip| {
            let channels: Vec<Value> = clip
                .info
                .channels
                .iter()
                .map(|channel| json!({ "name": channel.name, "kind": channel.kind, "samples": channel.samples }))
                .collect();
            json!({ "name": clip.name, "seconds": clip.info.range.span().0 as f64 / 1e9, "channels": channels,
                "warnings": clip.info.warnings })
        });
        let project = open.project().map(|project| {
            json!({
                "name": project.name, "folder": project.folder.display().to_string(), "read_only": open.is_read_only(),
                "recordings": project.clips.iter().map(|clip| &clip.name).collect::<Vec<_>>(),
                "tag_types": project.ontology.tags.iter().map(|word| &word.name).collect::<Vec<_>>(),
                "tags": project.tags.len(), "suites": project.suites(),
                "undo": open.editor.as_ref().and_then(ProjectEditor::undo_label),
            })
        });
        let model = open.models.loaded.as_ref().map(
            |model| json!({ "name": model.card.name, "task": format!("{:?}", model.task()).to_lowercase(), "sha256": model.sha256 }),
        );
        let channel = open.playback.camera.zip(open.clip.as_ref());
        let channel =
            channel.and_then(|(camera, clip)| clip.info.channel(camera)).map(|channel| &channel.name);
        json!({ "project": project, "recording": recording, "model": model, "channel": channel,
            "frame": open.playback.frame(), "frames": open.playback.times.len(),
            "at_seconds": self.seconds(open.playback.playhead),
            "stack": stack::describe(&open.models.catalog, &open.explore.stack) })
    }
}
