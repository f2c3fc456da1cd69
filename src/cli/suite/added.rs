//! `hardcase suite add`: a case about a stretch of a recording.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::base::text::counted;
use crate::base::time::{Date, Moment, Span};
use crate::claims::spec;
use crate::cli::{BadArgument, print};
use crate::clips;
use crate::data::cases::case::{Case, ClaimSpec, Interval, Provenance, Terms};
use crate::data::cases::stack::Stack;
use crate::data::clip::ChannelKind;
use crate::data::time::window::Reach;
use crate::project::edit::Edit;
use crate::project::editor::ProjectEditor;
use crate::project::{ClipRef, Project};

#[derive(Debug, Args)]
pub(in crate::cli) struct AddArgs {
    /// Folder of the project; made if absent
    project: PathBuf,
    /// Name of the suite
    name: String,
    /// The recording: its name in the project, or a path, which is added to the project
    #[arg(long)]
    clip: String,
    /// Beginning of the stretch: seconds, m:ss.mmm, or a time like 2026-11-30T10:15:00Z
    #[arg(long, value_name = "TIME")]
    from: Moment,
    /// End of the stretch
    #[arg(long, value_name = "TIME")]
    to: Moment,
    /// Formula that must hold: "always(ttc > 1.5)"; may be repeated, all must hold
    #[arg(long, required = true, value_name = "FORMULA")]
    claim: Vec<String>,
    /// Channels that are kept with the case, separated by commas; all if absent
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    channels: Vec<String>,
    /// Tag of the case; may be repeated
    #[arg(long)]
    tag: Vec<String>,
    /// Reason to keep it
    #[arg(long, default_value = "")]
    why: String,
    /// Name of the case; made from the formula if absent
    #[arg(long)]
    id: Option<String>,
}

pub(super) fn run(args: &AddArgs) -> anyhow::Result<ExitCode> {
    let mut claims: Vec<ClaimSpec> = Vec::new();
    for formula in &args.claim {
        let claim = ClaimSpec { expression: Some(formula.clone()), ..ClaimSpec::new("over_time") };
        spec::check(&claim).map_err(|err| BadArgument(err.to_string()))?;
        claims.push(claim);
    }
    let title = args.project.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut editor = ProjectEditor::create(&args.project, &title)?;
    let (of, is_new) = recording(editor.project(), &args.clip)?;
    let clip = clips::open(&editor.project().resolve(&of.path))
        .with_context(|| format!("the recording {:?} cannot be opened", of.name))?;
    clip.index(&crate::base::progress::Progress::default())?;
    let whole = clip.info().range;
    let (from, to) = (args.from.after(whole.start), args.to.after(whole.start) + Span(1));
    if from >= to || from >= whole.end || to <= whole.start {
        let since = |time| time - whole.start;
        return Err(BadArgument(format!(
            "the recording is {} long and has nothing between {} and {}",
            whole.span(),
            since(from),
            since(to)
        ))
        .into());
    }
    let info = clip.info();
    let camera = info.of_kind(ChannelKind::Camera).next();
    let frame = camera.map_or(0, |(id, _)| crate::base::time::index_at(&clip.times(id), from));
    let mut rest = claims.into_iter();
    let Some(oracle) = rest.next() else { return Ok(ExitCode::SUCCESS) };
    let wish = args.id.clone().or_else(|| oracle.expression.clone()).unwrap_or_default();
    let id = editor.project().fresh_case_id(&args.name, &wish);
    let interval = Interval { from, to, begin: Some(whole.start), channels: args.channels.clone() };
    let kept = Provenance { on: Some(Date::today()), taken: Some(from), ..Provenance::default() };
    let case = Case {
        id: id.clone(),
        suite: args.name.clone(),
        clip: of.name.clone(),
        channel: camera.map(|(_, channel)| channel.name.clone()).unwrap_or_default(),
        frame,
        reach: Reach::default(),
        interval: Some(interval),
        stack: Stack::default(),
        oracle,
        more: rest.collect(),
        attack: None,
        tags: args.tag.clone(),
        why: args.why.clone(),
        terms: Terms { kept, ..Terms::default() },
    };
    let mut edits = Vec::new();
    if is_new {
        let clips = editor.project().clips.iter().cloned().chain([of]).collect();
        edits.push(Edit::SetClips(clips));
    }
    edits.push(Edit::AddCase(case));
    editor.commit(&format!("Save case {id:?}"), Edit::Group(edits))?;
    let cases = editor.project().cases_of(&args.name).count();
    print(&format!("{id} added, the suite {:?} has {}", args.name, counted(cases, "case")));
    Ok(ExitCode::SUCCESS)
}

/// The recording of a project, or a new one at a path; true if it is new.
fn recording(project: &Project, name: &str) -> anyhow::Result<(ClipRef, bool)> {
    if let Some(known) = project.clips.iter().find(|clip| clip.name == name) {
        return Ok((known.clone(), false));
    }
    let path = std::path::absolute(name)?;
    if let Some(known) = project.clips.iter().find(|clip| project.resolve(&clip.path) == path) {
        return Ok((known.clone(), false));
    }
    if !path.exists() {
        let known: Vec<&str> = project.clips.iter().map(|clip| clip.name.as_str()).collect();
        return Err(BadArgument(format!(
            "there is no recording {name:?} in the project and no such file; the project has {known:?}"
        ))
        .into());
    }
    let title = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let taken = |wish: &str| project.clips.iter().any(|clip| clip.name == wish);
    let free = (2..=usize::MAX).map(|n| format!("{title} {n}")).find(|wish| !taken(wish));
    let name = if taken(&title) { free.unwrap_or_default() } else { title };
    Ok((ClipRef { name, path, ..ClipRef::default() }, true))
}
